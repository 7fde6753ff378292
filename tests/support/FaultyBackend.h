#pragma once

#include "storage/backend/MemoryBackend.h"

#include <atomic>
#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace plimsoll::test {

/// A database in memory that outlives its connections and can be told to fail, and that forgets unhurried
/// writes when the power fails.
class FaultyBackend final : public Backend
{
public:
    /// What lasts between connections.
    struct Database
    {
        std::atomic<int> failWrite = -1; ///< fail the n-th write from now, counted from 0
        std::atomic<bool> failAll = false;
        std::atomic<bool> damagePacks = false; ///< every pack comes back with a byte of its directory changed
        const std::atomic<bool> *poweredOff = nullptr; ///< fails while that is set
        std::atomic<bool> losesAnswers = false;        ///< writes, and says that it did not
        std::function<void()> beforeWrite = [] {};     ///< set while nothing is connected

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
    {
    }

    Status open() override { return {}; }
    Status close() override { return {}; }
    Result<BackendState> load() override { return m_database->memory().load(); }
    Result<std::vector<DocumentChange>> loadDocuments() override
    {
        return m_database->memory().loadDocuments();
    }
    Status write(const BackendWrite &write) override
    {
        m_database->beforeWrite();
        if (m_database->poweredOff && *m_database->poweredOff)
            return Error{ErrorCode::Unavailable, "The machine is off.", {}};
        if (m_database->failAll || (m_database->failWrite >= 0 && m_database->failWrite-- == 0))
            return Error{ErrorCode::Unavailable, "The database is away.", {}};
        const Status done = m_database->write(write);
        if (m_database->losesAnswers)
            return Error{ErrorCode::Unavailable, "The connection broke.", {}};
        return done;
    }
    uint64_t bytes() const override { return m_database->memory().bytes(); }
    Result<StoredPack> readPack(uint32_t seal, uint32_t series) const override
    {
        auto pack = m_database->memory().readPack(seal, series);
        if (pack && m_database->damagePacks)
            pack->data[8] = char(pack->data[8] ^ 1);
        return pack;
    }
    Result<std::vector<StoredDay>> readDays(uint32_t series, int64_t fromMs, int64_t toMs) const override
    {
        return m_database->memory().readDays(series, fromMs, toMs);
    }
    uint64_t freePages() const override { return m_database->memory().freePages(); }
    Status giveBack(uint64_t maxPages) override { return m_database->memory().giveBack(maxPages); }

private:
    std::shared_ptr<Database> m_database;
};

} // namespace plimsoll::test
