#include "storage/backend/MemoryDocumentStore.h"

#include <future>

namespace plimsoll {

Result<std::vector<Document>> MemoryDocumentStore::list(ProjectId project, std::string_view collection) const
{
    const std::lock_guard lock(m_mutex);
    std::vector<Document> found;
    for (auto it = m_documents.lower_bound({project, std::string(collection), {}}); it != m_documents.end();
         ++it) {
        if (std::get<0>(it->first) != project || std::get<1>(it->first) != collection)
            break;
        found.push_back(it->second);
    }
    return found;
}

Result<Document> MemoryDocumentStore::get(ProjectId project, std::string_view collection,
                                          std::string_view id) const
{
    const std::lock_guard lock(m_mutex);
    const auto it = m_documents.find({project, std::string(collection), std::string(id)});
    if (it == m_documents.end())
        return Error{ErrorCode::NotFound, "There is no such record in " + std::string(collection) + ".", {}};
    return it->second;
}

void MemoryDocumentStore::put(ProjectId project, std::string_view collection, Document document, Done done)
{
    {
        const std::lock_guard lock(m_mutex);
        Key key{project, std::string(collection), document.id};
        m_documents.insert_or_assign(std::move(key), std::move(document));
    }
    if (done)
        done({});
}

void MemoryDocumentStore::remove(ProjectId project, std::string_view collection, std::string_view id,
                                 Done done)
{
    {
        const std::lock_guard lock(m_mutex);
        m_documents.erase({project, std::string(collection), std::string(id)});
    }
    if (done)
        done({});
}

namespace {
/// Runs an asynchronous write and waits for its answer.
template<typename Start>
Status waitFor(Start start)
{
    auto promise = std::make_shared<std::promise<Status>>();
    auto answer = promise->get_future();
    start([promise](Status status) { promise->set_value(std::move(status)); });
    return answer.get();
}
} // namespace

Status putAndWait(DocumentStore &store, ProjectId project, std::string_view collection, Document document)
{
    return waitFor([&](DocumentStore::Done done) {
        store.put(project, collection, std::move(document), std::move(done));
    });
}

Status removeAndWait(DocumentStore &store, ProjectId project, std::string_view collection,
                     std::string_view id)
{
    return waitFor([&](DocumentStore::Done done) { store.remove(project, collection, id, std::move(done)); });
}

std::vector<std::pair<std::string, std::string>> MemoryDocumentStore::keysOf(ProjectId project) const
{
    const std::lock_guard lock(m_mutex);
    std::vector<std::pair<std::string, std::string>> keys;
    for (auto it = m_documents.lower_bound({project, {}, {}});
         it != m_documents.end() && std::get<0>(it->first) == project; ++it)
        keys.emplace_back(std::get<1>(it->first), std::get<2>(it->first));
    return keys;
}

std::set<std::string> MemoryDocumentStore::replaceAll(std::map<Key, Document> documents)
{
    const std::lock_guard lock(m_mutex);
    std::set<std::string> changed;
    const auto compare = [&](const auto &some, const auto &others) {
        for (const auto &[key, document] : some) {
            const auto other = others.find(key);
            if (other == others.end() || other->second.body != document.body)
                changed.insert(std::get<1>(key));
        }
    };
    compare(documents, m_documents);
    compare(m_documents, documents);
    m_documents = std::move(documents);
    return changed;
}

} // namespace plimsoll
