#pragma once

#include "storage/backend/MemoryBackend.h"

#include <atomic>
#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace plimsoll::test {

/// A database that outlives its connections and can be told to fail: one in memory, which forgets unhurried
/// writes when the power fails, or a real one, which does not lose its power.
class FaultyBackend final : public Backend
{
public:
    /// What lasts between connections.
    struct Database
    {
        std::atomic<int> failWrite = -1; ///< fail the n-th write from now, counted from 0
        std::atomic<bool> failAll = false;
        std::atomic<bool> damagePacks = false; ///< every pack comes back with a byte of its directory changed
        std::atomic<bool> damageHours = false; ///< likewise, of hours only
        const std::atomic<bool> *poweredOff = nullptr;     ///< fails while that is set
        std::atomic<bool> losesAnswers = false;            ///< writes, and says that it did not
        std::function<void()> beforeWrite = [] {};         ///< set while nothing is connected
        std::function<std::unique_ptr<Backend>()> connect; ///< to a real one; null: in memory

        MemoryBackend &memory() const { return *m_memory; }

        Status write(const BackendWrite &write)
        {
            const Status done = m_memory->write(write);
            if (!done)
                return done;
            m_log.push_back(write);
            if (!write.unhurried)
                m_syncedCount = m_log.size();
            return {};
        }

        /// Keeps what a hurried write made durable, and as much of what came after as chance wants.
        void powerLoss(uint32_t seed)
        {
            if (connect)
                return;
            const size_t kept = m_syncedCount + std::mt19937(seed)() % (m_log.size() - m_syncedCount + 1);
            m_log.resize(kept);
            m_syncedCount = kept;
            m_memory = std::make_unique<MemoryBackend>();
            for (const BackendWrite &write : m_log)
                (void)m_memory->write(write);
        }

    private:
        std::unique_ptr<MemoryBackend> m_memory = std::make_unique<MemoryBackend>();
        std::vector<BackendWrite> m_log; ///< all writes, from the first
        size_t m_syncedCount = 0;
    };

    explicit FaultyBackend(std::shared_ptr<Database> database)
        : m_database(std::move(database))
        , m_real(m_database->connect ? m_database->connect() : nullptr)
    {
    }

    Status open() override { return m_real ? m_real->open() : Status(); }
    Status close() override { return m_real ? m_real->close() : Status(); }
    Result<BackendState> load() override { return inner().load(); }
    Result<std::vector<DocumentChange>> loadDocuments() override { return inner().loadDocuments(); }
    Status write(const BackendWrite &write) override
    {
        m_database->beforeWrite();
        if (m_database->poweredOff && *m_database->poweredOff)
            return Error{ErrorCode::Unavailable, "The machine is off.", {}};
        if (m_database->failAll || (m_database->failWrite >= 0 && m_database->failWrite-- == 0))
            return Error{ErrorCode::Unavailable, "The database is away.", {}};
        const Status done = m_real ? m_real->write(write) : m_database->write(write);
        if (m_database->losesAnswers)
            return Error{ErrorCode::Unavailable, "The connection broke.", {}};
        return done;
    }
    uint64_t bytes() const override { return inner().bytes(); }
    Result<StoredPack> readPack(uint32_t seal, uint32_t series) const override
    {
        auto pack = inner().readPack(seal, series);
        const bool hours = pack && pack->data.starts_with("PLHR");
        if (pack && (m_database->damagePacks || (hours && m_database->damageHours)))
            pack->data[8] = char(pack->data[8] ^ 1);
        return pack;
    }
    Result<std::vector<StoredDay>> readDays(uint32_t series, int64_t fromMs, int64_t toMs) const override
    {
        return inner().readDays(series, fromMs, toMs);
    }
    uint64_t freePages() const override { return inner().freePages(); }
    Status giveBack(uint64_t maxPages) override { return inner().giveBack(maxPages); }

private:
    Backend &inner() const
    {
        if (m_real)
            return *m_real;
        return m_database->memory();
    }

    std::shared_ptr<Database> m_database;
    std::unique_ptr<Backend> m_real;
};

} // namespace plimsoll::test
