#include "server/ingest/LineSockets.h"

#include "server/ingest/Graphite.h"
#include "server/ingest/SocketBinding.h"
#include "server/ingest/Statsd.h"
#include "tests/support/TemporaryEngine.h"

#include <QTcpSocket>
#include <QTest>
#include <QUdpSocket>

#include <mutex>

using namespace plimsoll;
using namespace plimsoll::ingest;
using plimsoll::test::TemporaryEngine;

namespace {

class Recorder final : public IngestObserver
{
public:
    void batchCommitted(const Batch &, const CommitReceipt &receipt, std::string_view, int64_t) override
    {
        const std::lock_guard lock(m_mutex);
        for (const Rejection &rejection : receipt.rejections)
            m_reasons.push_back(rejection.message);
    }
    void requestRefused(std::string_view, ProjectId, const Error &error) override
    {
        const std::lock_guard lock(m_mutex);
        m_reasons.push_back(error.message);
    }
    std::vector<std::string> reasons()
    {
        const std::lock_guard lock(m_mutex);
        return m_reasons;
    }

private:
    std::mutex m_mutex;
    std::vector<std::string> m_reasons;
};

class KeepingSink final : public RefusalSink
{
public:
    void refused(RefusedInput input) override
    {
        const std::lock_guard lock(m_mutex);
        m_inputs.push_back(std::move(input));
    }
    std::vector<RefusedInput> inputs()
    {
        const std::lock_guard lock(m_mutex);
        return m_inputs;
    }

private:
    std::mutex m_mutex;
    std::vector<RefusedInput> m_inputs;
};

/// StatsD and Graphite over real sockets into a real engine.
class Fixture
{
public:
    TemporaryEngine engine;
    Recorder recorder;
    KeepingSink refusals;
    IngestThread ingest{*engine};
    LineDoor statsd{"statsd", std::make_unique<StatsdLines>(), ingest, engine.clock,
                    [] { return defaultProject; }};
    LineDoor graphite{"graphite", std::make_unique<GraphiteLines>(), ingest, engine.clock,
                      [] { return defaultProject; }};
    LineSockets sockets;
    uint16_t statsdPort = 0;
    uint16_t graphitePort = 0;

    Fixture()
    {
        ingest.addObserver(recorder);
        statsd.keepRefusalsIn(refusals);
        graphite.keepRefusalsIn(refusals);
        statsdPort = sockets.listen(statsd, "127.0.0.1:0", true).value();
        graphitePort = sockets.listen(graphite, "127.0.0.1:0", false).value();
        ingest.start();
        sockets.start();
    }
    ~Fixture() { stop(); }
    void stop()
    {
        sockets.stop();
        ingest.stop();
    }

    /// The sum of all samples of a metric.
    double total(const std::string &name)
    {
        const auto reader = engine->openReader();
        const Matcher matcher{"__name__", Matcher::Op::Equal, name};
        const auto found = reader->select(defaultProject, {&matcher, 1}, 0, INT64_MAX);
        double sum = 0;
        FloatColumns samples;
        for (const SelectedSeries &series : found.value()) {
            if (!reader->readFloats(series.id, 0, INT64_MAX, samples))
                qFatal("cannot read");
            for (const double value : samples.values)
                sum += value;
        }
        return sum;
    }
    uint64_t linesDone() { return statsd.figures().lines + graphite.figures().lines; }
};

std::unique_ptr<QTcpSocket> connectedTo(uint16_t port)
{
    auto socket = std::make_unique<QTcpSocket>();
    socket->connectToHost(QHostAddress::LocalHost, port);
    if (!socket->waitForConnected(30'000))
        qFatal("cannot connect");
    return socket;
}

void send(QTcpSocket &socket, const QByteArray &bytes)
{
    socket.write(bytes);
    while (socket.bytesToWrite() > 0 && socket.waitForBytesWritten(30'000)) {
    }
}

} // namespace

class LineSocketsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void takesDatagramsAndStreams()
    {
        Fixture f;
        QUdpSocket udp;
        for (int i = 0; i < 100; i++)
            QVERIFY(udp.writeDatagram("hits:1|c\nhits:0.5|c\nnonsense", QHostAddress::LocalHost,
                                      f.statsdPort) > 0);
        const auto tcp = connectedTo(f.statsdPort);
        send(*tcp, "over.tcp:1|c\nover.t");
        send(*tcp, "cp:2|c\nover.tcp:4|c");
        const auto graphite = connectedTo(f.graphitePort);
        send(*graphite, "disk.free;dc=eu 7 -1\n");
        QTRY_COMPARE_WITH_TIMEOUT(f.total("hits"), 150.0, 30'000);
        QTRY_COMPARE_WITH_TIMEOUT(f.total("over.tcp"), 3.0, 30'000);
        tcp->disconnectFromHost();
        QTRY_COMPARE_WITH_TIMEOUT(f.total("over.tcp"), 7.0, 30'000);
        QTRY_COMPARE_WITH_TIMEOUT(f.total("disk.free"), 7.0, 30'000);
        const LineFigures &figures = f.statsd.figures();
        QCOMPARE(figures.packets.load(), 100U);
        QCOMPARE(figures.lines.load(), 303U);
        QTRY_COMPARE_WITH_TIMEOUT(figures.refusedLines.load(), 100U, 30'000);
        QCOMPARE(figures.lostLines.load(), 0U);
        const auto reasons = f.recorder.reasons();
        QCOMPARE(reasons.size(), 100U);
        QCOMPARE(reasons.front(), std::string("\"nonsense\": There is no colon between a name and a value."));
    }

    void tellsOfBatchesThatHoldNothingElse()
    {
        Fixture f;
        QUdpSocket udp;
        QVERIFY(udp.writeDatagram("a:b|c", QHostAddress::LocalHost, f.statsdPort) > 0);
        QTRY_COMPARE_WITH_TIMEOUT(f.recorder.reasons().size(), 1U, 30'000);
        QCOMPARE(f.recorder.reasons().front(),
                 std::string("\"a:b|c\": The value \"b\" is not a finite number."));
    }

    void keepsTheFirstRefusedLines()
    {
        Fixture f;
        const auto tcp = connectedTo(f.graphitePort);
        QByteArray lines = "a b 1\ngood 1 -1\n;x=y 1 5\n";
        for (int i = 0; i < 100; i++)
            lines += "also wrong " + QByteArray::number(i) + " x\n";
        send(*tcp, lines);
        QTRY_COMPARE_WITH_TIMEOUT(f.refusals.inputs().size(), 1U, 30'000);
        const RefusedInput kept = f.refusals.inputs().front();
        QCOMPARE(std::string(kept.source), std::string("graphite"));
        QVERIFY(kept.body.startsWith("a b 1\n;x=y 1 5\nalso wrong 0 x\n"));
        QCOMPARE(kept.body.count('\n'), qsizetype(LineReader::maxRefusedLines));
        QCOMPARE(kept.refused, uint32_t(LineReader::maxRefusedLines));
        QCOMPARE(kept.rejections.size(), LineReader::maxRefusedLines);
        QCOMPARE(kept.rejections[1].item, 1U);
        QCOMPARE(kept.rejections[1].code, std::string("bad_name"));
    }

    void closesWhatSpeaksHttp()
    {
        Fixture f;
        const auto page = connectedTo(f.statsdPort);
        send(*page, "POST / HTTP/1.1\r\nHost: a\r\n\r\nevil:1|c\n");
        QVERIFY(page->state() == QAbstractSocket::UnconnectedState || page->waitForDisconnected(30'000));
        QTRY_COMPARE_WITH_TIMEOUT(f.recorder.reasons().size(), 1U, 30'000);
        f.stop();
        QCOMPARE(f.total("evil"), 0.0);
    }

    void closesWhatSendsEndlessLines()
    {
        Fixture f;
        const auto tcp = connectedTo(f.graphitePort);
        send(*tcp, QByteArray(200'000, 'x'));
        QVERIFY(tcp->state() == QAbstractSocket::UnconnectedState || tcp->waitForDisconnected(30'000));
        QTRY_COMPARE_WITH_TIMEOUT(f.recorder.reasons().size(), 1U, 30'000);
        QVERIFY(f.recorder.reasons().front().find("65536 bytes") != std::string::npos);
    }

    void theLongestSilentGivesWay()
    {
        Fixture f;
        const auto speaker = connectedTo(f.statsdPort);
        const auto silent = connectedTo(f.statsdPort);
        std::vector<std::unique_ptr<QTcpSocket>> others;
        while (others.size() < LineSockets::maxConnections - 2)
            others.push_back(connectedTo(f.statsdPort));
        QTRY_COMPARE_WITH_TIMEOUT(f.statsd.figures().connections.load(), LineSockets::maxConnections, 30'000);
        send(*speaker, "hits:1|c\n");
        QTRY_COMPARE_WITH_TIMEOUT(f.total("hits"), 1.0, 30'000);
        const auto late = connectedTo(f.statsdPort);
        QVERIFY(silent->state() == QAbstractSocket::UnconnectedState || silent->waitForDisconnected(30'000));
        send(*speaker, "hits:1|c\n");
        send(*late, "hits:1|c\n");
        QTRY_COMPARE_WITH_TIMEOUT(f.total("hits"), 3.0, 30'000);
    }

    void handsOnWhatWaitsWhenItStops()
    {
        Fixture f;
        QUdpSocket udp;
        QVERIFY(udp.writeDatagram("hits:5|c", QHostAddress::LocalHost, f.statsdPort) > 0);
        f.stop();
        QCOMPARE(f.total("hits"), 5.0);
    }

    void saysWhyItCannotListen()
    {
        Fixture f;
        LineSockets more;
        const auto error = [&](const std::string &address) {
            const auto port = more.listen(f.statsd, address, true);
            return port ? std::nullopt : std::optional(port.error().code);
        };
        QCOMPARE(error("127.0.0.1:" + std::to_string(f.statsdPort)), std::optional(ErrorCode::Conflict));
        for (const char *bad : {"8125", "nowhere:1", "127.0.0.1:x", "127.0.0.1:70000", "::1:5", ""})
            QCOMPARE(error(bad), std::optional(ErrorCode::Invalid));
        for (const char *good : {"127.0.0.1:0", "localhost:0", "*:0", ":0", "[::]:0"})
            QVERIFY2(!error(good), good);
    }
};

QTEST_GUILESS_MAIN(LineSocketsTest)
#include "LineSocketsTest.moc"
