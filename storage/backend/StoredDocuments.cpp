#include "storage/backend/StoredDocuments.h"

#include "storage/backend/Store.h"

namespace plimsoll {

Result<std::unique_ptr<StoredDocuments>> StoredDocuments::open(Store &store)
{
    std::unique_ptr<StoredDocuments> documents(new StoredDocuments(store));
    const Status loaded = store.run([&](Backend &backend) -> Status {
        auto all = backend.loadDocuments();
        if (!all)
            return all.error();
        for (DocumentChange &change : *all)
            documents->m_memory.put(change.project, change.collection, std::move(change.document), {});
        return {};
    });
    if (!loaded)
        return loaded.error();
    return documents;
}

/// On the store thread, so that no write of our own comes between reading and replacing.
void StoredDocuments::reload(std::function<void(const std::set<std::string> &)> then)
{
    m_store.post([this, then = std::move(then)](Backend &backend) {
        auto all = backend.loadDocuments();
        if (!all)
            return;
        std::map<MemoryDocumentStore::Key, Document> documents;
        for (DocumentChange &change : *all)
            documents[{change.project, change.collection, change.document.id}] = std::move(change.document);
        const auto changed = m_memory.replaceAll(std::move(documents));
        if (!changed.empty())
            then(changed);
    });
}

StoredDocuments::~StoredDocuments()
{
    (void)m_store.run([](Backend &) { return Status(); });
}

Result<std::vector<Document>> StoredDocuments::list(ProjectId project, std::string_view collection) const
{
    return m_memory.list(project, collection);
}

Result<Document> StoredDocuments::get(ProjectId project, std::string_view collection,
                                      std::string_view id) const
{
    return m_memory.get(project, collection, id);
}

void StoredDocuments::put(ProjectId project, std::string_view collection, Document document, Done done)
{
    apply({project, std::string(collection), std::move(document), false}, std::move(done));
}

void StoredDocuments::remove(ProjectId project, std::string_view collection, std::string_view id, Done done)
{
    apply({project, std::string(collection), Document{std::string(id), {}, 0}, true}, std::move(done));
}

void StoredDocuments::removeAll(ProjectId project)
{
    m_store.post([this, project](Backend &backend) {
        BackendWrite write;
        for (auto &[collection, id] : m_memory.keysOf(project))
            write.documents.push_back({project, collection, Document{id, {}, 0}, true});
        if (write.documents.empty() || !backend.write(write))
            return;
        for (const DocumentChange &removed : write.documents)
            m_memory.remove(project, removed.collection, removed.document.id, {});
    });
}

void StoredDocuments::apply(DocumentChange change, Done done)
{
    BackendWrite write;
    write.documents.push_back(std::move(change));
    m_store.post([this, write = std::move(write), done = std::move(done)](Backend &backend) {
        const Status written = backend.write(write);
        const DocumentChange &changed = write.documents.front();
        if (written && changed.removed)
            m_memory.remove(changed.project, changed.collection, changed.document.id, {});
        else if (written)
            m_memory.put(changed.project, changed.collection, changed.document, {});
        if (done)
            done(written);
    });
}

} // namespace plimsoll
