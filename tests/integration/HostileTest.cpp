#include "server/ingest/Decoder.h"
#include "tests/support/ApplianceProcess.h"
#include "tests/support/HostileBodies.h"
#include "tests/support/HttpClient.h"
#include "tests/support/MutatedBody.h"
#include "tests/support/RawClient.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <atomic>
#include <deque>
#include <random>
#include <set>
#include <thread>

#include <sys/resource.h>
#include <zlib.h>

using namespace plimsoll::test;
using plimsoll::tests::DoorSeed;
using plimsoll::tests::RawClient;

namespace {

constexpr qint64 maxGrowthKiB = 64 * 1024;

int countOr(const char *variable, int usual)
{
    bool isNumber = false;
    const int count = qEnvironmentVariableIntValue(variable, &isNumber);
    return isNumber ? count : usual;
}

std::string gzipOf(const std::string &bytes)
{
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, bytes.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data()));
    stream.avail_in = uInt(bytes.size());
    stream.next_out = reinterpret_cast<Bytef *>(out.data());
    stream.avail_out = uInt(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

/// A gzip body of 256 MiB, or of as many as PLIMSOLL_HOSTILE_BOMB_MIB says: members that follow each other
/// are one body.
std::string bombOfGzip()
{
    constexpr int memberMiB = 32;
    const std::string member = gzipOf(std::string(memberMiB << 20, ' '));
    std::string all;
    for (int i = 0; i < countOr("PLIMSOLL_HOSTILE_BOMB_MIB", 256) / memberMiB; i++)
        all += member;
    return all;
}

/// Somebody else, who sends a sample at a time and wants each of them stored.
class Bystander
{
public:
    explicit Bystander(int port)
        : m_thread([this, port] { run(port); })
    {
    }
    ~Bystander() { end(); }

    /// Requests that were not answered 200, of how many.
    std::pair<int, int> end()
    {
        m_ends = true;
        if (m_thread.joinable())
            m_thread.join();
        return {m_failed, m_sent};
    }

private:
    void run(int port)
    {
        HttpClient client(port);
        while (!m_ends) {
            const auto answer = client.post("/track/bystander?who=me", "1");
            m_failed += !answer || answer->status != 200;
            m_sent++;
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
    }

    std::atomic<bool> m_ends = false;
    int m_failed = 0;
    int m_sent = 0;
    std::thread m_thread;
};

} // namespace

/// What would bring a server down, and does not bring this one down: each ends in the right status, memory
/// stays bounded, others are served.
class HostileTest : public QObject
{
    Q_OBJECT

    ApplianceProcess m_appliance;
    qint64 m_before = 0;
    std::unique_ptr<Bystander> m_bystander;

    HttpAnswer request(const char *method, const std::string &path, const std::string &body)
    {
        HttpClient client(m_appliance.port());
        return client.request(method, path, body).value_or(HttpAnswer());
    }
    HttpAnswer post(const std::string &path, const std::string &body, const HttpClient::Headers &headers = {})
    {
        HttpClient client(m_appliance.port());
        return client.post(path, body, headers).value_or(HttpAnswer());
    }
    qint64 grownKiB() { return m_appliance.statusKiB("VmHWM") - m_before; }

private Q_SLOTS:
    /// Each has a fresh program, since its greatest size is what is looked at.
    void init()
    {
        const QStringList sockets{"--statsd", "127.0.0.1:" + QString::number(freePort()), "--graphite",
                                  "127.0.0.1:" + QString::number(freePort())};
        m_statsd = sockets[1].mid(10).toUShort();
        m_graphite = sockets[3].mid(10).toUShort();
        QVERIFY2(m_appliance.start(sockets), m_appliance.output());
        QCOMPARE(post("/ingest", R"({"name":"warm","value":1})").status, 200);
        // A body of the usual size goes through every thread once, so that what grows is what is hostile.
        QCOMPARE(post("/ingest", gzipOf(R"({"name":"warm","value":1})" + std::string(1 << 20, ' ')),
                      {{"Content-Encoding", "gzip"}})
                     .status,
                 200);
        m_before = m_appliance.statusKiB("VmRSS");
        m_bystander = std::make_unique<Bystander>(m_appliance.port());
    }
    void cleanup()
    {
        const auto [failed, sent] = m_bystander->end();
        m_bystander.reset();
        QCOMPARE(failed, 0);
        QVERIFY(sent > 0);
        HttpClient client(m_appliance.port());
        const auto health = client.get("/health/live");
        QVERIFY(health && health->status == 200);
        QVERIFY2(m_appliance.stop(), m_appliance.output());
    }

    void aGzipBombIsNeverHeld()
    {
        const std::string bomb = bombOfGzip();
        QVERIFY(bomb.size() < (2 << 20));
        for (const char *path : {"/ingest", "/write", "/api/v1/import/prometheus", "/v1/metrics"}) {
            const HttpAnswer answer =
                post(path, bomb, {{"Content-Encoding", "gzip"}, {"Content-Type", "application/json"}});
            QVERIFY2(answer.status == 413, qPrintable(QString("%1: %2").arg(path).arg(answer.status)));
        }
        // In a member of its own, and in a bomb.
        QCOMPARE(post("/ingest", gzipOf(std::string(200 << 20, ' ')), {{"Content-Encoding", "gzip"}}).status,
                 413);
        QCOMPARE(post("/ingest", gzipOf(bomb), {{"Content-Encoding", "gzip, gzip"}}).status, 413);
        QCOMPARE(post("/api/app/dead-letters/replay", bomb, {{"Content-Encoding", "gzip"}}).status, 413);
        QVERIFY2(grownKiB() < maxGrowthKiB, qPrintable(QString("%1 KiB").arg(grownKiB())));
    }

    void aSnappyBlockThatStatesFourGigabytes()
    {
        for (const std::string &rest :
             {std::string(), std::string(1000, 'x'), std::string(300'000, '\xfe')}) {
            const std::string body = "\xff\xff\xff\xff\x0f" + rest;
            const int status = post("/api/v1/write", body, {{"Content-Encoding", "snappy"}}).status;
            QVERIFY2(status == 413 || status == 400, qPrintable(QString::number(status)));
        }
        QVERIFY2(grownKiB() < maxGrowthKiB, qPrintable(QString("%1 KiB").arg(grownKiB())));
    }

    void jsonNestedAMillionDeep()
    {
        const std::string deep(1'000'000, '[');
        const std::string objects = [] {
            std::string out;
            for (int i = 0; i < 200'000; i++)
                out += "{\"a\":";
            return out;
        }();
        for (const std::string &body :
             {deep, deep + std::string(1'000'000, ']'), objects, "{\"metrics\":" + deep,
              "{\"metrics\":[{\"name\":\"a\",\"value\":1,\"x\":" + deep + std::string(1'000'000, ']') + "}]}",
              "{\"resourceMetrics\":" + deep}) {
            for (const char *path : {"/ingest", "/track/x", "/v1/metrics", "/api/v1/import/plimsoll"}) {
                const int status = post(path, body, {{"Content-Type", "application/json"}}).status;
                QVERIFY2(status == 200 || status == 400 || status == 413,
                         qPrintable(QString("%1: %2").arg(path).arg(status)));
            }
        }
        QVERIFY2(grownKiB() < maxGrowthKiB, qPrintable(QString("%1 KiB").arg(grownKiB())));
    }

    void twoThousandSlowConnections()
    {
        rlimit files{};
        getrlimit(RLIMIT_NOFILE, &files);
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
        std::deque<RawClient> slow;
        for (int i = 0; i < 2'000; i++) {
            RawClient &client = slow.emplace_back(quint16(m_appliance.port()));
            QVERIFY(client.connected());
            if (i % 3 == 0)
                client.send("POST /ingest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000000\r\n\r\n{");
            else if (i % 3 == 1)
                client.send("GET /metrics HTTP/1.1\r\nHost: loc");
        }
        for (int i = 0; i < 50; i++) {
            // Those who give way take a moment to go; until then a newcomer may be told to try again.
            HttpAnswer answer;
            QTRY_VERIFY2_WITH_TIMEOUT((answer = post("/ingest", R"({"name":"newcomer","value":1})")).status ==
                                          200,
                                      answer.body.c_str(), 20'000);
            slow[size_t(i) * 37].send("x");
        }
        QVERIFY2(grownKiB() < maxGrowthKiB, qPrintable(QString("%1 KiB").arg(grownKiB())));
    }

    void veryManyLabelValues()
    {
        // A fifth of all, in the suite: 60,000 values against a budget of 20,000.
        const int total = countOr("PLIMSOLL_HOSTILE_VALUES", 60'000);
        const int budget = total / 3;
        QCOMPARE(request("PATCH", "/api/app/limits",
                         "{\"limits\":{\"max_active_series\":" + std::to_string(budget) + "}}")
                     .status,
                 200);
        HttpClient client(m_appliance.port());
        for (int done = 0; done < total;) {
            std::string body;
            for (int i = 0; i < 5'000; i++, done++)
                body += "logins,user=u" + std::to_string(done) + " value=1\n";
            const auto answer = client.post("/write", body);
            QVERIFY(answer && (answer->status == 204 || answer->status == 400));
            if (done > total / 2)
                QVERIFY2(answer->body.find("logins") != std::string::npos &&
                             answer->body.find("user") != std::string::npos,
                         answer->body.substr(0, 500).c_str());
        }
        qInfo("grew by %lld KiB", (long long)grownKiB());
        QVERIFY2(grownKiB() < maxGrowthKiB, qPrintable(QString("%1 KiB").arg(grownKiB())));
        const auto report = client.get("/api/app/cardinality");
        QVERIFY(report && report->status == 200);
        const QJsonObject cardinality =
            QJsonDocument::fromJson(QByteArray::fromStdString(report->body)).object();
        QVERIFY2(cardinality["active"].toInt() <= budget, report->body.c_str());
    }

    void malformedRequestsOverAllDoors()
    {
        const int total = countOr("PLIMSOLL_HOSTILE_REQUESTS", 2'000);
        const std::vector<DoorSeed> seeds = plimsoll::tests::doorSeeds();
        std::set<std::string> covered;
        for (const DoorSeed &seed : seeds)
            covered.insert(seed.source);
        for (const auto &format : plimsoll::ingest::formats())
            QVERIFY2(covered.contains(format.source), format.source);

        std::mt19937 random(20'261'121);
        HttpClient client(m_appliance.port());
        qint64 settledKiB = 0;
        for (int i = 0; i < total; i++) {
            const DoorSeed &seed = seeds[size_t(i) % seeds.size()];
            const std::string body = plimsoll::tests::mutated(seed.body, random);
            if (*seed.path == '\0') {
                sendRaw(seed, body);
                continue;
            }
            HttpClient::Headers headers{{"Content-Type", seed.contentType}};
            if (random() % 16 == 0)
                headers.emplace_back("Content-Encoding", random() % 2 ? "gzip" : "snappy");
            const auto answer = client.post(seed.path, body, headers);
            QVERIFY2(answer && answer->status >= 200 && answer->status < 500,
                     qPrintable(QString("%1: %2 for %3")
                                    .arg(seed.path)
                                    .arg(answer ? answer->status : 0)
                                    .arg(QString::fromLatin1(QByteArray::fromStdString(body).toHex()))));
            if (i == total / 4)
                settledKiB = m_appliance.statusKiB("VmRSS");
        }
        const qint64 afterKiB = m_appliance.statusKiB("VmRSS");
        qInfo("%lld KiB before, %lld after a quarter, %lld after all", (long long)m_before,
              (long long)settledKiB, (long long)afterKiB);
        QVERIFY(afterKiB < settledKiB * 11 / 10);
    }

private:
    static quint16 freePort()
    {
        const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        ::bind(socket, reinterpret_cast<sockaddr *>(&address), size);
        ::getsockname(socket, reinterpret_cast<sockaddr *>(&address), &size);
        ::close(socket);
        return ntohs(address.sin_port);
    }

    void sendRaw(const DoorSeed &seed, const std::string &body)
    {
        const bool isStatsd = std::string_view(seed.source) == "statsd";
        const int socket = ::socket(AF_INET, (isStatsd ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(isStatsd ? m_statsd : m_graphite);
        if (::connect(socket, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0)
            (void)::send(socket, body.data(), body.size(), MSG_NOSIGNAL);
        ::close(socket);
    }

    quint16 m_statsd = 0;
    quint16 m_graphite = 0;
};

QTEST_GUILESS_MAIN(HostileTest)
#include "HostileTest.moc"
