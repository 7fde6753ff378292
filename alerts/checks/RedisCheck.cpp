#include "alerts/checks/CheckKind.h"
#include "alerts/checks/SocketProbe.h"

namespace plimsoll::alerts {

namespace {

constexpr uint16_t redisPort = 6379;

/// A command in RESP, as Redis 1.2 and later and its relatives read it.
QByteArray command(const QList<QByteArray> &words)
{
    QByteArray bytes = "*" + QByteArray::number(words.size()) + "\r\n";
    for (const QByteArray &word : words)
        bytes += "$" + QByteArray::number(word.size()) + "\r\n" + word + "\r\n";
    return bytes;
}

/// AUTH where there is a password, then PING.
class RedisProbe final : public SocketProbe
{
public:
    RedisProbe(const Check &check, ProbeContext &context, Endpoint endpoint, ProbeTls tls)
        : SocketProbe(check, context, std::move(endpoint), std::move(tls))
        , m_user(check.settings.value("user").toString().toUtf8())
        , m_password(check.settings.value("password").toString().toUtf8())
    {
    }

protected:
    void connected() override
    {
        QByteArray bytes;
        if (!m_password.isEmpty()) {
            bytes = command(m_user.isEmpty() ? QList<QByteArray>{"AUTH", m_password}
                                             : QList<QByteArray>{"AUTH", m_user, m_password});
            m_lines++;
        }
        send(bytes + command({"PING"}));
    }

    void received(const QByteArray &all) override
    {
        QList<QByteArray> lines = all.split('\n');
        lines.removeLast();
        for (const QByteArray &line : lines) {
            if (!line.startsWith('+'))
                return fail(complaint(line.trimmed()));
        }
        if (lines.size() >= m_lines)
            finish(lines.last().trimmed() == "+PONG"
                       ? ProbeResult::ok()
                       : ProbeResult::failed("The answer to PING was " + lines.last().toStdString()));
    }

private:
    std::string complaint(const QByteArray &line) const
    {
        if (line.startsWith("-NOAUTH"))
            return "Redis wants a password.";
        if (line.startsWith("-WRONGPASS") || line.startsWith("-ERR invalid password"))
            return "Redis refused the password.";
        if (line.startsWith('-'))
            return "Redis answered: " + line.mid(1).toStdString();
        return "This does not answer as Redis does.";
    }

    QByteArray m_user;
    QByteArray m_password;
    qsizetype m_lines = 1;
};

void read(Fields &fields, const QJsonObject &definition, const Check *previous, Check &check)
{
    const Result<Endpoint> endpoint = Endpoint::parse(check.target, redisPort);
    if (!endpoint)
        fields.fail("target", endpoint.error().message, endpoint.error().hint);
    const bool same = previous && previous->target == check.target;
    Part settings(fields, definition, "settings", {"user", "password", "tls", "verify", "server_name"});
    check.settings = {
        {"user", QString::fromStdString(settings->text("user", 200))},
        {"password", settings.secret("password", 1000, previous ? previous->settings : QJsonObject(), same)},
        {"tls", settings->flag("tls", false)},
        {"verify", settings->flag("verify", true)},
        {"server_name", QString::fromStdString(settings->text("server_name", 253))}};
    const Part expect(fields, definition, "expect", {});
}

std::unique_ptr<Probe> makeProbe(const Check &check, ProbeContext &context)
{
    ProbeTls tls;
    tls.enabled = check.settings.value("tls").toBool();
    tls.verify =
        check.settings.value("verify").toBool(true) ? ProbeTls::Verify::Full : ProbeTls::Verify::Nothing;
    tls.serverName = check.settings.value("server_name").toString().toStdString();
    const Result<Endpoint> endpoint = Endpoint::parse(check.target, redisPort);
    return std::make_unique<RedisProbe>(check, context, endpoint ? *endpoint : Endpoint(), tls);
}

} // namespace

const CheckKind redisCheck{"redis", read, maskPassword, makeProbe};

} // namespace plimsoll::alerts
