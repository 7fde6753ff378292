#pragma once

#include "storage/backend/NodeIdentity.h"
#include "storage/backend/PostgresBackend.h"
#include "storage/backend/PostgresNeighbours.h"
#include "storage/backend/PostgresShipments.h"
#include "storage/backend/Store.h"
#include "storage/engine/Engine.h"
#include "storage/engine/PosixDisk.h"
#include "storage/engine/SpooledBackend.h"
#include "storage/engine/follow/Following.h"
#include "storage/engine/follow/MergedReader.h"
#include "storage/engine/follow/Shipping.h"
#include "tests/support/ManualClock.h"

#include <QTemporaryDir>

#include <stdexcept>

namespace plimsoll::test {

/// One of several nodes on a PostgreSQL database, with all that an appliance has below its protocols.
class PostgresNode
{
public:
    explicit PostgresNode(std::string url, const EngineOptions &options = {})
        : m_url(std::move(url))
        , m_options(options)
    {
        m_options.directory = m_directory.path().toStdString();
        open();
    }
    ~PostgresNode() { kill(); }

    ManualClock clock;

    Engine *operator->() { return m_engine.get(); }
    const ReaderSource &source() const { return *m_source; }
    const Shipping &shipping() const { return *m_shipping; }
    int documentChanges() const { return m_documentChanges; }

    Status commit(Batch batch)
    {
        const CommitReceipt receipt = m_engine->stage(batch);
        return receipt.status ? m_engine->commit() : receipt.status;
    }
    Status write(const BackendWrite &write)
    {
        return m_store->run([&](Backend &backend) { return backend.write(write); });
    }

    /// Ends without a clean stop and without shipping what waits.
    void kill()
    {
        m_source.reset();
        m_following.reset();
        m_engine.reset();
        m_shipping.reset();
        m_store.reset();
    }
    bool isOpen() const { return m_engine != nullptr; }
    /// False where the database is away.
    bool tryOpen()
    {
        try {
            open();
            return true;
        } catch (const std::runtime_error &) {
            kill();
            return false;
        }
    }
    void open()
    {
        auto backend = std::make_unique<PostgresBackend>(PostgresSettings::parse(m_url).value(),
                                                         nodeIdentity(m_options.directory).value());
        PostgresBackend &database = *backend;
        m_store = require(Store::open(std::make_unique<SpooledBackend>(
            std::move(backend), m_disk, m_options.directory / "spool", clock)));
        Shipping::Options shipping;
        shipping.interval = std::chrono::milliseconds(50);
        m_shipping = std::make_unique<Shipping>(
            std::make_unique<PostgresShipments>(database.readers(), database.node()), shipping);
        m_options.commits = m_shipping.get();
        m_engine = require(Engine::open(m_options, *m_store, m_disk, clock));
        m_following = std::make_unique<Following>(
            std::make_unique<PostgresNeighbours>(database.readers(), database.node()),
            [this] { m_documentChanges++; });
        m_source = std::make_unique<MergedSource>(*m_engine, *m_following);
        m_shipping->start();
        m_following->start();
    }

private:
    template<typename T>
    static T require(Result<T> result)
    {
        if (!result)
            throw std::runtime_error(result.error().message);
        return std::move(result).value();
    }

    std::string m_url;
    QTemporaryDir m_directory;
    EngineOptions m_options;
    PosixDisk m_disk;
    std::atomic<int> m_documentChanges = 0;
    std::unique_ptr<Store> m_store;
    std::unique_ptr<Shipping> m_shipping;
    std::unique_ptr<Engine> m_engine;
    std::unique_ptr<Following> m_following;
    std::unique_ptr<MergedSource> m_source;
};

} // namespace plimsoll::test
