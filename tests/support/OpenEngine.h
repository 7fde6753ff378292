#pragma once

#include "storage/backend/SqliteBackend.h"
#include "storage/backend/Store.h"
#include "storage/backend/StoredDocuments.h"
#include "storage/engine/Engine.h"
#include "storage/engine/PosixDisk.h"
#include "tests/support/EngineDump.h"

namespace plimsoll::test {

/// An engine with SQLite on a directory that somebody else made.
struct OpenEngine
{
    PosixDisk disk;
    std::unique_ptr<Store> store;
    std::unique_ptr<StoredDocuments> documents;
    std::unique_ptr<Engine> engine;

    /// Null where it does not open; `why`, where given, says why.
    static std::unique_ptr<OpenEngine> on(const std::filesystem::path &directory, const Clock &clock,
                                          Error *why = nullptr)
    {
        auto opened = std::make_unique<OpenEngine>();
        auto store = Store::open(std::make_unique<SqliteBackend>(directory / "plimsoll.db"));
        if (!keep(store, opened->store, why))
            return nullptr;
        auto documents = StoredDocuments::open(*opened->store);
        if (!keep(documents, opened->documents, why))
            return nullptr;
        EngineOptions options;
        options.directory = directory;
        options.segmentBytes = 1 << 20;
        auto engine = Engine::open(options, *opened->store, opened->disk, clock);
        if (!keep(engine, opened->engine, why))
            return nullptr;
        return opened;
    }

    std::string samples() const { return EngineDump::samples(*engine); }
    std::string storedDocuments() const { return inStore(EngineDump::documents); }
    std::string storedReceipts() const { return inStore(EngineDump::receipts); }

private:
    template<typename T>
    static bool keep(Result<std::unique_ptr<T>> &result, std::unique_ptr<T> &into, Error *why)
    {
        if (result)
            into = std::move(*result);
        else if (why)
            *why = result.error();
        return result.ok();
    }

    std::string inStore(std::string (*dump)(Backend &)) const
    {
        std::string text;
        (void)store->run([&](Backend &backend) -> Status {
            text = dump(backend);
            return {};
        });
        return text;
    }
};

} // namespace plimsoll::test
