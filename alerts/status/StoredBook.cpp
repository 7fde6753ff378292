#include "alerts/status/StoredBook.h"

#include "alerts/EpisodeBook.h"
#include "alerts/Fields.h"

#include <QCoroFuture>
#include <QPointer>

namespace plimsoll::alerts {

namespace {

constexpr size_t maxKept = 5'000;

Error cancelled() { return {ErrorCode::Cancelled, "The appliance is stopping.", {}}; }

} // namespace

StoredBook::StoredBook(Records &records, const Clock &clock, const char *collection, const char *one)
    : m_records(records)
    , m_clock(clock)
    , m_collection(collection)
    , m_one(one)
{
}

Status StoredBook::open()
{
    const auto stored = m_records.list(m_collection);
    if (!stored)
        return stored.error();
    for (const QJsonObject &object : *stored)
        m_all.insert_or_assign(object.value("id").toString().toStdString(), object);
    return {};
}

Error StoredBook::notFound(const std::string &id) const
{
    return {ErrorCode::NotFound, "There is no " + std::string(m_one) + " \"" + id + "\".", {}};
}

int64_t StoredBook::orderMs(const QJsonObject &stored) const
{
    return stored.value("created_ms").toInteger();
}

StoredBook::Answer StoredBook::list(Listing listing) const
{
    const Result<Pager> pager = Pager::open(listing.page, Pager::Order::NewestFirst);
    if (!pager)
        return pager.error();
    std::vector<std::pair<Pager::Place, const QJsonObject *>> items;
    for (const auto &[id, object] : m_all) {
        if (isListed(object, listing))
            items.push_back({{orderMs(object), id}, &object});
    }
    return pager->cut(std::move(items), [this](const QJsonObject *item) { return shown(*item); });
}

StoredBook::Answer StoredBook::read(std::string id) const
{
    const auto found = m_all.find(id);
    if (found == m_all.end())
        return notFound(id);
    return shown(found->second);
}

QCoro::Task<StoredBook::Answer> StoredBook::create(QJsonObject definition)
{
    Result<QJsonObject> accepted = accept(definition, {});
    if (!accepted)
        co_return accepted.error();
    if (m_all.size() >= maxKept)
        co_return Error{ErrorCode::Unprocessable,
                        "There are " + std::to_string(maxKept) + " already; that is the limit.",
                        {}};
    const int64_t nowMs = m_clock.nowMs();
    accepted->insert("created_ms", qint64(nowMs));
    auto storing = store(makeTimedId(nowMs), *accepted);
    co_return co_await storing;
}

QCoro::Task<StoredBook::Answer> StoredBook::replace(std::string id, QJsonObject definition)
{
    const auto current = m_all.find(id);
    if (current == m_all.end())
        co_return notFound(id);
    Result<QJsonObject> accepted = accept(definition, current->second);
    if (!accepted)
        co_return accepted.error();
    accepted->insert("created_ms", current->second.value("created_ms"));
    auto storing = store(id, *accepted);
    co_return co_await storing;
}

QCoro::Task<StoredBook::Answer> StoredBook::patch(std::string id, QJsonObject patch)
{
    const auto current = m_all.find(id);
    if (current == m_all.end())
        co_return notFound(id);
    auto replacing = replace(id, mergePatch(current->second, patch));
    co_return co_await replacing;
}

QCoro::Task<StoredBook::Answer> StoredBook::store(std::string id, QJsonObject body)
{
    const QPointer<StoredBook> self(this);
    if (!m_writing.insert(id).second)
        co_return Error{ErrorCode::Conflict, "It was changed by somebody else at the same moment.",
                        "Read it again and repeat."};
    const int64_t nowMs = m_clock.nowMs();
    body.insert("id", QString::fromStdString(id));
    body.insert("updated_ms", qint64(nowMs));
    const auto writing = m_records.put(m_collection, id, body, nowMs);
    const Status written = co_await writing;
    if (!self)
        co_return cancelled();
    m_writing.erase(id);
    if (!written)
        co_return written.error();
    m_all.insert_or_assign(id, body);
    Q_EMIT changed();
    co_return shown(body);
}

QCoro::Task<Status> StoredBook::remove(std::string id)
{
    const QPointer<StoredBook> self(this);
    if (!m_all.contains(id))
        co_return notFound(id);
    if (!m_writing.insert(id).second)
        co_return Error{ErrorCode::Conflict, "It is being changed at this moment.", "Repeat."};
    const auto removing = m_records.remove(m_collection, id);
    const Status removed = co_await removing;
    if (!self)
        co_return removed;
    m_writing.erase(id);
    if (removed) {
        m_all.erase(id);
        Q_EMIT changed();
    }
    co_return removed;
}

} // namespace plimsoll::alerts
