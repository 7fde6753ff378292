#include "server/api/PriceList.h"

#include "server/http/Secret.h"

#include <algorithm>

namespace plimsoll::api {
namespace {

Error notFound() { return {ErrorCode::NotFound, "There is no such price.", {}}; }

Error shippedStays()
{
    return {ErrorCode::Conflict, "That price came with Plimsoll and stays as it is.",
            "Add one of your own for the same model and date: it wins."};
}

bool samePlace(const ingest::Price &a, const ingest::Price &b)
{
    return a.provider == b.provider && a.model == b.model && a.validFromMs == b.validFromMs;
}

bool before(const PriceRecord &a, const PriceRecord &b)
{
    const auto key = [](const PriceRecord &r) {
        return std::tuple(std::string_view(r.price.provider), std::string_view(r.price.model),
                          -r.price.validFromMs, !r.price.own);
    };
    return key(a) < key(b);
}

} // namespace

PriceList::PriceList(DocumentStore &documents, ingest::PriceBook &book, const Clock &clock)
    : m_documents(documents)
    , m_book(book)
    , m_clock(clock)
{
}

void PriceList::load(const std::set<ProjectId> &projects)
{
    for (const ProjectId project : projects)
        reload(project);
}

std::vector<PriceRecord> PriceList::own(ProjectId project) const
{
    std::vector<PriceRecord> records;
    const auto documents = m_documents.list(project, collection);
    if (!documents)
        return records;
    for (const Document &document : *documents) {
        if (auto record = PriceRecord::fromDocument(document))
            records.push_back(*std::move(record));
    }
    return records;
}

void PriceList::reload(ProjectId project)
{
    std::vector<ingest::Price> prices;
    for (PriceRecord &record : own(project))
        prices.push_back(std::move(record.price));
    m_book.setOwn(project, std::move(prices));
}

Result<std::vector<PriceRecord>> PriceList::list(ProjectId project) const
{
    std::vector<PriceRecord> records = own(project);
    const auto table = m_book.of(project);
    for (const ingest::Price &price : table->rows()) {
        if (!price.own)
            records.push_back({price, {}, {}});
    }
    std::ranges::sort(records, before);
    return records;
}

Result<PriceRecord> PriceList::get(ProjectId project, std::string_view id) const
{
    if (const auto document = m_documents.get(project, collection, id)) {
        const auto record = PriceRecord::fromDocument(*document);
        return record ? Result<PriceRecord>(*record) : Result<PriceRecord>(notFound());
    }
    const auto table = m_book.of(project);
    for (const ingest::Price &price : table->rows()) {
        if (!price.own && price.id == id)
            return PriceRecord{price, {}, {}};
    }
    return notFound();
}

/// Two requests at once do not make the same price twice.
Status PriceList::reserve(ProjectId project, const PriceRecord &record, size_t mostOthers)
{
    const std::lock_guard lock(m_mutex);
    size_t others = 0;
    for (const PriceRecord &there : own(project)) {
        others += there.price.id != record.price.id;
        if (there.price.id != record.price.id && samePlace(there.price, record.price))
            return Error{ErrorCode::Conflict,
                         "There is a price of your own for " + record.price.provider + ' ' +
                             record.price.model + " from that day on.",
                         "Edit that one."};
    }
    if (others > mostOthers)
        return Error{ErrorCode::Unprocessable,
                     "A project has at most " + std::to_string(maxOwn) + " prices of its own.",
                     "Delete some first; a * at the end of a model stands for many."};
    const Place place{project, record.price.provider, record.price.model, record.price.validFromMs};
    return m_underWay.insert(place).second
               ? Status()
               : Error{ErrorCode::Conflict, "The same price is being saved.", "Look again in a moment."};
}

void PriceList::keep(ProjectId project, const PriceRecord &record, Done done)
{
    m_documents.put(project, collection, record.toDocument(),
                    [this, project, record, done = std::move(done)](const Status &kept) {
                        if (kept)
                            reload(project);
                        {
                            const std::lock_guard lock(m_mutex);
                            m_underWay.erase({project, record.price.provider, record.price.model,
                                              record.price.validFromMs});
                        }
                        done(kept ? Result<PriceRecord>(record) : Result<PriceRecord>(kept.error()));
                    });
}

void PriceList::create(ProjectId project, const QJsonObject &fields, Done done)
{
    const int64_t nowMs = m_clock.nowMs();
    auto record = PriceRecord().patched(fields, nowMs);
    if (!record)
        return done(record.error());
    record->price.id = http::randomId();
    record->createdMs = record->updatedMs = nowMs;
    if (Status free = reserve(project, *record, maxOwn - 1); !free)
        return done(free.error());
    keep(project, *record, std::move(done));
}

void PriceList::patch(ProjectId project, std::string_view id, const QJsonObject &fields, Done done)
{
    const auto there = get(project, id);
    if (!there || !there->price.own)
        return done(there ? shippedStays() : there.error());
    auto record = there->patched(fields, m_clock.nowMs());
    if (!record)
        return done(record.error());
    record->updatedMs = m_clock.nowMs();
    if (Status free = reserve(project, *record, maxOwn); !free)
        return done(free.error());
    keep(project, *record, std::move(done));
}

void PriceList::remove(ProjectId project, std::string_view id, Done done)
{
    const auto there = get(project, id);
    if (!there || !there->price.own)
        return done(there ? shippedStays() : there.error());
    m_documents.remove(project, collection, id,
                       [this, project, record = *there, done = std::move(done)](const Status &removed) {
                           if (removed)
                               reload(project);
                           done(removed ? Result<PriceRecord>(record) : Result<PriceRecord>(removed.error()));
                       });
}

} // namespace plimsoll::api
