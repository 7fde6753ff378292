#pragma once

#include "app/Cluster.h"
#include "storage/backend/Store.h"
#include "storage/backend/StoredDocuments.h"
#include "storage/engine/DirectoryLock.h"
#include "storage/engine/Disk.h"
#include "storage/model/Clock.h"

#include <QString>

#include <filesystem>
#include <memory>

namespace plimsoll::app {

/// Where everything is kept: the directory, the disk under the journal, the database with its store thread,
/// the documents. `sqlite:` keeps all of it in the directory, `memory:` keeps nothing.
class DataDirectory
{
public:
    /// Makes the directory (only its owner may enter it) where it is missing, and opens the database. Whoever
    /// opens an Engine on it gets the directory's lock there; others take it first by lock().
    static Result<std::unique_ptr<DataDirectory>> open(const QString &directory, const QString &storage);
    ~DataDirectory();

    /// The database alone, opened: for filling it by a restore.
    static Result<std::unique_ptr<Backend>> openBackend(const QString &directory, const QString &storage);
    /// Takes the lock for work without an engine; Conflict where an appliance holds it.
    static Result<std::unique_ptr<DirectoryLock>> lock(const QString &directory);

    /// Absolute.
    const std::filesystem::path &path() const { return m_path; }
    Disk &disk() { return *m_disk; }
    Store &store() { return *m_store; }
    StoredDocuments &documents() { return *m_documents; }
    /// What joins it to others on the same database.
    Cluster &cluster() { return *m_cluster; }

private:
    DataDirectory() = default;

    std::filesystem::path m_path;
    SystemClock m_clock;
    std::unique_ptr<Disk> m_disk;
    std::unique_ptr<Store> m_store;
    std::unique_ptr<StoredDocuments> m_documents;
    std::unique_ptr<Cluster> m_cluster;
};

} // namespace plimsoll::app
