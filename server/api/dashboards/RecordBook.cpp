#include "server/api/dashboards/RecordBook.h"

#include <algorithm>

namespace plimsoll::api {

Result<Document> RecordBook::get(ProjectId project, const std::string &id) const
{
    {
        const std::lock_guard lock(m_mutex);
        if (const auto queued = m_queued.find({project, id}); queued != m_queued.end()) {
            if (queued->second.document)
                return *queued->second.document;
            return Error{ErrorCode::NotFound, "There is no such record in " + m_collection + ".", {}};
        }
    }
    return m_documents.get(project, m_collection, id);
}

/// A write that is settled between the two looks is in the second one.
Result<std::vector<Document>> RecordBook::list(ProjectId project) const
{
    std::map<Key, Queued> queued;
    {
        const std::lock_guard lock(m_mutex);
        queued = m_queued;
    }
    auto stored = m_documents.list(project, m_collection);
    if (!stored || queued.empty())
        return stored;
    std::map<std::string, Document> byId;
    for (Document &document : *stored)
        byId[document.id] = std::move(document);
    for (auto &[key, change] : queued) {
        if (key.first != project)
            continue;
        if (change.document)
            byId[key.second] = std::move(*change.document);
        else
            byId.erase(key.second);
    }
    std::vector<Document> all;
    for (auto &[id, document] : byId)
        all.push_back(std::move(document));
    return all;
}

DocumentStore::Done RecordBook::settling(Key key, std::optional<Document> document, DocumentStore::Done done)
{
    const std::lock_guard lock(m_mutex);
    const uint64_t number = ++m_lastNumber;
    m_queued[key] = {std::move(document), number};
    return [this, key = std::move(key), number, done = std::move(done)](const Status &status) {
        {
            const std::lock_guard lock(m_mutex);
            const auto queued = m_queued.find(key);
            if (queued != m_queued.end() && queued->second.number == number)
                m_queued.erase(queued);
        }
        done(status);
    };
}

void RecordBook::put(ProjectId project, Document document, DocumentStore::Done done)
{
    auto settled = settling({project, document.id}, document, std::move(done));
    m_documents.put(project, m_collection, std::move(document), std::move(settled));
}

void RecordBook::remove(ProjectId project, const std::string &id, DocumentStore::Done done)
{
    auto settled = settling({project, id}, std::nullopt, std::move(done));
    m_documents.remove(project, m_collection, id, std::move(settled));
}

} // namespace plimsoll::api
