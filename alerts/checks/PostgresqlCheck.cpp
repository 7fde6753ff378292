#include "alerts/checks/CheckKind.h"
#include "alerts/checks/ProbeContext.h"

#include <QSocketNotifier>
#include <QUrl>
#include <QUrlQuery>

#include <libpq-fe.h>

namespace plimsoll::alerts {

namespace {

constexpr int postgresPort = 5432;
constexpr std::array<std::string_view, 5> sslModes{"disable", "prefer", "require", "verify-ca",
                                                   "verify-full"};

std::string trimmed(const char *text) { return QString::fromUtf8(text).simplified().toStdString(); }

/// Connects and asks with libpq's calls that do not block; the host was looked up before.
class PostgresqlProbe final : public Probe
{
public:
    PostgresqlProbe(const Check &check, ProbeContext &context)
        : Probe(check)
        , m_context(context)
        , m_url(QString::fromStdString(check.target))
        , m_password(check.settings.value("password").toString().toUtf8())
        , m_query(check.settings.value("query").toString().toUtf8())
        , m_expected(check.expect.value("value").toString())
        , m_timeoutMs(check.timeoutMs)
    {
    }
    ~PostgresqlProbe() override { disconnectFromServer(); }

protected:
    void begin() override
    {
        m_context.lookup().find(m_url.host(QUrl::FullyEncoded).toStdString(), this,
                                [this](const HostLookup::Addresses &found) {
                                    if (isFinished())
                                        return;
                                    if (!found)
                                        return fail(found.error().message);
                                    m_addresses = *found;
                                    tryNext();
                                });
    }

    std::string lateMessage() const override
    {
        return m_asked ? "PostgreSQL did not answer the query in time."
                       : "PostgreSQL at " + m_url.host().toStdString() + " did not answer in time.";
    }

private:
    void tryNext()
    {
        disconnectFromServer();
        const QByteArray address = m_addresses.takeFirst().toString().toLatin1();
        const QByteArray host = m_url.host().toUtf8();
        const QByteArray port = QByteArray::number(m_url.port(postgresPort));
        const QByteArray user = m_url.userName(QUrl::FullyDecoded).toUtf8();
        const QByteArray database = m_url.path(QUrl::FullyDecoded).mid(1).toUtf8();
        const QByteArray sslMode = QUrlQuery(m_url).queryItemValue("sslmode").toUtf8();
        const std::array<const char *, 13> names{"host",     "hostaddr", "port",       "user",
                                                 "dbname",   "password", "sslmode",    "application_name",
                                                 "passfile", "service",  "gssencmode", "client_encoding",
                                                 nullptr};
        const std::array<const char *, 13> values{host.constData(),
                                                  address.constData(),
                                                  port.constData(),
                                                  user.constData(),
                                                  database.constData(),
                                                  m_password.constData(),
                                                  sslMode.isEmpty() ? "prefer" : sslMode.constData(),
                                                  "plimsoll check",
                                                  "/nonexistent",
                                                  nullptr,
                                                  "disable",
                                                  "UTF8",
                                                  nullptr};
        m_connection = PQconnectStartParams(names.data(), values.data(), 0);
        if (!m_connection || PQstatus(m_connection) == CONNECTION_BAD)
            return connectionFailed();
        m_polling = PGRES_POLLING_WRITING;
        watch();
    }

    void connectionFailed()
    {
        if (!m_addresses.isEmpty())
            return tryNext();
        fail(m_connection ? trimmed(PQerrorMessage(m_connection)) : "There is no memory for a connection.");
    }

    /// libpq may close one socket and open another one while it connects, so the notifiers are made anew.
    void watch()
    {
        const int socket = PQsocket(m_connection);
        if (socket < 0)
            return connectionFailed();
        const bool writes = !m_connected && m_polling == PGRES_POLLING_WRITING;
        m_notifier.reset(
            new QSocketNotifier(socket, writes ? QSocketNotifier::Write : QSocketNotifier::Read));
        connect(m_notifier.get(), &QSocketNotifier::activated, this, [this] {
            dropNotifier();
            m_connected ? readAnswer() : goOn();
        });
    }

    /// A notifier must not be destroyed within its own signal, and never watch a socket that is closed.
    void dropNotifier()
    {
        if (!m_notifier)
            return;
        m_notifier->setEnabled(false);
        m_notifier.release()->deleteLater();
    }

    void goOn()
    {
        m_polling = PQconnectPoll(m_connection);
        if (m_polling == PGRES_POLLING_FAILED)
            return connectionFailed();
        if (m_polling != PGRES_POLLING_OK)
            return watch();
        m_connected = true;
        ask();
    }

    void ask()
    {
        PQsetnonblocking(m_connection, 1);
        QByteArray sql = "SELECT 1";
        if (!m_query.isEmpty())
            sql = "SET statement_timeout=" + QByteArray::number(qint64(m_timeoutMs)) +
                  ";SET default_transaction_read_only=on;" + m_query;
        m_asked = true;
        if (!PQsendQuery(m_connection, sql.constData()))
            return fail(trimmed(PQerrorMessage(m_connection)));
        PQflush(m_connection);
        watch();
    }

    void readAnswer()
    {
        if (!PQconsumeInput(m_connection))
            return fail(trimmed(PQerrorMessage(m_connection)));
        PQflush(m_connection);
        while (!isFinished() && !PQisBusy(m_connection)) {
            PGresult *result = PQgetResult(m_connection);
            if (!result)
                return judge();
            take(result);
            PQclear(result);
        }
        if (!isFinished())
            watch();
    }

    void take(const PGresult *result)
    {
        const ExecStatusType status = PQresultStatus(result);
        if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE)
            return fail(trimmed(PQresultErrorMessage(result)));
        if (status != PGRES_TUPLES_OK)
            return;
        m_rows = PQntuples(result);
        if (m_rows > 0 && PQnfields(result) > 0)
            m_value = QString::fromUtf8(PQgetvalue(result, 0, 0));
    }

    void judge()
    {
        if (m_expected.isEmpty() || m_value == m_expected)
            return finish(ProbeResult::ok());
        const QString found = m_rows == 0 ? QStringLiteral("nothing") : "\"" + m_value.left(100) + "\"";
        fail("The query gave " + found.toStdString() + "; expected was \"" + m_expected.toStdString() +
             "\".");
    }

    void disconnectFromServer()
    {
        dropNotifier();
        if (m_connection)
            PQfinish(m_connection);
        m_connection = nullptr;
    }

    ProbeContext &m_context;
    QUrl m_url;
    QByteArray m_password;
    QByteArray m_query;
    QString m_expected;
    int64_t m_timeoutMs;
    QList<QHostAddress> m_addresses;
    PGconn *m_connection = nullptr;
    PostgresPollingStatusType m_polling = PGRES_POLLING_FAILED;
    std::unique_ptr<QSocketNotifier> m_notifier;
    bool m_connected = false;
    bool m_asked = false;
    int m_rows = 0;
    QString m_value;
};

std::string urlProblem(const QUrl &url)
{
    if (!url.isValid() || (url.scheme() != "postgresql" && url.scheme() != "postgres") ||
        url.host().isEmpty())
        return "is not the URL of a PostgreSQL database.";
    if (!url.password().isEmpty())
        return "must not hold a password.";
    const QUrlQuery query(url);
    for (const auto &[name, value] : query.queryItems()) {
        if (name != "sslmode")
            return "has the parameter \"" + name.toStdString() + "\"; only sslmode can be set.";
        if (std::find(sslModes.begin(), sslModes.end(), value.toStdString()) == sslModes.end())
            return "has an sslmode that is not known.";
    }
    return {};
}

void read(Fields &fields, const QJsonObject &definition, const Check *previous, Check &check)
{
    const QUrl url(QString::fromStdString(check.target), QUrl::StrictMode);
    if (const std::string problem = urlProblem(url); !problem.empty())
        fields.fail(
            "target", problem,
            "Write it like postgresql://user@host:5432/database?sslmode=require; the password goes to "
            "`settings.password`.");
    const QUrl old(QString::fromStdString(previous ? previous->target : std::string()));
    const bool same = previous && old.host() == url.host() && old.port() == url.port();
    Part settings(fields, definition, "settings", {"password", "query"});
    check.settings = {
        {"password", settings.secret("password", 1000, previous ? previous->settings : QJsonObject(), same)},
        {"query", QString::fromStdString(settings->text("query", 4096))}};
    Part expect(fields, definition, "expect", {"value"});
    check.expect = {{"value", QString::fromStdString(expect->text("value", 1000))}};
    if (!check.expect.value("value").toString().isEmpty() &&
        check.settings.value("query").toString().isEmpty())
        expect->fail("value", "needs `settings.query`.", "Give the query whose first value it is.");
}

std::unique_ptr<Probe> makeProbe(const Check &check, ProbeContext &context)
{
    return std::make_unique<PostgresqlProbe>(check, context);
}

} // namespace

const CheckKind postgresqlCheck{"postgresql", read, maskPassword, makeProbe};

} // namespace plimsoll::alerts
