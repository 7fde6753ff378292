#include "alerts/channels/Secrets.h"
#include "alerts/checks/CheckKind.h"
#include "alerts/checks/ProbeThread.h"
#include "tests/support/ManualClock.h"
#include "tests/support/MemorySeries.h"
#include "tests/support/RecordServer.h"
#include "tests/support/SilentServer.h"
#include "tests/support/TlsServer.h"
#include "tests/support/WebhookReceiver.h"

#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;
using namespace plimsoll::test;

namespace {

constexpr int patienceMs = 30'000;

/// Answers every line with +PONG, as Redis answers a PING.
class PongServer
{
public:
    PongServer()
    {
        m_server.listen(QHostAddress::LocalHost);
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            QTcpSocket *socket = m_server.nextPendingConnection();
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [socket] {
                socket->readAll();
                socket->write("+PONG\r\n");
            });
        });
    }
    QString address() const { return QStringLiteral("127.0.0.1:%1").arg(m_server.serverPort()); }

private:
    QTcpServer m_server;
};

QJsonObject definition(const QString &kind, const QString &target, const QJsonObject &more = {})
{
    QJsonObject object{{"name", "subject"}, {"kind", kind}, {"target", target}, {"timeout", "20s"}};
    for (auto it = more.begin(); it != more.end(); ++it)
        object.insert(it.key(), *it);
    return object;
}

} // namespace

/// What holds for every kind of check: it reads its definition or says which field is wrong, finds what is
/// well well and what is not bad, ends in time when nobody answers, never goes where checks must not go.
class ProbeContractTest : public QObject
{
    Q_OBJECT

private:
    ManualClock m_clock{QDateTime::currentMSecsSinceEpoch()};
    MemorySeries m_series;
    QTemporaryDir m_proc;
    WebhookReceiver m_http;
    PongServer m_pong;
    RecordServer m_names;
    TlsServer m_tls;
    SilentServer m_silent;
    std::unique_ptr<ProbeThread> m_probes;

    void write(const QString &path, const QByteArray &text)
    {
        QDir().mkpath(QFileInfo(m_proc.filePath(path)).path());
        QFile file(m_proc.filePath(path));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    }

    ProbeResult look(const QJsonObject &object)
    {
        const Result<Check> check = Check::fromJson(object, nullptr);
        if (!check) {
            qWarning("%s", check.error().message.c_str());
            return ProbeResult::failed("DEFINITION " + check.error().message);
        }
        const QFuture<ProbeResult> running = m_probes->run(*check);
        if (!QTest::qWaitFor([&] { return running.isFinished(); }, patienceMs))
            return ProbeResult::failed("NEVER ENDED");
        return running.result();
    }

    struct Subject
    {
        QString kind;
        QJsonObject well;
        QJsonObject ill;
        QJsonObject silent; ///< nobody answers it; empty where a kind asks nobody
    };
    std::vector<Subject> subjects() const;

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup() { m_probes.reset(); }
    void everyKindIsTried();
    void findsWhatIsWell();
    void findsWhatIsNotWell();
    void endsInTimeWhenNobodyAnswers();
    void aHangingProbeHoldsUpNobody();
    void endsWithTheThread();
    void neverGoesToMetadata_data();
    void neverGoesToMetadata();
    void saysWhichFieldIsWrong_data();
    void saysWhichFieldIsWrong();
    void readsBackWhatItShows();
    void masksSecrets();
    void keepsMaskedSecretsForTheSameReceiverOnly();
};

void ProbeContractTest::initTestCase()
{
    QVERIFY(m_tls.useCertificate(90));
    QVERIFY(m_tls.listen());
    m_names.set(1, {QByteArray("\x0a\x01\x02\x03", 4)});
    write("meminfo", "MemTotal:       1000 kB\nMemFree:  10 kB\nMemAvailable:    600 kB\n");
    write("42/comm", "dockd\n");
    write("42/cmdline", QByteArray("/usr/bin/dockd\0--slow\0", 22));
    m_series.add(Labels{{"__name__", "depth"}, {"dock", "a"}}, Kind::Gauge, m_clock.nowMs(), 7);
}

void ProbeContractTest::init()
{
    ProbeContext::Options options;
    options.procPath = m_proc.path().toStdString();
    m_probes = std::make_unique<ProbeThread>(options, m_series, m_clock);
}

/// One of each kind: well, not well, and silent.
std::vector<ProbeContractTest::Subject> ProbeContractTest::subjects() const
{
    const QString closed = QStringLiteral("127.0.0.1:1");
    const QJsonObject resolver{{"resolver", m_names.address()}};
    const QJsonObject trusting{{"verify", false}};
    const auto with = [](const char *part, const QJsonObject &fields) { return QJsonObject{{part, fields}}; };
    return {
        {"http", definition("http", m_http.url()), definition("http", "http://" + closed),
         definition("http", "http://" + m_silent.address())},
        {"tcp", definition("tcp", m_pong.address()), definition("tcp", closed),
         definition("tcp", m_silent.address(), with("expect", {{"text", "hello"}}))},
        {"dns", definition("dns", "dock.example", with("settings", resolver)),
         definition("dns", "dock.example",
                    {{"settings", resolver}, {"expect", QJsonObject{{"answers", QJsonArray{"10.9.9.9"}}}}}),
         definition("dns", "dock.example", with("settings", {{"resolver", m_silent.address()}}))},
        {"tls", definition("tls", m_tls.address(), with("settings", trusting)),
         definition("tls", m_tls.address()), definition("tls", m_silent.address())},
        {"redis", definition("redis", m_pong.address()), definition("redis", closed),
         definition("redis", m_silent.address())},
        {"postgresql",
         {},
         definition("postgresql", "postgresql://ada@" + closed + "/dock"),
         definition("postgresql", "postgresql://ada@" + m_silent.address() + "/dock?sslmode=disable")},
        {"disk",
         definition("disk", "/", with("expect", {{"used_percent", 100}, {"degraded_percent", 100}})),
         definition("disk", "/no/such/place"),
         {}},
        {"memory",
         definition("memory", "", with("expect", {{"used_percent", 50}})),
         definition("memory", "", with("expect", {{"used_percent", 30}})),
         {}},
        {"process", definition("process", "dockd"), definition("process", "nodockd"), {}},
        {"query",
         definition("query", "depth", with("expect", {{"op", "<"}, {"value", 8}})),
         definition("query", "depth", with("expect", {{"op", ">"}, {"value", 8}})),
         {}},
    };
}

void ProbeContractTest::everyKindIsTried()
{
    std::set<std::string> tried;
    for (const Subject &subject : subjects())
        tried.insert(subject.kind.toStdString());
    for (const CheckKind *kind : checkKinds())
        QVERIFY2(kind->passive() || tried.contains(std::string(kind->name)), kind->name.data());
}

void ProbeContractTest::findsWhatIsWell()
{
    for (const Subject &subject : subjects()) {
        if (subject.well.isEmpty())
            continue;
        const ProbeResult result = look(subject.well);
        QVERIFY2(result.outcome == Outcome::Ok,
                 qPrintable(subject.kind + ": " + QString::fromStdString(result.message)));
        QVERIFY(result.durationMs >= 0 && result.durationMs < 20'000);
    }
}

void ProbeContractTest::findsWhatIsNotWell()
{
    for (const Subject &subject : subjects()) {
        const ProbeResult result = look(subject.ill);
        QVERIFY2(result.outcome == Outcome::Failed, qPrintable(subject.kind));
        const QString message = QString::fromStdString(result.message);
        QVERIFY2(!message.isEmpty() && !message.startsWith("DEFINITION"), qPrintable(subject.kind));
    }
}

/// All at once: each ends by its own time, so the whole takes no longer than one.
void ProbeContractTest::endsInTimeWhenNobodyAnswers()
{
    std::vector<std::pair<QString, QFuture<ProbeResult>>> running;
    for (const Subject &subject : subjects()) {
        if (subject.silent.isEmpty())
            continue;
        QJsonObject brief = subject.silent;
        brief.insert("timeout", "300ms");
        const Result<Check> check = Check::fromJson(brief, nullptr);
        QVERIFY2(check, qPrintable(subject.kind));
        running.emplace_back(subject.kind, m_probes->run(*check));
    }
    QCOMPARE(running.size(), size_t(6));
    for (const auto &[kind, future] : running) {
        QVERIFY2(QTest::qWaitFor([&, &future = future] { return future.isFinished(); }, patienceMs),
                 qPrintable(kind));
        const ProbeResult result = future.result();
        QVERIFY2(result.outcome == Outcome::Failed, qPrintable(kind));
        QVERIFY2(result.durationMs >= 250, qPrintable(kind + " " + QString::fromStdString(result.message)));
        QVERIFY2(QString::fromStdString(result.message).contains("in time"), result.message.c_str());
    }
}

void ProbeContractTest::aHangingProbeHoldsUpNobody()
{
    std::vector<QFuture<ProbeResult>> hanging;
    for (const Subject &subject : subjects()) {
        for (int i = 0; i < 40 && !subject.silent.isEmpty(); i++)
            hanging.push_back(m_probes->run(*Check::fromJson(subject.silent, nullptr)));
    }
    for (const Subject &subject : subjects()) {
        if (subject.well.isEmpty())
            continue;
        const ProbeResult result = look(subject.well);
        QVERIFY2(result.outcome == Outcome::Ok, qPrintable(subject.kind));
    }
    for (const QFuture<ProbeResult> &future : hanging)
        QVERIFY(!future.isFinished());
}

void ProbeContractTest::endsWithTheThread()
{
    std::vector<QFuture<ProbeResult>> hanging;
    for (const Subject &subject : subjects()) {
        if (!subject.silent.isEmpty())
            hanging.push_back(m_probes->run(*Check::fromJson(subject.silent, nullptr)));
    }
    QCOMPARE(look(subjects().front().well).outcome, Outcome::Ok);
    m_probes->stop();
    for (const QFuture<ProbeResult> &future : hanging)
        QVERIFY(future.isFinished());
    const QFuture<ProbeResult> late = m_probes->run(*Check::fromJson(subjects().front().well, nullptr));
    QVERIFY(late.isFinished());
}

void ProbeContractTest::neverGoesToMetadata_data()
{
    QTest::addColumn<QJsonObject>("object");
    QTest::addColumn<bool>("atOnce"); ///< the definition is refused already
    const QString metadata = QStringLiteral("169.254.169.254");
    QTest::newRow("http") << definition("http", "http://169.254.169.254/latest") << true;
    QTest::newRow("http file") << definition("http", "file:///etc/passwd") << true;
    QTest::newRow("http gopher") << definition("http", "gopher://127.0.0.1/") << true;
    QTest::newRow("http decimal") << definition("http", "http://2852039166/") << false;
    QTest::newRow("http octal") << definition("http", "http://0251.0376.0251.0376/") << false;
    QTest::newRow("http hex") << definition("http", "http://0xa9fea9fe/") << false;
    QTest::newRow("http mapped") << definition("http", "http://[::ffff:169.254.169.254]/") << true;
    QTest::newRow("http link-local") << definition("http", "http://[fe80::1]/") << true;
    QTest::newRow("tcp") << definition("tcp", metadata + ":80") << false;
    QTest::newRow("tcp unspecified") << definition("tcp", "0.0.0.0:80") << false;
    QTest::newRow("tcp hex") << definition("tcp", "0xa9fea9fe:80") << false;
    QTest::newRow("tls") << definition("tls", metadata) << false;
    QTest::newRow("redis") << definition("redis", "[fe80::1]:6379") << false;
    QTest::newRow("dns") << definition("dns", "a.example",
                                       {{"settings", QJsonObject{{"resolver", metadata}}}})
                         << false;
    QTest::newRow("postgresql") << definition("postgresql", "postgresql://ada@169.254.169.254/dock") << false;
    QTest::newRow("multicast") << definition("tcp", "224.0.0.1:80") << false;
}

void ProbeContractTest::neverGoesToMetadata()
{
    QFETCH(QJsonObject, object);
    QFETCH(bool, atOnce);
    const Result<Check> check = Check::fromJson(object, nullptr);
    if (atOnce)
        QVERIFY(!check);
    if (!check)
        return;
    const ProbeResult result = look(object);
    QCOMPARE(result.outcome, Outcome::Failed);
    QVERIFY2(QString::fromStdString(result.message).contains("checks never go there"),
             result.message.c_str());
}

void ProbeContractTest::saysWhichFieldIsWrong_data()
{
    QTest::addColumn<QJsonObject>("object");
    QTest::addColumn<QString>("field");
    const auto settings = [](const QJsonObject &fields) { return QJsonObject{{"settings", fields}}; };
    const auto expect = [](const QJsonObject &fields) { return QJsonObject{{"expect", fields}}; };
    QTest::newRow("kind") << definition("ftp", "a") << "kind";
    QTest::newRow("unknown field") << definition("memory", "", {{"colour", "red"}}) << "colour";
    QTest::newRow("timeout") << definition("memory", "", {{"interval", "10s"}}) << "timeout";
    QTest::newRow("interval") << definition("memory", "", {{"interval", "100ms"}, {"timeout", "50ms"}})
                              << "interval";
    QTest::newRow("retries") << definition("memory", "", {{"retries", 1.5}}) << "retries";
    QTest::newRow("degraded_ms") << definition("memory", "", {{"degraded_ms", -1}}) << "degraded_ms";
    QTest::newRow("channels") << definition("memory", "", {{"channels", QJsonArray{1}}}) << "channels";
    QTest::newRow("http target") << definition("http", "example.org") << "target";
    QTest::newRow("http user") << definition("http", "http://a:b@example.org") << "target";
    QTest::newRow("http method") << definition("http", "http://a", settings({{"method", "BREW"}}))
                                 << "settings.method";
    QTest::newRow("http header") << definition("http", "http://a",
                                               settings({{"headers", QJsonObject{{"a b", "c"}}}}))
                                 << "settings.headers.a b";
    QTest::newRow("http header value")
        << definition("http", "http://a", settings({{"headers", QJsonObject{{"A", "c\r\nB: d"}}}}))
        << "settings.headers.A";
    QTest::newRow("http host") << definition("http", "http://a",
                                             settings({{"headers", QJsonObject{{"Host", "b"}}}}))
                               << "settings.headers.Host";
    QTest::newRow("http status") << definition("http", "http://a", expect({{"status", "2xx"}}))
                                 << "expect.status";
    QTest::newRow("http pattern") << definition("http", "http://a", expect({{"matches", "("}}))
                                  << "expect.matches";
    QTest::newRow("http path") << definition("http", "http://a",
                                             expect({{"json", QJsonObject{{"path", "a..b"}, {"value", 1}}}}))
                               << "expect.json.path";
    QTest::newRow("http value") << definition("http", "http://a",
                                              expect({{"json", QJsonObject{{"path", "a"}}}}))
                                << "expect.json.value";
    QTest::newRow("http op")
        << definition("http", "http://a",
                      expect({{"json", QJsonObject{{"path", "a"}, {"op", ">"}, {"value", "b"}}}}))
        << "expect.json.value";
    QTest::newRow("http tls") << definition("http", "http://a",
                                            settings({{"tls", QJsonObject{{"min_version", "2"}}}}))
                              << "settings.tls.min_version";
    QTest::newRow("tcp port") << definition("tcp", "example.org") << "target";
    QTest::newRow("tcp port number") << definition("tcp", "example.org:70000") << "target";
    QTest::newRow("tcp unknown") << definition("tcp", "a:1", settings({{"sned", "x"}})) << "settings.sned";
    QTest::newRow("dns type") << definition("dns", "a.example", settings({{"type", "Z"}})) << "settings.type";
    QTest::newRow("dns name") << definition("dns", QString(70, u'a') + ".example") << "target";
    QTest::newRow("dns nothing") << definition("dns", "") << "target";
    QTest::newRow("tls days") << definition("tls", "a", expect({{"days", -1}})) << "expect.days";
    QTest::newRow("postgresql scheme") << definition("postgresql", "mysql://a/b") << "target";
    QTest::newRow("postgresql password") << definition("postgresql", "postgresql://a:b@c/d") << "target";
    QTest::newRow("postgresql parameter")
        << definition("postgresql", "postgresql://a@c/d?hostaddr=169.254.169.254") << "target";
    QTest::newRow("postgresql value")
        << definition("postgresql", "postgresql://a@c/d", expect({{"value", "1"}})) << "expect.value";
    QTest::newRow("redis mask") << definition("redis", "a", settings({{"password", secretMask}}))
                                << "settings.password";
    QTest::newRow("disk target") << definition("disk", "var") << "target";
    QTest::newRow("disk share") << definition("disk", "/", expect({{"used_percent", 101}}))
                                << "expect.used_percent";
    QTest::newRow("memory target") << definition("memory", "x") << "target";
    QTest::newRow("process") << definition("process", "") << "target";
    QTest::newRow("process max") << definition("process", "a", expect({{"min", 3}, {"max", 2}}))
                                 << "expect.max";
    QTest::newRow("query") << definition("query", "sum(") << "target";
    QTest::newRow("query range") << definition("query", "up[5m]") << "target";
    QTest::newRow("query op") << definition("query", "up", expect({{"value", 1}})) << "expect.op";
}

void ProbeContractTest::saysWhichFieldIsWrong()
{
    QFETCH(QJsonObject, object);
    QFETCH(QString, field);
    const Result<Check> check = Check::fromJson(object, nullptr);
    QVERIFY(!check);
    const QString message = QString::fromStdString(check.error().message);
    QVERIFY2(message.startsWith("`" + field + "`"), qPrintable(message));
}

void ProbeContractTest::readsBackWhatItShows()
{
    for (const Subject &subject : subjects()) {
        for (const QJsonObject &object : {subject.well, subject.ill}) {
            if (object.isEmpty())
                continue;
            const Result<Check> check = Check::fromJson(object, nullptr);
            QVERIFY2(check, qPrintable(subject.kind));
            const Result<Check> again = Check::fromJson(check->toJson(), nullptr);
            QVERIFY2(again, qPrintable(subject.kind));
            QCOMPARE(again->toJson(), check->toJson());
        }
    }
}

void ProbeContractTest::masksSecrets()
{
    const std::vector<QJsonObject> objects{
        definition("redis", "127.0.0.1:1", {{"settings", QJsonObject{{"password", "hush-7"}}}}),
        definition("postgresql", "postgresql://ada@127.0.0.1:1/dock",
                   {{"settings", QJsonObject{{"password", "hush-7"}}}}),
        definition("http", "http://127.0.0.1:1",
                   {{"settings", QJsonObject{{"headers", QJsonObject{{"Authorization", "hush-7"}}}}}})};
    for (const QJsonObject &object : objects) {
        const Result<Check> check = Check::fromJson(object, nullptr);
        QVERIFY(check);
        QVERIFY(QJsonDocument(check->toJson()).toJson().contains("hush-7"));
        const QByteArray shown = QJsonDocument(check->toMaskedJson()).toJson();
        QVERIFY(!shown.contains("hush-7") && shown.contains(secretMask));
        QVERIFY(!QByteArray::fromStdString(look(object).message).contains("hush-7"));
    }
}

void ProbeContractTest::keepsMaskedSecretsForTheSameReceiverOnly()
{
    const QJsonObject object =
        definition("redis", "127.0.0.1:1", {{"settings", QJsonObject{{"password", "hush-7"}}}});
    const Result<Check> first = Check::fromJson(object, nullptr);
    QJsonObject again = first->toMaskedJson();
    again.insert("name", "renamed");
    const Result<Check> second = Check::fromJson(again, &*first);
    QVERIFY(second);
    QCOMPARE(second->settings.value("password").toString(), QStringLiteral("hush-7"));
    again.insert("target", "127.0.0.2:1");
    const Result<Check> third = Check::fromJson(again, &*first);
    QVERIFY(!third);
    QVERIFY(QString::fromStdString(third.error().message).contains("must be given again"));
}

QTEST_GUILESS_MAIN(ProbeContractTest)
#include "ProbeContractTest.moc"
