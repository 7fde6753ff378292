#include "app/DataDirectory.h"

#include "storage/backend/MemoryBackend.h"
#include "storage/backend/NodeIdentity.h"
#include "storage/backend/PostgresBackend.h"
#include "storage/backend/SqliteBackend.h"
#include "storage/backend/StoredDocuments.h"
#include "storage/engine/MemoryDisk.h"
#include "storage/engine/PosixDisk.h"
#include "storage/engine/SpooledBackend.h"
#include "storage/upkeep/Restore.h"

#include <sys/stat.h>

namespace plimsoll::app {

namespace {

Result<std::filesystem::path> makeDirectory(const QString &directory)
{
    std::error_code error;
    const std::filesystem::path path = std::filesystem::absolute(directory.toStdString(), error);
    const bool isNew = !std::filesystem::exists(path, error);
    if (isNew && std::filesystem::create_directories(path, error))
        ::chmod(path.c_str(), 0700);
    if (std::filesystem::is_directory(path, error))
        return path;
    return Error{ErrorCode::Unavailable,
                 "The data directory " + path.string() + " cannot be made: " + error.message() + ".",
                 "Name another with --data, or make it and give it to this user."};
}

bool isPostgres(const QString &storage)
{
    return storage.startsWith(QLatin1String("postgresql://")) ||
           storage.startsWith(QLatin1String("postgres://"));
}

Result<std::unique_ptr<Backend>> makePostgres(const std::string &url, const std::filesystem::path &directory)
{
    auto settings = PostgresSettings::parse(url);
    if (!settings)
        return settings.error();
    auto identity = nodeIdentity(directory);
    if (!identity)
        return identity.error();
    return std::unique_ptr<Backend>(
        std::make_unique<PostgresBackend>(std::move(*settings), std::move(*identity)));
}

Result<std::unique_ptr<Backend>> makeBackend(const QString &storage, const std::filesystem::path &directory)
{
    if (storage == QLatin1String("sqlite:"))
        return std::unique_ptr<Backend>(std::make_unique<SqliteBackend>(directory / "plimsoll.db"));
    if (storage == QLatin1String("memory:"))
        return std::unique_ptr<Backend>(std::make_unique<MemoryBackend>());
    if (isPostgres(storage))
        return makePostgres(storage.toStdString(), directory);
    return Error{ErrorCode::Unsupported,
                 "Storage \"" + withoutSecrets(storage.toStdString()) + "\" is not in this version.",
                 "Use sqlite:, memory: or postgresql://user@host/database."};
}

} // namespace

DataDirectory::~DataDirectory()
{
    m_cluster.reset();
    m_documents.reset();
    m_store.reset();
}

Result<std::unique_ptr<DataDirectory>> DataDirectory::open(const QString &directory, const QString &storage)
{
    auto path = makeDirectory(directory);
    if (!path)
        return path.error();
    if (const Status whole = checkNoUnfinishedRestore(*path); !whole)
        return whole.error();
    auto backend = makeBackend(storage, *path);
    if (!backend)
        return backend.error();
    const auto *const postgres = dynamic_cast<const PostgresBackend *>(backend->get());
    std::unique_ptr<DataDirectory> data(new DataDirectory);
    data->m_path = *path;
    if (storage == QLatin1String("memory:"))
        data->m_disk = std::make_unique<MemoryDisk>();
    else
        data->m_disk = std::make_unique<PosixDisk>();
    auto store = Store::open(std::make_unique<SpooledBackend>(std::move(backend).value(), *data->m_disk,
                                                              *path / "spool", data->m_clock));
    if (!store)
        return store.error();
    auto documents = StoredDocuments::open(**store);
    if (!documents)
        return documents.error();

    data->m_store = std::move(store).value();
    data->m_documents = std::move(documents).value();
    data->m_cluster = postgres ? std::make_unique<Cluster>(*postgres) : std::make_unique<Cluster>();
    return data;
}

Result<std::unique_ptr<Backend>> DataDirectory::openBackend(const QString &directory, const QString &storage)
{
    const auto path = makeDirectory(directory);
    if (!path)
        return path.error();
    auto backend = makeBackend(storage, *path);
    if (!backend)
        return backend.error();
    if (const Status opened = (*backend)->open(); !opened)
        return opened.error();
    return backend;
}

Result<std::unique_ptr<DirectoryLock>> DataDirectory::lock(const QString &directory)
{
    const auto path = makeDirectory(directory);
    if (!path)
        return path.error();
    return DirectoryLock::acquire(*path);
}

} // namespace plimsoll::app
