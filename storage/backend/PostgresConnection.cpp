#include "storage/backend/PostgresConnection.h"

#include <QSqlDatabase>
#include <QSqlDriver>
#include <QSqlError>

#include <atomic>
#include <cerrno>
#include <mutex>

#include <libpq-fe.h>
#include <poll.h>

namespace plimsoll {

namespace {

constexpr int graceMs = 5'000; ///< how much longer than the server we wait for a statement
constexpr int tcpPatienceMs = 15'000;

/// QtSql keeps all connections of the process in one table; adding and removing them one at a time keeps it
/// simple. Connecting, which may take seconds, happens outside.
std::mutex &connectionTable()
{
    static std::mutex mutex;
    return mutex;
}

QString quoted(const std::string &value)
{
    QString text = QString::fromStdString(value);
    text.replace(QLatin1Char('\\'), QLatin1String("\\\\"));
    text.replace(QLatin1Char('\''), QLatin1String("\\'"));
    return QLatin1Char('\'') + text + QLatin1Char('\'');
}

/// libpq's options but those that QtSql sets itself, as it wants them.
QString connectOptions(const PostgresSettings &settings)
{
    std::map<std::string, std::string> options{
        {"connect_timeout", std::to_string(std::max(2, settings.connectTimeoutMs / 1000))},
        {"application_name", "plimsoll"},
        {"keepalives_idle", "10"},
        {"keepalives_interval", "5"},
        {"keepalives_count", "3"},
        {"tcp_user_timeout", std::to_string(tcpPatienceMs)}};
    for (const auto &[keyword, value] : settings.options)
        options[keyword] = value;
    for (const char *own : {"dbname", "user", "password", "client_encoding"})
        options.erase(own);
    QString text;
    for (const auto &[keyword, value] : options) {
        if (!value.empty())
            text += QString::fromStdString(keyword) + QLatin1Char('=') + quoted(value) + QLatin1Char(';');
    }
    return text;
}

std::string firstLine(std::string text)
{
    text.erase(std::min(text.find('\n'), text.size()));
    while (!text.empty() && (text.back() == ' ' || text.back() == '.'))
        text.pop_back();
    return text;
}

bool contains(const std::string &text, const char *part) { return text.find(part) != std::string::npos; }

ErrorCode codeOf(std::string_view state)
{
    if (state == "53100")
        return ErrorCode::NoSpace;
    if (state.starts_with("23"))
        return ErrorCode::Conflict;
    if (state == "42501")
        return ErrorCode::Forbidden;
    if (state == "57014" || state == "55P03")
        return ErrorCode::Timeout;
    if (state.starts_with("XX"))
        return ErrorCode::Corrupt;
    return ErrorCode::Unavailable;
}

std::string hintOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::NoSpace:
        return "Free space on the disk of the database.";
    case ErrorCode::Forbidden:
        return "Give this role the schema and its tables, or name another role in the storage URL.";
    case ErrorCode::Corrupt:
        return "Look into the log of the database; restore a backup where its files are damaged.";
    default:
        return "Plimsoll tries again by itself.";
    }
}

} // namespace

PostgresConnection::PostgresConnection(const PostgresSettings &settings)
    : m_settings(settings)
{
    static std::atomic<uint64_t> serial = 0;
    m_name = QStringLiteral("plimsoll-postgres-%1").arg(++serial);
    {
        const std::lock_guard lock(connectionTable());
        m_database =
            std::make_unique<QSqlDatabase>(QSqlDatabase::addDatabase(QStringLiteral("QPSQL"), m_name));
    }
    if (!m_database->isValid()) {
        m_opened = Error{ErrorCode::Unsupported, "Qt's PostgreSQL driver is not installed.",
                         "Install the package libqt6sql6-psql."};
        return;
    }
    const auto part = [&](const char *name) {
        const auto it = settings.options.find(name);
        return it == settings.options.end() ? QString() : QString::fromStdString(it->second);
    };
    m_database->setDatabaseName(part("dbname"));
    m_database->setUserName(part("user"));
    m_database->setPassword(part("password"));
    m_database->setConnectOptions(connectOptions(settings));
    if (!m_database->open()) {
        m_opened = openError(m_database->lastError().databaseText().toStdString());
        return;
    }
    const QVariant handle = m_database->driver()->handle();
    m_connection = *static_cast<PGconn *const *>(handle.constData());
    PQsetNoticeProcessor(
        m_connection, [](void *, const char *) {}, nullptr);
    PQsetnonblocking(m_connection, 1);
    m_opened = prepareSession();
}

PostgresConnection::~PostgresConnection()
{
    m_connection = nullptr;
    m_database->close();
    const std::lock_guard lock(connectionTable());
    m_database.reset();
    QSqlDatabase::removeDatabase(m_name);
}

Status PostgresConnection::prepareSession()
{
    char *quotedSchema = PQescapeIdentifier(m_connection, m_settings.schema.data(), m_settings.schema.size());
    const std::string schema = quotedSchema ? quotedSchema : "plimsoll";
    PQfreemem(quotedSchema);
    return execute(
        "SET search_path=" + schema + ";SET synchronous_commit=on;SET client_min_messages=warning;" +
        "SET statement_timeout=" + std::to_string(m_settings.statementTimeoutMs) +
        ";SET idle_in_transaction_session_timeout=" + std::to_string(2 * m_settings.statementTimeoutMs));
}

bool PostgresConnection::lost() const
{
    return !m_connection || m_timedOut || PQstatus(m_connection) != CONNECTION_OK;
}

int PostgresConnection::serverProcess() const { return m_connection ? PQbackendPID(m_connection) : 0; }

PostgresConnection::Clock::time_point PostgresConnection::limit() const
{
    return Clock::now() + std::chrono::milliseconds(m_settings.statementTimeoutMs + graceMs);
}

Error PostgresConnection::openError(const std::string &message) const
{
    const std::string says = firstLine(message);
    const std::string where = "The database " + m_settings.shown;
    if (contains(says, "password authentication failed") || contains(says, "no password supplied"))
        return {ErrorCode::Unauthorized, where + " does not accept this user and password.",
                "Put the right password into the storage URL, into ~/.pgpass or into PGPASSWORD."};
    if (contains(says, "database \"") && contains(says, "does not exist"))
        return {ErrorCode::NotFound, where + " does not exist on that server.",
                "Make it with createdb, or name another in the storage URL."};
    if (contains(says, "role \"") && contains(says, "does not exist"))
        return {ErrorCode::Unauthorized, where + " cannot be entered: there is no such role.",
                "Make it with createuser, or name another in the storage URL."};
    if (contains(says, "pg_hba.conf"))
        return {ErrorCode::Forbidden, where + " does not let this machine or user in: " + says + ".",
                "Allow it in pg_hba.conf of the server."};
    return {ErrorCode::Unavailable, where + " cannot be reached: " + says + ".",
            "Check that the server runs and that host and port in the storage URL are right."};
}

Error PostgresConnection::lostError() const
{
    if (m_timedOut)
        return {ErrorCode::Unavailable, "The database " + m_settings.shown + " did not answer in time.",
                "Plimsoll connects again by itself."};
    const std::string says = m_connection ? firstLine(PQerrorMessage(m_connection)) : std::string();
    return {ErrorCode::Unavailable,
            "The connection to the database " + m_settings.shown + " was lost" +
                (says.empty() ? "" : ": " + says) + ".",
            "Plimsoll connects again by itself."};
}

Error PostgresConnection::errorOf(const pg_result *result) const
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (!state || lost())
        return lostError();
    const ErrorCode code = codeOf(state);
    return {code,
            "The database " + m_settings.shown + " says: " + firstLine(primary ? primary : "") + " (" +
                state + ").",
            hintOf(code)};
}

Status PostgresConnection::wait(short events, Clock::time_point limit)
{
    pollfd descriptor{PQsocket(m_connection), events, 0};
    while (true) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(limit - Clock::now()).count();
        const int ready = left > 0 ? ::poll(&descriptor, 1, static_cast<int>(left)) : 0;
        if (ready > 0)
            return {};
        if (ready < 0 && errno == EINTR)
            continue;
        m_timedOut = true;
        return lostError();
    }
}

Status PostgresConnection::flush(Clock::time_point limit)
{
    int rest = 0;
    while ((rest = PQflush(m_connection)) == 1) {
        if (Status ready = wait(POLLIN | POLLOUT, limit); !ready)
            return ready;
        if (PQconsumeInput(m_connection) == 0)
            return lostError();
    }
    return rest == 0 ? Status() : Status(lostError());
}

Status PostgresConnection::awaitAnswer(Clock::time_point limit)
{
    if (Status flushed = flush(limit); !flushed)
        return flushed;
    while (PQisBusy(m_connection) != 0) {
        if (Status ready = wait(POLLIN, limit); !ready)
            return ready;
        if (PQconsumeInput(m_connection) == 0)
            return lostError();
    }
    return {};
}

Result<PostgresRows> PostgresConnection::finish(Clock::time_point limit)
{
    PostgresRows rows;
    Status failed;
    while (true) {
        if (Status ready = awaitAnswer(limit); !ready)
            return ready.error();
        PGresult *const result = PQgetResult(m_connection);
        if (!result)
            break;
        PostgresRows answer(result);
        const ExecStatusType status = PQresultStatus(result);
        if (status == PGRES_COPY_IN)
            return answer;
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && failed)
            failed = errorOf(result);
        rows = std::move(answer);
    }
    if (!failed)
        return failed.error();
    return lost() ? Result<PostgresRows>(lostError()) : Result<PostgresRows>(std::move(rows));
}

Status PostgresConnection::execute(const std::string &sql)
{
    if (lost() || PQsendQuery(m_connection, sql.c_str()) == 0)
        return lostError();
    auto rows = finish(limit());
    return rows ? Status() : Status(rows.error());
}

Status PostgresConnection::prepare(const char *sql, const PostgresParameters &parameters, std::string &name)
{
    const auto it = m_prepared.find(sql);
    if (it != m_prepared.end()) {
        name = it->second;
        return {};
    }
    name = "s" + std::to_string(m_prepared.size());
    if (PQsendPrepare(m_connection, name.c_str(), sql, static_cast<int>(parameters.size()),
                      parameters.types().data()) == 0)
        return lostError();
    auto done = finish(limit());
    if (!done)
        return done.error();
    m_prepared[sql] = name;
    return {};
}

Result<PostgresRows> PostgresConnection::run(const char *sql, const PostgresParameters &parameters)
{
    if (lost())
        return lostError();
    std::string name;
    if (Status prepared = prepare(sql, parameters, name); !prepared)
        return prepared.error();
    std::vector<const char *> values;
    std::vector<int> lengths;
    for (size_t i = 0; i < parameters.size(); i++) {
        values.push_back(parameters.isNull(i) ? nullptr : parameters.values()[i].data());
        lengths.push_back(static_cast<int>(parameters.values()[i].size()));
    }
    const std::vector<int> formats(parameters.size(), 1);
    if (PQsendQueryPrepared(m_connection, name.c_str(), static_cast<int>(parameters.size()), values.data(),
                            lengths.data(), formats.data(), 1) == 0)
        return lostError();
    return finish(limit());
}

Result<std::vector<PostgresConnection::Notification>>
PostgresConnection::notifications(std::chrono::milliseconds limit, int wakeDescriptor)
{
    if (lost())
        return lostError();
    std::vector<Notification> found;
    const auto take = [&] {
        while (PGnotify *const notice = PQnotifies(m_connection)) {
            found.push_back({notice->relname, notice->extra});
            PQfreemem(notice);
        }
        return !found.empty();
    };
    if (take())
        return found;
    pollfd descriptors[2] = {{PQsocket(m_connection), POLLIN, 0}, {wakeDescriptor, POLLIN, 0}};
    const int ready = ::poll(descriptors, wakeDescriptor < 0 ? 1 : 2, static_cast<int>(limit.count()));
    if (ready > 0 && descriptors[0].revents != 0 && PQconsumeInput(m_connection) == 0)
        return lostError();
    take();
    return found;
}

} // namespace plimsoll
