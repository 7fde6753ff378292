#include "alerts/checks/CheckKind.h"
#include "alerts/checks/DnsMessage.h"
#include "alerts/checks/Endpoint.h"
#include "alerts/checks/ProbeContext.h"

#include <QNetworkDatagram>
#include <QNetworkProxy>
#include <QRandomGenerator>
#include <QTcpSocket>
#include <QUdpSocket>

#include <netinet/in.h>
#include <resolv.h>

namespace plimsoll::alerts {

namespace {

constexpr uint16_t dnsPort = 53;
constexpr int attempts = 3;

/// The name server of the system.
Result<Endpoint> systemResolver()
{
    struct __res_state state
    {
    };
    if (res_ninit(&state) != 0 || state.nscount < 1) {
        res_nclose(&state);
        return Error{ErrorCode::Unavailable, "The system has no name server.", "Give `settings.resolver`."};
    }
    const sockaddr_in six4 = state.nsaddr_list[0];
    const sockaddr_in6 *six = state._u._ext.nsaddrs[0];
    const QHostAddress address = six4.sin_family == AF_INET || !six
                                     ? QHostAddress(reinterpret_cast<const sockaddr *>(&six4))
                                     : QHostAddress(reinterpret_cast<const sockaddr *>(six));
    const uint16_t port = six4.sin_family == AF_INET || !six ? ntohs(six4.sin_port) : ntohs(six->sin6_port);
    res_nclose(&state);
    return Endpoint{address.toString().toStdString(), port};
}

/// Asks one name server over UDP, again over TCP where the answer does not fit.
class DnsProbe final : public Probe
{
public:
    DnsProbe(const Check &check, ProbeContext &context)
        : Probe(check)
        , m_context(context)
        , m_name(check.target)
        , m_resolver(check.settings.value("resolver").toString().toStdString())
        , m_type(findDnsType(check.settings.value("type").toString().toStdString()))
        , m_again(this)
        , m_udp(this)
        , m_tcp(this)
    {
        for (const QJsonValue answer : check.expect.value("answers").toArray())
            m_expected.push_back(answer.toString().toStdString());
    }

protected:
    void begin() override
    {
        const Result<Endpoint> server =
            m_resolver.empty() ? systemResolver() : Endpoint::parse(m_resolver, dnsPort);
        const auto question =
            dnsQuestion(m_name, m_type->number, uint16_t(QRandomGenerator::system()->generate()));
        if (!server || !question)
            return fail(server ? "The name " + question.error().message : server.error().message);
        m_server = *server;
        m_question = *question;
        m_context.lookup().find(m_server.host, this, [this](const HostLookup::Addresses &found) {
            if (isFinished())
                return;
            if (!found)
                return fail(found.error().message);
            m_address = found->first();
            ask();
        });
    }

    std::string lateMessage() const override
    {
        return "The name server " + m_server.toString() + " did not answer in time.";
    }

private:
    void ask()
    {
        m_udp.setProxy(QNetworkProxy::NoProxy);
        connect(&m_udp, &QUdpSocket::readyRead, this, [this] { readDatagrams(); });
        connect(&m_udp, &QUdpSocket::errorOccurred, this, [this] { refused(); });
        connect(&m_again, &QTimer::timeout, this, [this] { m_udp.write(m_question); });
        // Connected, so that only this server's datagrams are read, and that it may say that nobody listens.
        m_udp.connectToHost(m_address, m_server.port);
        m_udp.write(m_question);
        m_again.start(std::chrono::milliseconds(std::max<int64_t>(50, remainingMs() / attempts)));
    }

    void refused()
    {
        if (!isFinished() && m_udp.error() == QAbstractSocket::ConnectionRefusedError)
            fail("No name server listens at " + m_server.toString() + ".");
    }

    void readDatagrams()
    {
        while (!isFinished() && m_udp.hasPendingDatagrams()) {
            const QByteArray message = m_udp.receiveDatagram().data();
            if (answersQuestion(message, m_question))
                take(message, true);
        }
    }

    void askOverTcp()
    {
        m_again.stop();
        m_tcp.setProxy(QNetworkProxy::NoProxy);
        connect(&m_tcp, &QTcpSocket::connected, this, [this] {
            const auto size = uint16_t(m_question.size());
            const char length[2] = {char(size >> 8), char(size & 0xff)};
            m_tcp.write(QByteArray(length, 2) + m_question);
        });
        connect(&m_tcp, &QTcpSocket::readyRead, this, [this] {
            m_received += m_tcp.readAll();
            if (m_received.size() < 2)
                return;
            const qsizetype size = (uint8_t(m_received[0]) << 8) | uint8_t(m_received[1]);
            const QByteArray message = m_received.mid(2, size);
            if (message.size() == size && answersQuestion(message, m_question))
                take(message, false);
        });
        connect(&m_tcp, &QTcpSocket::errorOccurred, this,
                [this] { fail("The name server " + m_server.toString() + " did not answer over TCP."); });
        m_tcp.connectToHost(m_address, m_server.port);
    }

    void take(const QByteArray &message, bool mayRetry)
    {
        const Result<DnsAnswer> answer = DnsAnswer::parse(message, m_type->number);
        if (answer && answer->truncated && mayRetry)
            return askOverTcp();
        if (!answer)
            return fail(answer.error().message);
        if (answer->code != 0)
            return fail("The name server answered " + std::string(dnsCodeText(answer->code)) + " about " +
                        m_name + ".");
        judge(answer->records);
    }

    void judge(const std::vector<std::string> &records)
    {
        std::string all;
        for (const std::string &record : records)
            all.append(all.empty() ? "" : ", ").append(record);
        if (records.empty())
            return fail(m_name + " has no record of type " + std::string(m_type->name) + ".");
        for (const std::string &expected : m_expected) {
            if (std::find(records.begin(), records.end(), expected) == records.end())
                return fail(expected + " is not among the answers: " + all);
        }
        finish(ProbeResult::ok(all));
    }

    ProbeContext &m_context;
    std::string m_name;
    std::string m_resolver;
    const DnsType *m_type;
    std::vector<std::string> m_expected;
    Endpoint m_server;
    QHostAddress m_address;
    QByteArray m_question;
    QTimer m_again;
    QUdpSocket m_udp;
    QTcpSocket m_tcp;
    QByteArray m_received;
};

std::string typeNames()
{
    std::string names;
    for (const DnsType &type : dnsTypes())
        names.append(names.empty() ? "" : ", ").append(type.name);
    return names;
}

/// An answer in the form in which DnsAnswer gives it.
std::string normalised(const std::string &text, const std::string &type)
{
    if (type == "TXT" || type == "CAA")
        return text;
    if (const QHostAddress address(QString::fromStdString(text)); !address.isNull())
        return address.toString().toStdString();
    std::string name = QString::fromStdString(text).toLower().toStdString();
    if (name.size() > 1 && name.ends_with('.'))
        name.pop_back();
    return name;
}

QJsonArray readAnswers(Part &expect, const std::string &type)
{
    QJsonArray answers;
    for (const QJsonValue answer : expect->array("answers", 32)) {
        if (!answer.isString() || answer.toString().isEmpty())
            expect->fail("answers", "must be a list of texts.");
        answers.append(QString::fromStdString(normalised(answer.toString().trimmed().toStdString(), type)));
    }
    return answers;
}

void read(Fields &fields, const QJsonObject &definition, const Check *, Check &check)
{
    Part settings(fields, definition, "settings", {"type", "resolver"});
    const std::string type = settings->has("type")
                                 ? QString::fromStdString(settings->text("type", 10)).toUpper().toStdString()
                                 : "A";
    if (!findDnsType(type))
        settings->fail("type", "must be one of " + typeNames() + ".");
    const std::string resolver = settings->text("resolver", 300);
    if (const auto endpoint = Endpoint::parse(resolver, dnsPort); !resolver.empty() && !endpoint)
        settings->fail("resolver", endpoint.error().message,
                       "Write it like \"1.1.1.1\" or \"ns.example:5353\".");
    if (check.target.empty())
        fields.fail("target", "is missing.", "Give the name to ask for.");
    else if (const auto question = dnsQuestion(check.target, ns_t_a, 0); !question)
        fields.fail("target", question.error().message);
    check.settings = {{"type", QString::fromStdString(type)}, {"resolver", QString::fromStdString(resolver)}};
    Part expect(fields, definition, "expect", {"answers"});
    check.expect = {{"answers", readAnswers(expect, type)}};
}

std::unique_ptr<Probe> makeProbe(const Check &check, ProbeContext &context)
{
    return std::make_unique<DnsProbe>(check, context);
}

} // namespace

const CheckKind dnsCheck{"dns", read, nothingToMask, makeProbe};

} // namespace plimsoll::alerts
