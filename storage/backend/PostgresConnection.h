#pragma once

#include "storage/backend/PostgresSettings.h"
#include "storage/backend/PostgresValues.h"

#include <QString>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

class QSqlDatabase;
struct pg_conn;

namespace plimsoll {

/// One PostgreSQL connection: opened by QtSql, spoken to through its PGconn, so that values go in binary form
/// and every wait has a limit. Created, used and destroyed in one thread. A connection that was lost stays
/// lost; whoever owns it opens another.
class PostgresConnection
{
public:
    using Clock = std::chrono::steady_clock;

    /// Connects, within the connect timeout, and sets search path and timeouts.
    explicit PostgresConnection(const PostgresSettings &settings);
    ~PostgresConnection();
    PostgresConnection(const PostgresConnection &) = delete;
    PostgresConnection &operator=(const PostgresConnection &) = delete;

    /// How opening went. The error says what to do and holds no secret.
    const Status &opened() const { return m_opened; }
    /// True once the server or the way to it is gone; also after a statement that met our own time limit.
    bool lost() const;
    int serverProcess() const;

    /// Runs SQL without parameters; of several statements the first failure.
    Status execute(const std::string &sql);
    /// Runs one statement, prepared at its first use on this connection. `sql` must be a literal: its address
    /// is its name.
    Result<PostgresRows> run(const char *sql, const PostgresParameters &parameters = {});

    struct Notification
    {
        std::string channel;
        std::string payload;
    };
    /// What was notified on the channels that this connection listens to; waits for it up to `limit`, or
    /// until `wakeDescriptor` (an eventfd; -1: none) becomes readable. Fails where the connection is lost.
    Result<std::vector<Notification>> notifications(std::chrono::milliseconds limit, int wakeDescriptor = -1);

private:
    friend class PostgresCopy;

    Status prepareSession();
    Status prepare(const char *sql, const PostgresParameters &parameters, std::string &name);
    /// Sends what is buffered and waits until an answer can be taken without blocking.
    Status awaitAnswer(Clock::time_point limit);
    Status flush(Clock::time_point limit);
    Status wait(short events, Clock::time_point limit);
    /// Takes all answers of what was sent; the last one's rows.
    Result<PostgresRows> finish(Clock::time_point limit);
    Clock::time_point limit() const;
    Error lostError() const;
    Error errorOf(const pg_result *result) const;
    Error openError(const std::string &message) const;

    const PostgresSettings m_settings;
    QString m_name;
    std::unique_ptr<QSqlDatabase> m_database;
    pg_conn *m_connection = nullptr;
    Status m_opened;
    bool m_timedOut = false;
    std::map<const char *, std::string> m_prepared;
};

} // namespace plimsoll
