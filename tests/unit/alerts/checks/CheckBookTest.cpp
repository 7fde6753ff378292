#include "alerts/checks/CheckBook.h"
#include "storage/backend/MemoryDocumentStore.h"
#include "storage/model/Staleness.h"
#include "tests/support/ManualClock.h"
#include "tests/support/MemorySeries.h"
#include "tests/support/WebhookReceiver.h"

#include <QCoroTask>
#include <QJsonArray>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;
using namespace plimsoll::test;

namespace {

constexpr int patienceMs = 30'000;

/// Keeps what was written.
class KeptSeries final : public SeriesSink
{
public:
    QFuture<Status> write(ProjectId project, std::vector<MadeSample> samples) override
    {
        for (MadeSample &sample : samples) {
            m_projects.insert(project);
            m_samples.push_back(std::move(sample));
        }
        return QtFuture::makeReadyFuture(Status());
    }
    std::vector<double> values(const std::string &name, const std::string &check) const
    {
        std::vector<double> found;
        for (const MadeSample &sample : m_samples) {
            if (sample.labels.name() == name && sample.labels.value("check") == check)
                found.push_back(sample.value);
        }
        return found;
    }
    const std::set<ProjectId> &projects() const { return m_projects; }

private:
    std::vector<MadeSample> m_samples;
    std::set<ProjectId> m_projects;
};

/// Keeps what was told, when it is something new.
class KeptNotices final : public CheckNotices
{
public:
    void tell(const CheckRuntime &runtime, int64_t) override
    {
        const std::string text =
            runtime.check().name + " " + std::string(checkStateName(runtime.machine().state()));
        if (std::exchange(m_last[runtime.check().id], text) != text)
            told.append(QString::fromStdString(text));
    }
    void end(const std::string &id, int64_t, End) override { ended.append(QString::fromStdString(id)); }

    QStringList told;
    QStringList ended;

private:
    std::map<std::string, std::string> m_last;
};

QJsonObject web(const QString &name, const QString &url, const QJsonObject &more = {})
{
    QJsonObject object{{"name", name},     {"kind", "http"},     {"target", url},
                       {"interval", "1s"}, {"timeout", "700ms"}, {"retries", 1}};
    for (auto it = more.begin(); it != more.end(); ++it)
        object.insert(it.key(), *it);
    return object;
}

/// One life of a book on records that outlive it.
struct Life
{
    Life(DocumentStore &store, const Clock &clock, const ReaderSource &source, bool leads = true,
         const std::shared_ptr<const SecretBox> &secrets =
             std::make_shared<const SecretBox>(SecretBox::forNow()))
        : records(store, 7)
        , book(options(leads), {records, source, clock, series, notices,
                                [](const std::string &id) { return id == "ops"; }, secrets})
    {
    }
    static CheckBook::Options options(bool leads)
    {
        CheckBook::Options options;
        options.leads = leads;
        options.probes.project = 7;
        return options;
    }

    Records records;
    KeptSeries series;
    KeptNotices notices;
    CheckBook book;
};

/// Runs the event loop until a coroutine has its result; QCoro::waitFor() wants results that can be empty.
template<typename T>
T wait(QCoro::Task<T> task)
{
    std::optional<T> result;
    const auto run = [](QCoro::Task<T> inner, std::optional<T> &out) -> QCoro::Task<void> {
        out = co_await inner;
    };
    QCoro::waitFor(run(std::move(task), result));
    return *std::move(result);
}

} // namespace

class CheckBookTest : public QObject
{
    Q_OBJECT

private:
    ManualClock m_clock;
    MemorySeries m_source;

    static QString stateOf(const CheckBook &book, const std::string &id)
    {
        const auto found = book.read(id);
        return found ? found->value("state").toString() : QString();
    }
    static std::string create(CheckBook &book, const QJsonObject &definition)
    {
        const CheckBook::Answer answer = wait(book.create(definition));
        if (!answer)
            qWarning("%s", answer.error().message.c_str());
        return answer ? answer->value("id").toString().toStdString() : std::string();
    }

private Q_SLOTS:
    void runsAtOnceAndWritesSeries();
    void turnsRedAndGreen();
    void goesOnAfterARestart();
    void aFollowerRunsNothing();
    void runsWhenAsked();
    void looksBeforeThereIsACheck();
    void refusesWhatDoesNotFit();
    void removesWhatNobodyNeeds();
    void pausedOnesRest();
    void keepsSecretsSealed();
    void parentsAreToldOfFirst();
    void takesResultsFromOutside();
    void stopsWhileProbesHang();
};

void CheckBookTest::runsAtOnceAndWritesSeries()
{
    MemoryDocumentStore store;
    WebhookReceiver server;
    Life life(store, m_clock, m_source);
    QVERIFY(life.book.open());
    life.book.start();
    const std::string id =
        create(life.book, web("shop", server.url(), {{"interval", "1h"}, {"timeout", "10s"}}));
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(life.book, id), QStringLiteral("ok"), patienceMs);
    QTRY_COMPARE_WITH_TIMEOUT(life.series.values("check_up", "shop"), std::vector<double>{1}, patienceMs);
    QCOMPARE(life.series.values("check_degraded", "shop"), std::vector<double>{0});
    QCOMPARE(life.series.values("check_http_status", "shop"), std::vector<double>{200});
    QVERIFY(life.series.values("check_duration_seconds", "shop").front() > 0);
    QCOMPARE(life.series.projects(), std::set<ProjectId>{7});
    const QJsonObject shown = *life.book.read(id);
    QCOMPARE(shown.value("message").toString(), QStringLiteral("Status 200."));
    QCOMPARE(shown.value("last_run_ms").toInteger(), m_clock.nowMs());
    QVERIFY(shown.value("next_run_ms").toInteger() > m_clock.nowMs());
    QCOMPARE(life.notices.told, QStringList{"shop ok"});
    QVERIFY(wait(life.book.patch(id, {{"name", "store"}})));
    QTRY_VERIFY_WITH_TIMEOUT(isStale(life.series.values("check_up", "shop").back()), patienceMs);
    QVERIFY(isStale(life.series.values("check_http_status", "shop").back()));
    QTRY_COMPARE_WITH_TIMEOUT(life.series.values("check_up", "store"), std::vector<double>{1}, patienceMs);
}

void CheckBookTest::turnsRedAndGreen()
{
    MemoryDocumentStore store;
    WebhookReceiver server;
    Life life(store, m_clock, m_source);
    life.book.start();
    const std::string id = create(life.book, web("shop", server.url()));
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(life.book, id), QStringLiteral("ok"), patienceMs);
    server.answerAll(500);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(life.book, id), QStringLiteral("down"), patienceMs);
    QCOMPARE(life.book.read(id)->value("message").toString(),
             QStringLiteral("The status is 500; expected was 200-299."));
    server.answerAll(200);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(life.book, id), QStringLiteral("ok"), patienceMs);
    QCOMPARE(life.notices.told, (QStringList{"shop ok", "shop down", "shop ok"}));
    QTRY_VERIFY_WITH_TIMEOUT(life.series.values("check_up", "shop").back() == 1, patienceMs);
    const std::vector<double> up = life.series.values("check_up", "shop");
    QVERIFY(std::count(up.begin(), up.end(), 0) >= 1);
}

void CheckBookTest::goesOnAfterARestart()
{
    MemoryDocumentStore store;
    WebhookReceiver server;
    server.answerAll(500);
    std::string id;
    {
        Life life(store, m_clock, m_source);
        life.book.start();
        id = create(life.book, web("shop", server.url()));
        QTRY_COMPARE_WITH_TIMEOUT(stateOf(life.book, id), QStringLiteral("down"), patienceMs);
        // Ends as a process that is killed: nothing more is said or written.
    }
    Life life(store, m_clock, m_source);
    QVERIFY(life.book.open());
    QCOMPARE(stateOf(life.book, id), QStringLiteral("down"));
    QCOMPARE(life.book.read(id)->value("message").toString(),
             QStringLiteral("The status is 500; expected was 200-299."));
    QCOMPARE(life.book.find(id)->check().version, 1U);
    life.book.start();
    server.answerAll(200);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(life.book, id), QStringLiteral("ok"), patienceMs);
}

void CheckBookTest::aFollowerRunsNothing()
{
    MemoryDocumentStore store;
    WebhookReceiver server;
    Life life(store, m_clock, m_source, false);
    life.book.start();
    const std::string id = create(life.book, web("shop", server.url()));
    QTest::qWait(300);
    QCOMPARE(stateOf(life.book, id), QStringLiteral("unknown"));
    QCOMPARE(server.count(), 0);
    CheckBook::Action action;
    action.name = "run";
    QCOMPARE(wait(life.book.act(id, action)).error().code, ErrorCode::Unavailable);
}

void CheckBookTest::runsWhenAsked()
{
    MemoryDocumentStore store;
    WebhookReceiver server;
    Life life(store, m_clock, m_source);
    life.book.start();
    const std::string id = create(life.book, web("shop", server.url(), {{"interval", "1h"}, {"retries", 0}}));
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(life.book, id), QStringLiteral("ok"), patienceMs);
    server.answerAll(404);
    CheckBook::Action action;
    action.name = "run";
    const CheckBook::Answer answer = wait(life.book.act(id, action));
    QVERIFY(answer);
    QCOMPARE(answer->value("state").toString(), QStringLiteral("down"));
    action.name = "dance";
    QCOMPARE(wait(life.book.act(id, action)).error().code, ErrorCode::Unsupported);
    QCOMPARE(wait(life.book.act("no", action)).error().code, ErrorCode::Unsupported);
    action.name = "run";
    QCOMPARE(wait(life.book.act("no", action)).error().code, ErrorCode::NotFound);
}

void CheckBookTest::looksBeforeThereIsACheck()
{
    MemoryDocumentStore store;
    WebhookReceiver server;
    Life life(store, m_clock, m_source);
    const auto tryOut = [&](const QJsonObject &definition) {
        CheckBook::Action action;
        action.name = "test";
        action.body = definition;
        return wait(life.book.act({}, action));
    };
    QCOMPARE(tryOut(web("", server.url())).error().code, ErrorCode::Unavailable);
    life.book.start();
    const CheckBook::Answer good = tryOut(web("", server.url()));
    QVERIFY2(good.ok(), good.ok() ? "" : good.error().message.c_str());
    QCOMPARE(good->value("state").toString(), "ok");
    QVERIFY(good->value("duration_ms").toDouble() > 0);
    QVERIFY(good->value("figures").isObject());
    server.answerAll(404);
    const CheckBook::Answer bad = tryOut(web("", server.url()));
    QCOMPARE(bad->value("state").toString(), "down");
    QVERIFY(bad->value("message").toString().contains("404"));

    QVERIFY(!tryOut(web("", "http://169.254.169.254/latest")));
    QCOMPARE(tryOut({{"kind", "http"}, {"target", "nowhere"}}).error().code, ErrorCode::Invalid);
    QCOMPARE(tryOut({{"kind", "heartbeat"}, {"interval", "1h"}}).error().code, ErrorCode::Unprocessable);
    QVERIFY(life.book.all().empty());
    QVERIFY(life.series.projects().empty());
    QVERIFY(life.notices.told.isEmpty());
}

void CheckBookTest::refusesWhatDoesNotFit()
{
    MemoryDocumentStore store;
    Life life(store, m_clock, m_source);
    const QString url = "http://127.0.0.1:1/";
    const std::string a = create(life.book, web("a", url));
    const std::string b =
        create(life.book, web("b", url, {{"depends_on", QJsonArray{QString::fromStdString(a)}}}));
    QCOMPARE(wait(life.book.create(web("a", url))).error().code, ErrorCode::Conflict);
    QCOMPARE(wait(life.book.create(web("c", url, {{"channels", QJsonArray{"none"}}}))).error().code,
             ErrorCode::Unprocessable);
    QVERIFY(wait(life.book.create(web("c", url, {{"channels", QJsonArray{"ops"}}}))));
    QCOMPARE(wait(life.book.create(web("d", url, {{"depends_on", QJsonArray{"none"}}}))).error().code,
             ErrorCode::Unprocessable);
    const auto circle = wait(life.book.patch(a, {{"depends_on", QJsonArray{QString::fromStdString(b)}}}));
    QVERIFY(!circle && QString::fromStdString(circle.error().message).contains("circle"));
    QVERIFY(!wait(life.book.patch(a, {{"depends_on", QJsonArray{QString::fromStdString(a)}}})));
    QCOMPARE(wait(life.book.replace("none", web("e", url))).error().code, ErrorCode::NotFound);
    const auto patched = wait(life.book.patch(a, {{"name", "a2"}}));
    QVERIFY(patched);
    QCOMPARE(patched->value("version").toInt(), 2);
    QCOMPARE(patched->value("target").toString(), url);
}

void CheckBookTest::removesWhatNobodyNeeds()
{
    MemoryDocumentStore store;
    Life life(store, m_clock, m_source);
    const std::string a = create(life.book, web("a", "http://127.0.0.1:1/"));
    const std::string b = create(
        life.book, web("b", "http://127.0.0.1:1/", {{"depends_on", QJsonArray{QString::fromStdString(a)}}}));
    const Status used = wait(life.book.remove(a));
    QVERIFY(!used);
    QCOMPARE(used.error().code, ErrorCode::Conflict);
    QVERIFY(QString::fromStdString(used.error().message).contains("\"b\""));
    QVERIFY(wait(life.book.remove(b)));
    QVERIFY(wait(life.book.remove(a)));
    QVERIFY(!wait(life.book.remove(a)));
    QVERIFY(life.book.all().empty());
    QVERIFY(store.list(7, CheckBook::collection)->empty());
    QVERIFY(store.list(7, CheckBook::stateCollection)->empty());
    QCOMPARE(life.notices.ended.size(), 2);
}

void CheckBookTest::pausedOnesRest()
{
    MemoryDocumentStore store;
    WebhookReceiver server;
    Life life(store, m_clock, m_source);
    life.book.start();
    const std::string id = create(life.book, web("shop", server.url(), {{"enabled", false}}));
    QTest::qWait(200);
    QCOMPARE(stateOf(life.book, id), QStringLiteral("unknown"));
    QCOMPARE(server.count(), 0);
    QVERIFY(wait(life.book.patch(id, {{"enabled", true}})));
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(life.book, id), QStringLiteral("ok"), patienceMs);
}

void CheckBookTest::keepsSecretsSealed()
{
    MemoryDocumentStore store;
    WebhookReceiver server;
    const auto key = std::make_shared<const SecretBox>(SecretBox::forNow());
    const QJsonObject settings{{"headers", QJsonObject{{"X-Token", "hush-hush-7"}}}};
    std::string id;
    {
        Life life(store, m_clock, m_source, true, key);
        id = create(life.book, web("shop", server.url(), {{"settings", settings}}));
        QVERIFY(!QJsonDocument(*life.book.read(id)).toJson().contains("hush-hush-7"));
    }
    for (const auto &[collection, document] : store.keysOf(7))
        QVERIFY(store.get(7, collection, document)->body.find("hush-hush-7") == std::string::npos);
    {
        Life life(store, m_clock, m_source, true, key);
        QVERIFY(life.book.open());
        life.book.start();
        QTRY_COMPARE_WITH_TIMEOUT(stateOf(life.book, id), QStringLiteral("ok"), patienceMs);
        QCOMPARE(server.received().back().header("x-token"), QByteArray("hush-hush-7"));
    }
    // Another key, as after a restore on another machine.
    const auto asked = server.count();
    Life life(store, m_clock, m_source);
    QVERIFY(life.book.open());
    QCOMPARE(life.book.read(id)->value("missing_secrets").toArray(), QJsonArray{"settings.headers.X-Token"});
    life.book.start();
    QTRY_VERIFY_WITH_TIMEOUT(life.book.read(id)->value("message").toString().contains("must be given again"),
                             patienceMs);
    QCOMPARE(server.count(), asked);
    QVERIFY(wait(life.book.patch(id, {{"settings", settings}})));
    QVERIFY(!life.book.read(id)->contains("missing_secrets"));
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(life.book, id), QStringLiteral("ok"), patienceMs);
    QCOMPARE(server.received().back().header("x-token"), QByteArray("hush-hush-7"));
}

/// The child is found down first, since its parent would not be looked at for an hour.
void CheckBookTest::parentsAreToldOfFirst()
{
    MemoryDocumentStore store;
    WebhookReceiver server;
    Life life(store, m_clock, m_source);
    life.book.start();
    const std::string parent =
        create(life.book, web("host", server.url("/host"), {{"interval", "1h"}, {"retries", 0}}));
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(life.book, parent), QStringLiteral("ok"), patienceMs);
    const std::string child =
        create(life.book, web("shop", server.url("/shop"),
                              {{"retries", 0}, {"depends_on", QJsonArray{QString::fromStdString(parent)}}}));
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(life.book, child), QStringLiteral("ok"), patienceMs);
    server.answerAll(500);
    QTRY_COMPARE_WITH_TIMEOUT(life.notices.told.size(), 4, patienceMs);
    QCOMPARE(life.notices.told, (QStringList{"host ok", "shop ok", "host down", "shop down"}));
    QCOMPARE(life.book.read(child)->value("held_by").toArray(), QJsonArray{QString::fromStdString(parent)});
}

void CheckBookTest::takesResultsFromOutside()
{
    MemoryDocumentStore store;
    Life life(store, m_clock, m_source);
    const std::string id = create(life.book, web("job", "http://127.0.0.1:1/", {{"retries", 0}}));
    life.book.report(id, ProbeResult::failed("It did not come."));
    QCOMPARE(stateOf(life.book, id), QStringLiteral("down"));
    m_clock.advance(1000);
    life.book.report(id, ProbeResult::degraded("Late."));
    QCOMPARE(stateOf(life.book, id), QStringLiteral("degraded"));
    life.book.report(id, ProbeResult::ok());
    QCOMPARE(life.notices.told, (QStringList{"job down", "job degraded", "job ok"}));
    life.book.report("nobody", ProbeResult::ok());
    QTRY_COMPARE_WITH_TIMEOUT(life.series.values("check_up", "job"), (std::vector<double>{0, 1, 1}),
                              patienceMs);
}

void CheckBookTest::stopsWhileProbesHang()
{
    MemoryDocumentStore store;
    WebhookReceiver server;
    WebhookReceiver::Plan silence;
    silence.kind = WebhookReceiver::Plan::Kind::Hang;
    server.answerAll(silence);
    QElapsedTimer elapsed;
    {
        Life life(store, m_clock, m_source);
        life.book.start();
        create(life.book, web("shop", server.url(), {{"interval", "1h"}, {"timeout", "2m"}}));
        QTRY_COMPARE_WITH_TIMEOUT(server.count(), 1, patienceMs);
        elapsed.start();
        life.book.stop();
    }
    QVERIFY(elapsed.elapsed() < patienceMs);
}

QTEST_GUILESS_MAIN(CheckBookTest)
#include "CheckBookTest.moc"
