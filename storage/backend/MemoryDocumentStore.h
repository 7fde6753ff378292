#pragma once

#include "storage/backend/DocumentStore.h"

#include <map>
#include <mutex>
#include <set>
#include <tuple>

namespace plimsoll {

/// Keeps records in memory, for `--storage memory:` and as the cache of durable stores. `done` is called at
/// once, on the caller's thread.
class MemoryDocumentStore final : public DocumentStore
{
public:
    /// Project, collection, id.
    using Key = std::tuple<ProjectId, std::string, std::string>;

    Result<std::vector<Document>> list(ProjectId project, std::string_view collection) const override;
    Result<Document> get(ProjectId project, std::string_view collection, std::string_view id) const override;
    void put(ProjectId project, std::string_view collection, Document document, Done done) override;
    void remove(ProjectId project, std::string_view collection, std::string_view id, Done done) override;

    /// Collection and id of all records of a project.
    std::vector<std::pair<std::string, std::string>> keysOf(ProjectId project) const;
    /// Replaces all records at once; the collections whose records are others now.
    std::set<std::string> replaceAll(std::map<Key, Document> documents);

private:
    mutable std::mutex m_mutex;
    std::map<Key, Document> m_documents;
};

} // namespace plimsoll
