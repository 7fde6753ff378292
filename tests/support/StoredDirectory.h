#pragma once

#include "storage/backend/NodeIdentity.h"
#include "storage/backend/PostgresBackend.h"
#include "storage/backend/SqliteBackend.h"
#include "storage/backend/Store.h"
#include "storage/engine/Engine.h"
#include "storage/engine/PosixDisk.h"
#include "storage/engine/SpooledBackend.h"

#include <memory>
#include <string>

namespace plimsoll::test {

/// The engine on what an appliance left behind, opened in the test itself; the appliance must be gone. Ends
/// without a clean stop, so that it leaves the directory as a crash would.
class StoredDirectory
{
public:
    /// `url` is that of PostgreSQL, empty for SQLite.
    StoredDirectory(std::filesystem::path directory, const std::string &url, const Clock &clock,
                    EngineOptions options = {})
    {
        options.directory = std::move(directory);
        std::unique_ptr<Backend> backend;
        if (url.empty())
            backend = std::make_unique<SqliteBackend>(options.directory / "plimsoll.db");
        else
            backend = std::make_unique<PostgresBackend>(PostgresSettings::parse(url).value(),
                                                        nodeIdentity(options.directory).value());
        auto store = Store::open(
            std::make_unique<SpooledBackend>(std::move(backend), m_disk, options.directory / "spool", clock));
        if (!store) {
            m_why = store.error().message;
            return;
        }
        m_store = std::move(*store);
        auto engine = Engine::open(options, *m_store, m_disk, clock);
        if (engine)
            m_engine = std::move(*engine);
        else
            m_why = engine.error().message;
    }

    bool isOpen() const { return m_engine != nullptr; }
    const std::string &why() const { return m_why; }
    Engine *operator->() { return m_engine.get(); }
    Store &store() { return *m_store; }

private:
    PosixDisk m_disk;
    std::unique_ptr<Store> m_store;
    std::unique_ptr<Engine> m_engine;
    std::string m_why;
};

} // namespace plimsoll::test
