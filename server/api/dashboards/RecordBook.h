#pragma once

#include "storage/backend/DocumentStore.h"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace plimsoll::api {

/// One collection of records, in which who looks sees the writes that are still queued too. So what is read
/// while changing() is held stays true until the change that follows from it is queued: versions and counts
/// cannot be outrun. Safe from any thread.
class RecordBook
{
public:
    /// The store outlives it and every write that it queued.
    RecordBook(DocumentStore &documents, std::string collection)
        : m_documents(documents)
        , m_collection(std::move(collection))
    {
    }

    /// Held by who reads, decides and writes. What is written under it answers later, or at once.
    std::unique_lock<std::mutex> changing() { return std::unique_lock(m_order); }

    Result<Document> get(ProjectId project, const std::string &id) const;
    /// Ordered by id.
    Result<std::vector<Document>> list(ProjectId project) const;
    void put(ProjectId project, Document document, DocumentStore::Done done);
    void remove(ProjectId project, const std::string &id, DocumentStore::Done done);

private:
    using Key = std::pair<ProjectId, std::string>;
    struct Queued
    {
        std::optional<Document> document; ///< nothing where it goes
        uint64_t number = 0;
    };

    DocumentStore::Done settling(Key key, std::optional<Document> document, DocumentStore::Done done);

    DocumentStore &m_documents;
    const std::string m_collection;
    std::mutex m_order;
    mutable std::mutex m_mutex; ///< guards the rest
    std::map<Key, Queued> m_queued;
    uint64_t m_lastNumber = 0;
};

} // namespace plimsoll::api
