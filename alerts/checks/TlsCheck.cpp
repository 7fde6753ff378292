#include "alerts/checks/CheckKind.h"
#include "alerts/checks/ProbeContext.h"
#include "alerts/checks/SocketProbe.h"

#include <QSslCertificate>
#include <QSslSocket>

namespace plimsoll::alerts {

namespace {

constexpr uint16_t httpsPort = 443;
constexpr double msPerDay = 24.0 * 3'600'000;

struct Soonest
{
    int64_t endsMs = INT64_MAX;
    QString name;
};

/// Who ends first of the chain that the server shows.
Soonest soonestEnd(const QList<QSslCertificate> &chain)
{
    Soonest soonest;
    for (const QSslCertificate &certificate : chain) {
        const int64_t endsMs = certificate.expiryDate().toMSecsSinceEpoch();
        if (endsMs >= soonest.endsMs)
            continue;
        soonest = {endsMs, certificate.subjectInfo(QSslCertificate::CommonName).join(", ")};
    }
    return soonest;
}

/// Looks at the certificates: chain, name, and the days that they have left.
class TlsProbe final : public SocketProbe
{
public:
    TlsProbe(const Check &check, ProbeContext &context, Endpoint endpoint, ProbeTls tls)
        : SocketProbe(check, context, std::move(endpoint), std::move(tls))
        , m_clock(context.clock())
        , m_verify(check.settings.value("verify").toBool(true))
        , m_days(check.expect.value("days").toDouble())
        , m_degradedDays(check.expect.value("degraded_days").toDouble())
    {
    }

protected:
    void connected() override
    {
        const QList<QSslCertificate> chain = socket().peerCertificateChain();
        if (chain.isEmpty())
            return fail(endpoint().toString() + " showed no certificate.");
        const Soonest soonest = soonestEnd(chain);
        const double days = double(soonest.endsMs - m_clock.nowMs()) / msPerDay;
        ProbeResult result = judge(soonest, days);
        result.figures.emplace_back("check_tls_expiry_days", days);
        finish(std::move(result));
    }
    void received(const QByteArray &) override {}

private:
    ProbeResult judge(const Soonest &soonest, double days) const
    {
        const std::string whose = "The certificate of " + soonest.name.toStdString();
        const std::string left = std::to_string(int64_t(std::floor(std::abs(days)))) + " days";
        if (days < 0)
            return ProbeResult::failed(whose + " ended " + left + " ago.");
        if (m_verify && !tlsErrors().isEmpty())
            return ProbeResult::failed(tlsProblem(tlsErrors()));
        const std::string text = whose + " ends in " + left + ".";
        if (days < m_days)
            return ProbeResult::failed(text);
        return days < m_degradedDays ? ProbeResult::degraded(text) : ProbeResult::ok(text);
    }

    const Clock &m_clock;
    bool m_verify;
    double m_days;
    double m_degradedDays;
};

void read(Fields &fields, const QJsonObject &definition, const Check *, Check &check)
{
    const Result<Endpoint> endpoint = Endpoint::parse(check.target, httpsPort);
    if (!endpoint)
        fields.fail("target", endpoint.error().message, endpoint.error().hint);
    Part settings(fields, definition, "settings", {"verify", "server_name"});
    check.settings = {{"verify", settings->flag("verify", true)},
                      {"server_name", QString::fromStdString(settings->text("server_name", 253))}};
    Part expect(fields, definition, "expect", {"days", "degraded_days"});
    const double days = expect->number("days", 7);
    const double degradedDays = expect->number("degraded_days", std::max(days, 21.0));
    if (days < 0 || days > 3650)
        expect->fail("days", "must be from 0 to 3650.");
    if (degradedDays < days || degradedDays > 3650)
        expect->fail("degraded_days", "must be from `days` to 3650.");
    check.expect = {{"days", days}, {"degraded_days", degradedDays}};
}

std::unique_ptr<Probe> makeProbe(const Check &check, ProbeContext &context)
{
    ProbeTls tls;
    tls.enabled = true;
    tls.verify = ProbeTls::Verify::Report;
    tls.serverName = check.settings.value("server_name").toString().toStdString();
    const Result<Endpoint> endpoint = Endpoint::parse(check.target, httpsPort);
    return std::make_unique<TlsProbe>(check, context, endpoint ? *endpoint : Endpoint(), tls);
}

} // namespace

const CheckKind tlsCheck{"tls", read, nothingToMask, makeProbe};

} // namespace plimsoll::alerts
