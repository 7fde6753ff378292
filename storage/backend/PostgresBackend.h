#pragma once

#include "storage/backend/Backend.h"
#include "storage/backend/Backoff.h"
#include "storage/backend/PostgresReaders.h"

#include <atomic>
#include <set>

namespace plimsoll {

/// One node's part of a PostgreSQL database: every row carries the node's number, but the documents, which
/// all nodes share. The store thread has the connection that writes; reading threads have theirs.
///
/// Where the database is away a write fails at once with Unavailable until the next attempt is due (Backoff).
/// Each transaction raises the node's count of writes, so that after a COMMIT without an answer the next
/// attempt finds out whether it was done: what was done is not done again when it is repeated.
class PostgresBackend final : public Backend
{
public:
    /// `identity` is NodeIdentity's.
    PostgresBackend(PostgresSettings settings, std::string identity);
    ~PostgresBackend() override;

    /// Fails with Conflict where another process writes as this node, such as one on a copied data directory.
    Status open() override;
    Status close() override;
    Result<BackendState> load() override;
    Result<std::vector<DocumentChange>> loadDocuments() override;
    Status write(const BackendWrite &write) override;
    uint64_t bytes() const override { return m_bytes; }
    Result<StoredPack> readPack(uint32_t seal, uint32_t series) const override;
    Result<std::vector<StoredDay>> readDays(uint32_t series, int64_t fromMs, int64_t toMs) const override;
    uint64_t freePages() const override { return 0; }
    Status giveBack(uint64_t) override { return {}; }
    Result<std::unique_ptr<BackendSnapshot>> snapshot() const override;

    /// How long a write waits to find out how a COMMIT without an answer went, before it fails.
    void setAnswerPatience(std::chrono::milliseconds patience) { m_answerPatience = patience; }
    /// What other roles on the same database share. Any thread.
    const std::shared_ptr<PostgresReaders> &readers() const { return m_readers; }
    /// The number of this node in the database; 0 before open().
    int64_t node() const { return m_node; }

private:
    /// A transaction whose COMMIT got no answer.
    struct Unanswered
    {
        int64_t number = 0;
        std::set<uint32_t> seals;
        std::set<uint32_t> gone; ///< removed or retired
    };

    Status connect();
    Status connectNow();
    Status enter(bool firstTime);
    Status holdNode();
    Status checkNotStale(const BackendWrite &write) const;
    Status transact(const BackendWrite &write);
    Status noted(Status done);
    void measure();

    const std::string m_identity;
    std::shared_ptr<PostgresReaders> m_readers;
    std::atomic<int64_t> m_node = 0;
    std::unique_ptr<PostgresConnection> m_connection;
    Backoff m_backoff;
    std::chrono::milliseconds m_answerPatience{10'000};
    Error m_failure;
    int m_serverProcess = 0;
    int64_t m_writes = 0; ///< transactions of this node that are known to be durable
    std::optional<Unanswered> m_unanswered;
    std::set<uint32_t> m_doneSeals; ///< of transactions that turned out to be done
    std::set<uint32_t> m_doneGone;  ///< the same, removed or retired
    std::atomic<uint64_t> m_bytes = 0;
    Backoff::Clock::time_point m_measured{};
};

} // namespace plimsoll
