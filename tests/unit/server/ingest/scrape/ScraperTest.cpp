#include "server/ingest/scrape/Scraper.h"
#include "server/http/ContentCoding.h"
#include "server/http/GzipStream.h"
#include "storage/model/AddressSort.h"
#include "storage/model/Staleness.h"
#include "tests/support/IngestFixture.h"
#include "tests/support/WebhookReceiver.h"

#include <QTemporaryFile>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::ingest;
using plimsoll::test::WebhookReceiver;
using Plan = WebhookReceiver::Plan;

namespace {

constexpr const char *textType = "Content-Type: text/plain; version=0.0.4\r\n";

Plan answer(const QByteArray &body, const QByteArray &headers = textType)
{
    return {Plan::Kind::Answer, 200, body, headers};
}

} // namespace

/// Real targets over HTTP, a real engine; time is the machine's.
class ScraperTest : public QObject
{
    Q_OBJECT

    /// The writers and the scraper, newly made for each test.
    struct Bench
    {
        Bench()
        {
            fixture.engine.clock.set(clock.nowMs());
            scraper = std::make_unique<Scraper>(fixture.ingestThread(), clock, "Plimsoll/test");
        }
        ~Bench() { scraper->stop(); }

        void scrape(std::vector<ScrapeTarget> targets) const
        {
            scraper->setTargets("test", {std::move(targets), {}});
        }
        ScrapeState state() const
        {
            const auto reports = scraper->reports(defaultProject);
            return reports.empty() ? ScrapeState() : reports.front().state;
        }
        /// Of the target of that URL; it may have come a moment ago.
        ScrapeState stateOf(const QString &url) const
        {
            for (const ScrapeReport &report : scraper->reports(defaultProject)) {
                if (report.target.url == url.toStdString())
                    return report.state;
            }
            return {};
        }
        /// All values of the one series of that name, oldest first.
        std::vector<double> values(const std::string &name)
        {
            const auto reader = fixture.engine->openReader();
            const std::vector<Matcher> matchers{{"__name__", Matcher::Op::Equal, name}};
            const auto found = reader->select(defaultProject, matchers, 0, INT64_MAX / 4);
            FloatColumns columns;
            if (found && found->size() == 1)
                (void)reader->readFloats(found->front().id, 0, INT64_MAX / 4, columns);
            return columns.values;
        }
        bool isStaleNow(const std::string &name)
        {
            const auto all = values(name);
            return !all.empty() && isStale(all.back());
        }

        SystemClock clock;
        test::IngestFixture fixture;
        std::unique_ptr<Scraper> scraper;
    };

    std::unique_ptr<Bench> m_shared; ///< of tests that only look at the state

    static ScrapeAuth basicAuth()
    {
        ScrapeAuth auth;
        auth.kind = ScrapeAuth::Kind::Basic;
        auth.user = "me";
        auth.secret.text = "secret";
        return auth;
    }

    static ScrapeTarget target(const QString &url)
    {
        ScrapeTarget out;
        out.url = url.toStdString();
        out.pool = "job";
        out.labels = {{"instance", "i"}, {"job", "job"}};
        out.intervalMs = 100;
        out.timeoutMs = 5000;
        return out;
    }

private Q_SLOTS:
    void cleanupTestCase() { m_shared.reset(); }

    void storesWhatATargetShows()
    {
        Bench bench;
        WebhookReceiver receiver;
        receiver.answerAll(answer("# HELP a Of a.\n# TYPE a counter\na 5\n"));
        bench.scrape({target(receiver.url("/m?x=1"))});
        QTRY_VERIFY(bench.values("a").size() >= 3);
        QCOMPARE(bench.values("a").front(), 5.0);
        QCOMPARE(bench.values("up").front(), 1.0);
        QCOMPARE(bench.values("scrape_samples_scraped").front(), 1.0);
        QCOMPARE(bench.values("scrape_series_added").front(), 1.0);
        QVERIFY(bench.values("scrape_duration_seconds").front() > 0);
        const auto &request = receiver.received().front();
        QCOMPARE(request.method, QByteArray("GET"));
        QCOMPARE(request.target, QByteArray("/m?x=1"));
        QVERIFY(request.header("accept").startsWith("application/openmetrics-text;version=1.0.0"));
        QVERIFY(request.header("accept").contains("text/plain;version=0.0.4"));
        QCOMPARE(request.header("accept-encoding"), QByteArray("gzip"));
        QCOMPARE(request.header("x-prometheus-scrape-timeout-seconds"), QByteArray("5"));
        QCOMPARE(request.header("user-agent"), QByteArray("Plimsoll/test"));
        QCOMPARE(receiver.connections(), 1);
        QCOMPARE(bench.state().health, ScrapeState::Health::Up);
        QCOMPARE(bench.scraper->reports(defaultProject).front().families.front().help, std::string("Of a."));
    }

    void marksATargetThatIsDownAndOneThatIsGone()
    {
        Bench bench;
        WebhookReceiver receiver;
        receiver.answerAll(answer("a 5\n"));
        bench.scrape({target(receiver.url())});
        QTRY_VERIFY(!bench.values("a").empty());
        receiver.answerAll(500);
        QTRY_VERIFY(bench.isStaleNow("a"));
        QCOMPARE(bench.values("up").back(), 0.0);
        QTRY_COMPARE(bench.state().health, ScrapeState::Health::Down);
        QVERIFY(bench.state().error.find("500") != std::string::npos);
        bench.scrape({});
        QTRY_VERIFY(bench.isStaleNow("up"));
        QVERIFY(bench.isStaleNow("scrape_duration_seconds"));
        QVERIFY(bench.scraper->reports(defaultProject).empty());
    }

    void saysWhyAScrapeFails_data()
    {
        QTest::addColumn<QByteArray>("headers");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("reason");
        QTest::newRow("no type") << QByteArray() << QByteArray("a 1\n")
                                 << QByteArray("names no Content-Type");
        QTest::newRow("html") << QByteArray("Content-Type: text/html\r\n") << QByteArray("a 1\n")
                              << QByteArray("\"text/html\" is not that of a text exposition");
        QTest::newRow("line") << QByteArray(textType) << QByteArray("a 1\nb\n") << QByteArray("line 2: ");
        QTest::newRow("cut off") << QByteArray(
                                        "Content-Type: application/openmetrics-text; version=1.0.0\r\n")
                                 << QByteArray("a 1\n") << QByteArray("# EOF");
        QTest::newRow("large") << QByteArray(textType) << QByteArray("# ") + QByteArray(2 << 20, 'x') + "\n"
                               << QByteArray("body_size_limit");
        QTest::newRow("bomb") << QByteArray(textType) + "Content-Encoding: gzip\r\n"
                              << http::encodeContent(http::Coding::Gzip, QByteArray(64 << 20, '#'))
                              << QByteArray("body_size_limit");
    }
    void saysWhyAScrapeFails()
    {
        QFETCH(QByteArray, headers);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, reason);
        if (!m_shared)
            m_shared = std::make_unique<Bench>();
        Bench &bench = *m_shared;
        WebhookReceiver receiver;
        receiver.answerAll(answer(body, headers));
        ScrapeTarget one = target(receiver.url());
        one.bounds.bodyBytes = 1 << 20;
        bench.scrape({one});
        QTRY_COMPARE(bench.stateOf(receiver.url()).health, ScrapeState::Health::Down);
        const std::string error = bench.stateOf(receiver.url()).error;
        QVERIFY2(error.find(reason.toStdString()) != std::string::npos, error.c_str());
        QVERIFY(bench.values("a").empty());
    }

    void takesWhatTheFallbackNames()
    {
        Bench bench;
        WebhookReceiver receiver;
        receiver.answerAll(answer("a 1\n", ""));
        ScrapeTarget one = target(receiver.url());
        one.fallback = ScrapeProtocol::Text0;
        bench.scrape({one});
        QTRY_COMPARE(bench.state().health, ScrapeState::Health::Up);
    }

    void readsGzip()
    {
        Bench bench;
        WebhookReceiver receiver;
        receiver.answerAll(answer(http::encodeContent(http::Coding::Gzip, "a 7\n"),
                                  QByteArray(textType) + "Content-Encoding: gzip\r\n"));
        bench.scrape({target(receiver.url())});
        QTRY_VERIFY(!bench.values("a").empty());
        QCOMPARE(bench.values("a").front(), 7.0);
    }

    void endsAScrapeThatTakesTooLong()
    {
        Bench bench;
        WebhookReceiver receiver;
        receiver.answerAll(Plan{Plan::Kind::Hang, 200, "", ""});
        ScrapeTarget one = target(receiver.url());
        one.timeoutMs = 50;
        bench.scrape({one});
        QTRY_COMPARE(bench.state().health, ScrapeState::Health::Down);
        QVERIFY(bench.state().error.find("within 50 ms") != std::string::npos);
    }

    void sendsCredentials()
    {
        Bench bench;
        WebhookReceiver receiver;
        receiver.answerAll(answer("a 1\n"));
        ScrapeTarget basic = target(receiver.url("/basic"));
        basic.auth = basicAuth();
        QTemporaryFile file;
        QVERIFY(file.open());
        file.write("token\n");
        file.flush();
        ScrapeTarget bearer = target(receiver.url("/bearer"));
        bearer.auth.kind = ScrapeAuth::Kind::Header;
        bearer.auth.secret.file = file.fileName().toStdString();
        bearer.headers.emplace_back("X-Scope", ScrapeSecret{"a b", {}});
        bench.scrape({basic, bearer});
        QTRY_VERIFY(receiver.count() >= 4);
        for (const auto &request : receiver.received()) {
            const bool isBasic = request.target == "/basic";
            QCOMPARE(request.header("authorization"),
                     isBasic ? "Basic " + QByteArray("me:secret").toBase64() : QByteArray("Bearer token"));
            QCOMPARE(request.header("x-scope"), isBasic ? QByteArray() : QByteArray("a b"));
        }
    }

    void followsRedirectsWithoutCredentials()
    {
        Bench bench;
        WebhookReceiver other;
        WebhookReceiver receiver;
        other.answerAll(answer("a 1\n"));
        receiver.answerAll(
            {Plan::Kind::Answer, 302, "", "Location: " + other.url("/there").toUtf8() + "\r\n"});
        ScrapeTarget one = target(receiver.url());
        one.auth = basicAuth();
        bench.scrape({one});
        QTRY_VERIFY(!bench.values("a").empty());
        QVERIFY(!receiver.received().front().header("authorization").isEmpty());
        QVERIFY(other.received().front().header("authorization").isEmpty());

        ScrapeTarget still = target(receiver.url());
        still.followRedirects = false;
        bench.scrape({still});
        QTRY_VERIFY(bench.state().error.find("302") != std::string::npos);

        receiver.answerAll({Plan::Kind::Answer, 302, "", "Location: /again\r\n"});
        bench.scrape({one});
        QTRY_VERIFY(bench.state().error.find("more than 5 times") != std::string::npos);
    }

    void neverGoesWhereItMustNot_data()
    {
        QTest::addColumn<QByteArray>("url");
        for (const char *url : {"http://169.254.169.254/latest/meta-data", "http://0.0.0.0:1/",
                                "http://[::]:1/", "http://[::ffff:169.254.169.254]/", "http://[fe80::1]:1/",
                                "http://224.0.0.1/", "http://2852039166/", "http://[64:ff9b::a9fe:a9fe]/"})
            QTest::newRow(url) << QByteArray(url);
    }
    void neverGoesWhereItMustNot()
    {
        QFETCH(QByteArray, url);
        if (!m_shared)
            m_shared = std::make_unique<Bench>();
        Bench &bench = *m_shared;
        bench.scrape({target(url)});
        QTRY_COMPARE(bench.stateOf(url).health, ScrapeState::Health::Down);
        const std::string direct = bench.stateOf(url).error;
        QVERIFY2(direct.find("scrapes never go there") != std::string::npos, direct.c_str());
        // Nor by a redirect.
        WebhookReceiver receiver;
        receiver.answerAll({Plan::Kind::Answer, 302, "", "Location: " + url + "\r\n"});
        bench.scrape({target(receiver.url())});
        QTRY_COMPARE(bench.stateOf(receiver.url()).health, ScrapeState::Health::Down);
        const std::string redirected = bench.stateOf(receiver.url()).error;
        QVERIFY2(redirected.find("scrapes never go there") != std::string::npos, redirected.c_str());
    }

    void speaksOnlyHttp()
    {
        Bench bench;
        WebhookReceiver receiver;
        receiver.answerAll({Plan::Kind::Answer, 302, "", "Location: file:///etc/passwd\r\n"});
        bench.scrape({target(receiver.url())});
        QTRY_COMPARE(bench.state().health, ScrapeState::Health::Down);
        QVERIFY(bench.values("a").empty());
    }

    void goesOnWithTargetsThatStay()
    {
        Bench bench;
        WebhookReceiver receiver;
        receiver.answerAll(answer("a 1\n"));
        const ScrapeTarget one = target(receiver.url("/1"));
        ScrapeTarget two = target(receiver.url("/2"));
        two.labels.set("instance", "two");
        bench.scrape({one});
        QTRY_VERIFY(bench.values("a").size() >= 2);
        bench.scrape({one, two});
        QTRY_COMPARE(bench.scraper->reports(defaultProject).size(), size_t(2));
        QVERIFY(bench.scraper->reports(defaultProject).front().state.scrapes >= 2);
        bench.scrape({one});
        QTRY_COMPARE(bench.scraper->reports(defaultProject).size(), size_t(1));
        QVERIFY(bench.scraper->reports(2).empty());
        QVERIFY(bench.scraper->figures().scrapes >= 2);
    }
};

QTEST_GUILESS_MAIN(ScraperTest)
#include "ScraperTest.moc"
