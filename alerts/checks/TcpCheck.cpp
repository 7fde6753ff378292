#include "alerts/checks/CheckKind.h"
#include "alerts/checks/SocketProbe.h"

namespace plimsoll::alerts {

namespace {

constexpr size_t maxTextBytes = 4096;

/// Connects; sends what should be sent, and waits for what should come.
class TcpProbe final : public SocketProbe
{
public:
    TcpProbe(const Check &check, ProbeContext &context, Endpoint endpoint, ProbeTls tls)
        : SocketProbe(check, context, std::move(endpoint), std::move(tls))
        , m_send(check.settings.value("send").toString().toUtf8())
        , m_expected(check.expect.value("text").toString().toUtf8())
    {
    }

protected:
    void connected() override
    {
        if (!m_send.isEmpty())
            send(m_send);
        if (m_expected.isEmpty())
            finish(ProbeResult::ok());
    }

    void received(const QByteArray &all) override
    {
        if (all.contains(m_expected))
            finish(ProbeResult::ok());
        m_answer = all.left(80);
    }

    void closed() override { fail(missing("closed the connection")); }
    std::string lateMessage() const override
    {
        return m_answer.isEmpty() ? SocketProbe::lateMessage() : missing("said no more in time");
    }

private:
    std::string missing(const char *how) const
    {
        return endpoint().toString() + " " + how + ", and \"" + m_expected.toStdString() +
               "\" was not in its answer" + (m_answer.isEmpty() ? "." : ": " + m_answer.toStdString());
    }

    QByteArray m_send;
    QByteArray m_expected;
    QByteArray m_answer;
};

void read(Fields &fields, const QJsonObject &definition, const Check *, Check &check)
{
    const Result<Endpoint> endpoint = Endpoint::parse(check.target, 0);
    if (!endpoint)
        fields.fail("target", endpoint.error().message, endpoint.error().hint);
    Part settings(fields, definition, "settings", {"send", "tls", "verify", "server_name"});
    const QString send = settings.object().value("send").toString();
    settings->text("send", maxTextBytes);
    check.settings = {{"send", send},
                      {"tls", settings->flag("tls", false)},
                      {"verify", settings->flag("verify", true)},
                      {"server_name", QString::fromStdString(settings->text("server_name", 253))}};
    Part expect(fields, definition, "expect", {"text"});
    expect->text("text", maxTextBytes);
    check.expect = {{"text", expect.object().value("text").toString()}};
}

std::unique_ptr<Probe> makeProbe(const Check &check, ProbeContext &context)
{
    ProbeTls tls;
    tls.enabled = check.settings.value("tls").toBool();
    tls.verify =
        check.settings.value("verify").toBool(true) ? ProbeTls::Verify::Full : ProbeTls::Verify::Nothing;
    tls.serverName = check.settings.value("server_name").toString().toStdString();
    const Result<Endpoint> endpoint = Endpoint::parse(check.target, 0);
    return std::make_unique<TcpProbe>(check, context, endpoint ? *endpoint : Endpoint(), tls);
}

} // namespace

const CheckKind tcpCheck{"tcp", read, nothingToMask, makeProbe};

} // namespace plimsoll::alerts
