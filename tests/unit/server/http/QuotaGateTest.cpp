#include "server/http/QuotaGate.h"
#include "tests/support/HttpFixture.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::http;
using plimsoll::tests::SetClock;

namespace {

/// Lets everybody pass as who they say.
class Anyone final : public Authority
{
public:
    std::optional<Response> refusal(const Route &, Request &request) override
    {
        if (request.header("refuse"))
            return Response::error({ErrorCode::Forbidden, "No.", {}});
        return std::nullopt;
    }
};

} // namespace

class QuotaGateTest : public QObject
{
    Q_OBJECT

    Anyone m_anyone;
    SetClock m_clock;
    RefusalCounts m_counts;
    QuotaGate m_gate{m_anyone, m_clock, m_counts};
    Route m_ingest;

    static Request requestOf(const Quota &quota, const std::string &key = "k", ProjectId project = 1)
    {
        Request request;
        request.principal.keyId = key;
        request.principal.project = project;
        request.principal.quota = std::make_shared<const Quota>(quota);
        return request;
    }
    int statusOf(Request request)
    {
        const auto refused = m_gate.refusal(m_ingest, request);
        return refused ? refused->status : 200;
    }
    uint64_t countOf(const std::string &reason)
    {
        for (const auto &figure : m_counts.all()) {
            if (figure.reason == reason)
                return figure.count;
        }
        return 0;
    }

private Q_SLOTS:
    void init() { m_ingest.access = Access::Ingest; }

    void asksTheOneBehindFirst()
    {
        Request request = requestOf({});
        request.headers = {{"refuse", "1"}};
        QCOMPARE(statusOf(request), 403);
    }

    void boundsTheSizeByItsHead()
    {
        Quota quota;
        quota.maxBodyBytes = 1000;
        Request request = requestOf(quota);
        request.headers = {{"content-length", "1000"}};
        QCOMPARE(statusOf(request), 200);
        request.headers = {{"content-length", "1001"}};
        QCOMPARE(statusOf(request), 413);
        QCOMPARE(countOf("too_large"), uint64_t(1));
        m_ingest.access = Access::Edit;
        QCOMPARE(statusOf(request), 200);
    }

    void boundsRequestsASecond()
    {
        Quota quota;
        quota.requestsPerSecond = 2;
        for (int i = 0; i < 20; i++)
            QCOMPARE(statusOf(requestOf(quota, "a")), 200);
        Request over = requestOf(quota, "a");
        const auto refused = m_gate.refusal(m_ingest, over);
        QVERIFY(refused);
        QCOMPARE(refused->status, 429);
        const auto retry = std::count_if(refused->headers.begin(), refused->headers.end(), [](const auto &h) {
            return h.first == "Retry-After" && h.second == "1";
        });
        QCOMPARE(retry, 1);
        QCOMPARE(statusOf(requestOf(quota, "b")), 200);
        QCOMPARE(statusOf(requestOf(quota, "a", 2)), 200);
        m_clock.advance(500);
        QCOMPARE(statusOf(requestOf(quota, "a")), 200);
        QCOMPARE(statusOf(requestOf(quota, "a")), 429);
        QCOMPARE(countOf("request_rate"), uint64_t(2));
    }

    void boundsSamplesASecond()
    {
        Quota quota;
        quota.samplesPerSecond = 100;
        QCOMPARE(statusOf(requestOf(quota, "s")), 200);
        m_gate.charge(requestOf(quota, "s").principal, 3000);
        Request over = requestOf(quota, "s");
        const auto refused = m_gate.refusal(m_ingest, over);
        QVERIFY(refused);
        QCOMPARE(refused->status, 429);
        QVERIFY(std::count(refused->headers.begin(), refused->headers.end(),
                           std::pair<QByteArray, QByteArray>("Retry-After", "21")) == 1);
        m_clock.advance(20'100);
        QCOMPARE(statusOf(requestOf(quota, "s")), 200);
        QCOMPARE(countOf("sample_rate"), uint64_t(1));
    }

    void knowsNoBoundUnlessTold()
    {
        for (int i = 0; i < 1000; i++)
            QCOMPARE(statusOf(requestOf({}, "free")), 200);
        m_gate.charge(requestOf({}, "free").principal, 1'000'000'000);
        QCOMPARE(statusOf(requestOf({}, "free")), 200);
    }
};

QTEST_GUILESS_MAIN(QuotaGateTest)
#include "QuotaGateTest.moc"
