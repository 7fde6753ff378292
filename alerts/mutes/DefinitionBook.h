#pragma once

#include "alerts/EpisodeBook.h"
#include "alerts/Page.h"
#include "alerts/ResourceBook.h"
#include "storage/model/Clock.h"

#include <QCoroFuture>
#include <QPointer>

namespace plimsoll::alerts {

/// The definitions of one resource that need nothing but to be kept: read, changed, stored, looked through.
/// `Definition` has `collection`, `one`, `id`, `createdMs`, `updatedMs`, fromJson(object, nowMs), toJson(),
/// toShownJson(nowMs) and isStale(nowMs).
///
/// Belongs to one thread with an event loop.
template<typename Definition>
class DefinitionBook final : public ResourceBook
{
public:
    static constexpr size_t maxDefinitions = 1000;

    /// Whether what would be made, or put in the place of `before`, makes sense now.
    using Check = std::function<Status(const Definition &definition, const Definition *before)>;

    DefinitionBook(Records &records, const Clock &clock, std::function<void()> changed, Check check = {})
        : m_records(records)
        , m_clock(clock)
        , m_changed(std::move(changed))
        , m_check(std::move(check))
    {
    }

    /// Blocking. What cannot be read any more is left out.
    Status load()
    {
        const auto stored = m_records.list(Definition::collection);
        if (!stored)
            return stored.error();
        for (const QJsonObject &object : *stored) {
            Result<Definition> definition = Definition::fromJson(object, m_clock.nowMs());
            if (!definition)
                continue;
            definition->id = object.value("id").toString().toStdString();
            definition->createdMs = object.value("created_ms").toInteger();
            definition->updatedMs = object.value("updated_ms").toInteger();
            m_definitions.insert_or_assign(definition->id, *definition);
        }
        return {};
    }

    const std::map<std::string, Definition> &all() const { return m_definitions; }

    Answer list(Listing listing) const override
    {
        const Result<Pager> pager = Pager::open(listing.page, Pager::Order::NewestFirst);
        if (!pager)
            return pager.error();
        std::vector<std::pair<Pager::Place, QJsonObject>> items;
        const std::string state = listing.filter("state");
        for (const auto &[id, definition] : m_definitions) {
            QJsonObject shown = definition.toShownJson(m_clock.nowMs());
            if (state.empty() || shown.value("state").toString().toStdString() == state)
                items.push_back({{definition.createdMs, id}, std::move(shown)});
        }
        return pager->cut(std::move(items), [](const QJsonObject &shown) { return shown; });
    }

    Answer read(std::string id) const override
    {
        const auto found = m_definitions.find(id);
        return found == m_definitions.end() ? Answer(notFound(id))
                                            : Answer(found->second.toShownJson(m_clock.nowMs()));
    }

    QCoro::Task<Answer> create(QJsonObject body) override
    {
        forgetStale();
        Result<Definition> definition = checked(body, nullptr);
        if (definition && m_definitions.size() >= maxDefinitions)
            definition = Error{ErrorCode::Conflict, "There are 1,000 already.", "Remove some that are over."};
        if (!definition)
            co_return definition.error();
        definition->createdMs = m_clock.nowMs();
        definition->id = makeTimedId(definition->createdMs);
        auto storing = store(*definition);
        co_return co_await storing;
    }

    QCoro::Task<Answer> replace(std::string id, QJsonObject body) override
    {
        const auto current = m_definitions.find(id);
        if (current == m_definitions.end())
            co_return notFound(id);
        Result<Definition> definition = checked(body, &current->second);
        if (!definition)
            co_return definition.error();
        definition->id = id;
        definition->createdMs = current->second.createdMs;
        auto storing = store(*definition);
        co_return co_await storing;
    }

    QCoro::Task<Answer> patch(std::string id, QJsonObject patch) override
    {
        const auto current = m_definitions.find(id);
        if (current == m_definitions.end())
            co_return notFound(id);
        QJsonObject base = current->second.toJson();
        if (patch.contains("duration") && !patch.contains("ends_ms"))
            base.remove("ends_ms");
        auto replacing = replace(id, mergePatch(base, patch));
        co_return co_await replacing;
    }

    QCoro::Task<Status> remove(std::string id) override
    {
        const QPointer<QObject> self(&m_guard);
        if (!m_definitions.contains(id))
            co_return notFound(id);
        const auto removing = m_records.remove(Definition::collection, id);
        const Status removed = co_await removing;
        if (!self || !removed)
            co_return removed;
        m_definitions.erase(id);
        m_changed();
        co_return removed;
    }

private:
    static Error notFound(const std::string &id)
    {
        return {ErrorCode::NotFound, std::string("There is no ") + Definition::one + " \"" + id + "\".", {}};
    }

    Result<Definition> checked(const QJsonObject &body, const Definition *before) const
    {
        Result<Definition> definition = Definition::fromJson(body, m_clock.nowMs());
        if (!definition || !m_check)
            return definition;
        if (Status status = m_check(*definition, before); !status)
            return status.error();
        return definition;
    }

    QCoro::Task<Answer> store(Definition definition)
    {
        const QPointer<QObject> self(&m_guard);
        definition.updatedMs = m_clock.nowMs();
        const auto writing =
            m_records.put(Definition::collection, definition.id, definition.toJson(), definition.updatedMs);
        const Status written = co_await writing;
        if (!self)
            co_return Error{ErrorCode::Cancelled, "The appliance is stopping.", {}};
        if (!written)
            co_return written.error();
        const std::string id = definition.id;
        m_definitions.insert_or_assign(id, std::move(definition));
        m_changed();
        co_return read(id);
    }

    void forgetStale()
    {
        for (auto it = m_definitions.begin(); it != m_definitions.end();) {
            if (!it->second.isStale(m_clock.nowMs())) {
                ++it;
                continue;
            }
            m_records.remove(Definition::collection, it->first);
            it = m_definitions.erase(it);
        }
    }

    Records &m_records;
    const Clock &m_clock;
    std::function<void()> m_changed;
    Check m_check;
    std::map<std::string, Definition> m_definitions;
    QObject m_guard; ///< tells coroutines that the book is still there
};

} // namespace plimsoll::alerts
