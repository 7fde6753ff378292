#pragma once

#include "storage/backend/SqliteBackend.h"
#include "storage/backend/Store.h"
#include "storage/backend/StoredDocuments.h"
#include "storage/engine/Engine.h"
#include "storage/engine/PosixDisk.h"
#include "storage/engine/SpooledBackend.h"
#include "tests/support/ManualClock.h"

#include <QTemporaryDir>

#include <functional>
#include <stdexcept>

namespace plimsoll::test {

/// A real engine with SQLite (or another database) and a journal in a directory of its own, which goes away
/// with it. The clock is manual.
///
///     TemporaryEngine engine;
///     engine.append({{"__name__", "cpu"}}, Kind::Gauge, engine.clock.nowMs(), 0.5);
///     auto reader = engine->openReader();
class TemporaryEngine
{
public:
    ManualClock clock;

    /// Opens the same database each time it is called, for a data directory.
    using MakeBackend = std::function<std::unique_ptr<Backend>(const std::filesystem::path &)>;

    static std::unique_ptr<Backend> sqlite(const std::filesystem::path &directory)
    {
        return std::make_unique<SqliteBackend>(directory / "plimsoll.db");
    }

    explicit TemporaryEngine(const EngineOptions &options = {}, MakeBackend makeBackend = sqlite)
        : m_options(options)
        , m_makeBackend(std::move(makeBackend))
    {
        m_options.directory = m_directory.path().toStdString();
        open();
    }

    Engine *operator->() { return m_engine.get(); }
    Engine &operator*() { return *m_engine; }
    Engine &engine() { return *m_engine; }
    DocumentStore &documents() { return *m_documents; }
    Store &store() { return *m_store; }
    std::filesystem::path directory() const { return m_options.directory; }

    /// Ends without a clean stop, as after kill -9 (queued store work is dropped with the process in reality;
    /// here it is finished), and opens again.
    void crash()
    {
        m_engine.reset();
        reopen();
    }

    /// Stops cleanly and opens again.
    void restart()
    {
        require(m_engine->close());
        m_engine.reset();
        reopen();
    }

    /// Stages and commits one batch.
    CommitReceipt commit(Batch batch)
    {
        CommitReceipt receipt = m_engine->stage(batch);
        if (receipt.status)
            receipt.status = m_engine->commit();
        return receipt;
    }

    /// Commits one float sample of one series.
    CommitReceipt append(const Labels &labels, Kind kind, int64_t timestampMs, double value,
                         ProjectId project = defaultProject)
    {
        return commit(batchOf(labels, kind, {{timestampMs, value}}, project));
    }

    /// A batch of one series; every sample is an item.
    static Batch batchOf(const Labels &labels, Kind kind, const std::vector<Sample> &samples,
                         ProjectId project = defaultProject)
    {
        Batch batch;
        batch.project = project;
        batch.series.push_back({labels.key(), kind, false, 0});
        for (const Sample &sample : samples)
            batch.floats.push_back({0, sample.timestampMs, sample.value, batch.itemCount++});
        return batch;
    }

private:
    template<typename T>
    static T require(Result<T> result)
    {
        if (!result)
            throw std::runtime_error(result.error().message);
        if constexpr (!std::is_void_v<T>)
            return std::move(result).value();
    }

    void open()
    {
        m_store = require(Store::open(std::make_unique<SpooledBackend>(
            m_makeBackend(m_options.directory), m_disk, m_options.directory / "spool", clock)));
        m_documents = require(StoredDocuments::open(*m_store));
        m_engine = require(Engine::open(m_options, *m_store, m_disk, clock));
    }

    void reopen()
    {
        m_documents.reset();
        m_store.reset();
        open();
    }

    QTemporaryDir m_directory;
    EngineOptions m_options;
    MakeBackend m_makeBackend;
    PosixDisk m_disk;
    std::unique_ptr<Store> m_store;
    std::unique_ptr<StoredDocuments> m_documents;
    std::unique_ptr<Engine> m_engine;
};

} // namespace plimsoll::test
