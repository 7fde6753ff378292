#pragma once

#include "storage/backend/DocumentStore.h"
#include "storage/backend/MemoryDocumentStore.h"

#include <memory>

namespace plimsoll {

class Store;
struct DocumentChange;

/// Documents that last: writes go through the store thread into the backend, reads are served from memory.
class StoredDocuments final : public DocumentStore
{
public:
    /// Reads all documents into memory. `store` must outlive this object.
    static Result<std::unique_ptr<StoredDocuments>> open(Store &store);
    /// Waits for the writes that are under way.
    ~StoredDocuments() override;

    /// Reads all again, after others changed them in the database; `then` gets the names of the collections
    /// that are others now, on the store thread, unless reading failed or nothing is.
    void reload(std::function<void(const std::set<std::string> &)> then);

    /// Removes all records of a project, in the order of the writes.
    void removeAll(ProjectId project);

    Result<std::vector<Document>> list(ProjectId project, std::string_view collection) const override;
    Result<Document> get(ProjectId project, std::string_view collection, std::string_view id) const override;
    void put(ProjectId project, std::string_view collection, Document document, Done done) override;
    void remove(ProjectId project, std::string_view collection, std::string_view id, Done done) override;

private:
    explicit StoredDocuments(Store &store)
        : m_store(store)
    {
    }

    void apply(DocumentChange change, Done done);

    Store &m_store;
    MemoryDocumentStore m_memory;
};

} // namespace plimsoll
