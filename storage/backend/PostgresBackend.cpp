#include "storage/backend/PostgresBackend.h"

#include "storage/backend/PostgresDays.h"
#include "storage/backend/PostgresLoad.h"
#include "storage/backend/PostgresSchema.h"
#include "storage/backend/PostgresSnapshot.h"
#include "storage/backend/PostgresWrite.h"

#include <algorithm>
#include <thread>

#include <unistd.h>

namespace plimsoll {

namespace {

constexpr auto holdPatience = std::chrono::seconds(5); ///< for the connection of a process that just died
constexpr auto holdPause = std::chrono::milliseconds(20);
constexpr auto measurePause = std::chrono::seconds(10);

std::string hostName()
{
    char name[256] = {};
    return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

template<typename Range>
bool touches(const std::set<uint32_t> &ids, const Range &others)
{
    return std::any_of(others.begin(), others.end(), [&](uint32_t id) { return ids.contains(id); });
}

} // namespace

PostgresBackend::PostgresBackend(PostgresSettings settings, std::string identity)
    : m_identity(std::move(identity))
    , m_readers(std::make_shared<PostgresReaders>(std::move(settings)))
{
}

PostgresBackend::~PostgresBackend() = default;

Status PostgresBackend::open()
{
    m_connection = std::make_unique<PostgresConnection>(m_readers->settings());
    Status done = m_connection->opened();
    if (done)
        done = preparePostgresSchema(*m_connection, m_readers->settings());
    if (done)
        done = enter(true);
    if (!done)
        m_connection.reset();
    else
        measure();
    return noted(done);
}

Status PostgresBackend::close()
{
    m_connection.reset();
    return {};
}

/// Keeps the state that health and metrics show.
Status PostgresBackend::noted(Status done)
{
    if (done)
        m_readers->state().setUp();
    else if (!m_connection || m_connection->lost())
        m_readers->state().setDown(done.error());
    return done;
}

Status PostgresBackend::connect()
{
    if (m_connection && !m_connection->lost())
        return {};
    m_connection.reset();
    if (!m_backoff.isDue())
        return m_failure;
    return connectNow();
}

Status PostgresBackend::connectNow()
{
    m_connection = std::make_unique<PostgresConnection>(m_readers->settings());
    Status done = m_connection->opened();
    if (done)
        done = enter(false);
    if (done) {
        m_backoff.succeeded();
        return noted(done);
    }
    m_connection.reset();
    m_backoff.failed();
    m_failure = done.error();
    return noted(done);
}

/// Registers the node, takes its lock, and reads how many transactions it has made. A transaction that the
/// server still works on holds the row, so that the count is final.
Status PostgresBackend::enter(bool firstTime)
{
    if (firstTime) {
        const auto registered = m_connection->run("INSERT INTO node (identity, host) SELECT $1, $2 WHERE NOT "
                                                  "EXISTS (SELECT FROM node WHERE identity = $1) "
                                                  "ON CONFLICT (identity) DO NOTHING",
                                                  PostgresParameters().text(m_identity).text(hostName()));
        if (!registered)
            return registered.error();
        const auto found = m_connection->run("SELECT id FROM node WHERE identity = $1",
                                             PostgresParameters().text(m_identity));
        if (!found)
            return found.error();
        m_node = found->number(0, 0);
    }
    if (Status held = holdNode(); !held)
        return held;
    const auto counted = m_connection->run("SELECT writes FROM node WHERE id = $1 FOR UPDATE",
                                           PostgresParameters().bigint(m_node));
    if (!counted)
        return counted.error();
    if (counted->empty())
        return Error{
            ErrorCode::Conflict,
            "The database " + m_readers->settings().shown + " does not know this node any more.",
            "Restore the database that this data directory belongs to, or start with an empty directory."};
    const int64_t writes = counted->number(0, 0);
    if (m_unanswered && writes == m_unanswered->number) {
        m_doneSeals.merge(m_unanswered->seals);
        m_doneGone.merge(m_unanswered->gone);
    }
    m_unanswered.reset();
    m_writes = writes;
    return {};
}

/// The lock of a node is its connection's. Where our own connection before this one still has it, because
/// the server has not noticed yet that it is dead, the server is told.
Status PostgresBackend::holdNode()
{
    const auto until = Backoff::Clock::now() + holdPatience;
    const PostgresParameters ours = PostgresParameters().bigint(m_node);
    while (true) {
        const auto held = m_connection->run(
            "SELECT pg_try_advisory_lock(hashtext(current_schema() || ':node'), $1::integer)::integer", ours);
        if (!held)
            return held.error();
        if (held->number(0, 0) == 1)
            break;
        const auto holder = m_connection->run(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND classid = hashtext(current_schema() || ':node')::oid AND objid = $1::integer::oid",
            ours);
        if (holder && !holder->empty() && holder->number(0, 0) == m_serverProcess)
            (void)m_connection->run("SELECT pg_terminate_backend($1::integer)::integer",
                                    PostgresParameters().bigint(m_serverProcess));
        if (Backoff::Clock::now() > until)
            return Error{
                ErrorCode::Conflict,
                "Another process writes into the database " + m_readers->settings().shown + " as this node.",
                "Stop it. Where the data directory was copied, remove the file \"node\" from the copy."};
        std::this_thread::sleep_for(holdPause);
    }
    m_serverProcess = m_connection->serverProcess();
    return {};
}

/// What a caller still takes for undone although it was done must not be done in another way.
Status PostgresBackend::checkNotStale(const BackendWrite &write) const
{
    const bool repeated = std::any_of(write.seals.begin(), write.seals.end(),
                                      [&](const StoredSeal &seal) { return m_doneSeals.contains(seal.id); });
    if (repeated || write.seals.empty() ||
        (!touches(m_doneGone, write.removedSeals) && !touches(m_doneGone, write.retiredSeals)))
        return {};
    return Error{ErrorCode::Conflict,
                 "The database has made this change already, in a transaction whose answer was lost.",
                 "Restart Plimsoll."};
}

Result<BackendState> PostgresBackend::load()
{
    if (Status connected = connect(); !connected)
        return connected.error();
    return loadPostgres(*m_connection, m_node);
}

Result<std::vector<DocumentChange>> PostgresBackend::loadDocuments()
{
    if (Status connected = connect(); !connected)
        return connected.error();
    return loadPostgresDocuments(*m_connection);
}

Status PostgresBackend::write(const BackendWrite &write)
{
    // A connection that died while it was idle is noticed only by using it; nothing was done then.
    for (int attempt = 0;; attempt++) {
        if (Status connected = connect(); !connected)
            return connected;
        if (Status fresh = checkNotStale(write); !fresh)
            return fresh;
        const Status done = transact(write);
        if (done)
            return noted(done);
        if (!m_connection->lost()) {
            (void)m_connection->execute("ROLLBACK");
            return done;
        }
        (void)noted(done);
        if (m_unanswered) {
            const int64_t number = m_unanswered->number;
            const auto until = Backoff::Clock::now() + m_answerPatience;
            while (m_unanswered && Backoff::Clock::now() < until) {
                if (Status again = connect(); !again)
                    std::this_thread::sleep_for(holdPause);
            }
            if (!m_unanswered && m_writes == number)
                return {};
        }
        if (attempt > 0 || m_unanswered)
            return done;
    }
}

Status PostgresBackend::transact(const BackendWrite &write)
{
    if (Status begun = m_connection->execute("BEGIN"); !begun)
        return begun;
    const auto counted =
        m_connection->run("UPDATE node SET writes = writes + 1 WHERE id = $1 RETURNING writes",
                          PostgresParameters().bigint(m_node));
    if (!counted)
        return counted.error();
    if (counted->empty() || counted->number(0, 0) != m_writes + 1)
        return Error{ErrorCode::Conflict,
                     "Another process writes into the database " + m_readers->settings().shown +
                         " as this node.",
                     "Stop it, then restart Plimsoll."};
    if (Status written = writePostgres(*m_connection, m_node, write, m_doneSeals); !written)
        return written;
    const Status done = m_connection->execute("COMMIT");
    if (!done && m_connection->lost()) {
        Unanswered unanswered{m_writes + 1, {}, {}};
        for (const StoredSeal &seal : write.seals)
            unanswered.seals.insert(seal.id);
        unanswered.gone.insert(write.removedSeals.begin(), write.removedSeals.end());
        unanswered.gone.insert(write.retiredSeals.begin(), write.retiredSeals.end());
        m_unanswered = std::move(unanswered);
    }
    if (!done)
        return done;
    m_writes++;
    for (const StoredSeal &seal : write.seals)
        m_doneSeals.erase(seal.id);
    if (Backoff::Clock::now() >= m_measured + measurePause)
        measure();
    return done;
}

void PostgresBackend::measure()
{
    m_measured = Backoff::Clock::now();
    const auto measured =
        m_connection->run("SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c "
                          "WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = "
                          "current_schema()) AND c.relkind = 'r'");
    if (measured)
        m_bytes = static_cast<uint64_t>(measured->number(0, 0));
}

Result<std::unique_ptr<BackendSnapshot>> PostgresBackend::snapshot() const
{
    return PostgresSnapshot::open(m_readers->settings(), m_node);
}

Result<StoredPack> PostgresBackend::readPack(uint32_t seal, uint32_t series) const
{
    return m_readers->readPack(m_node, seal, series);
}

Result<std::vector<StoredDay>> PostgresBackend::readDays(uint32_t series, int64_t fromMs, int64_t toMs) const
{
    return readPostgresDays(*m_readers, m_node, series, fromMs, toMs);
}

} // namespace plimsoll
