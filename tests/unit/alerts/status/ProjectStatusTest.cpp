#include "alerts/ProjectAlerts.h"
#include "tests/support/TemporaryEngine.h"

#include <QCoroTask>
#include <QJsonDocument>
#include <QTest>

#include <optional>

using namespace plimsoll;
using namespace plimsoll::alerts;

namespace {

constexpr int64_t minute = 60'000;
constexpr int64_t hour = 60 * minute;
constexpr int64_t day = 24 * hour;
using Form = StatusRoom::Form;

QJsonObject object(const char *text) { return QJsonDocument::fromJson(text).object(); }

template<typename T>
QCoro::Task<void> keep(QCoro::Task<T> task, std::optional<T> *out)
{
    out->emplace(co_await task);
}

/// Waits for a task with an event loop.
template<typename T>
T finished(QCoro::Task<T> task)
{
    std::optional<T> out;
    const auto keeping = keep(std::move(task), &out);
    if (!QTest::qWaitFor([&] { return out.has_value(); }, 30'000))
        qFatal("A task did not finish.");
    return *std::move(out);
}

/// The alerts of a project over a real store, which can be made anew over the same one.
class Rooms
{
public:
    test::TemporaryEngine engine;
    std::unique_ptr<StatusShared> shared;
    std::unique_ptr<ProjectAlerts> alerts;

    Rooms() { open(); }
    ~Rooms() { close(); }

    void open()
    {
        shared = std::make_unique<StatusShared>(engine.documents(), engine.clock);
        shared->runs.start(true);
        AlertParts parts{engine.engine(), engine.documents(), engine.clock, m_series, shared.get()};
        alerts = std::make_unique<ProjectAlerts>(AlertOptions(), parts);
        QVERIFY(alerts->open());
    }
    void close()
    {
        alerts->stop();
        shared->runs.stop();
        alerts.reset();
        shared.reset();
        (void)engine.store().run([](Backend &) { return Status(); });
    }

    Result<QJsonObject> create(const char *resource, const QJsonObject &definition)
    {
        return finished(alerts->book(resource)->create(definition));
    }
    Result<QJsonObject> act(const char *resource, const std::string &id, const char *name, const char *body)
    {
        ResourceBook::Action action;
        action.name = name;
        action.body = object(body);
        return finished(alerts->book(resource)->act(id, action));
    }
    QJsonObject read(const char *resource, const std::string &id)
    {
        return alerts->book(resource)->read(id).value();
    }
    /// A new one that must be accepted: its id.
    std::string made(const char *resource, const QJsonObject &definition)
    {
        const auto answer = create(resource, definition);
        if (!answer)
            qWarning("%s", answer.error().message.c_str());
        return answer ? answer->value("id").toString().toStdString() : std::string();
    }

    Heartbeats &heartbeats() { return alerts->status().heartbeats(); }
    StatusRoom &room() { return alerts->status().room(); }

    Status ping(const std::string &checkId, Ping::Kind kind = Ping::Kind::Success,
                std::optional<int> code = {})
    {
        Ping ping;
        ping.kind = kind;
        ping.exitCode = code;
        ping.output = "said by the job";
        const std::string url = read("checks", checkId).value("ping_url").toString().toStdString();
        return finished(heartbeats().take(url.substr(url.rfind('/') + 1), ping));
    }
    QString stateOf(const std::string &checkId) { return read("checks", checkId).value("state").toString(); }
    /// Lets time pass, and the heartbeats look.
    void pass(int64_t ms)
    {
        for (int64_t left = ms; left > 0; left -= minute) {
            engine.clock.advance(std::min(left, minute));
            shared->runs.beat();
        }
        heartbeats().tick();
        room().tick();
    }

    QString page(const std::string &slug, Form form = Form::Html)
    {
        const auto found = finished(room().document(slug, form));
        return found ? QString::fromStdString(found->body) : QString::fromStdString(found.error().message);
    }

private:
    NullSeriesSink m_series;
};

} // namespace

class ProjectStatusTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aHeartbeatIsHeard();
    void aHeartbeatSurvivesARestart();
    void silenceWhileWeWereOffIsNotHeld();
    void heartbeatsAreChecked();
    void uptimeIsTold();
    void aPageShowsWhatItMay();
    void pagesAreChecked();
    void incidentsHaveUpdates();
    void readyChecksAreToldToAll();
};

void ProjectStatusTest::aHeartbeatIsHeard()
{
    Rooms rooms;
    const std::string id = rooms.made("checks", object(R"({"name":"job","kind":"heartbeat","schedule":"10m",
        "grace":"5m"})"));
    QCOMPARE(rooms.stateOf(id), "unknown");
    QVERIFY(rooms.ping(id, Ping::Kind::Start));
    rooms.pass(2 * minute);
    QVERIFY(rooms.ping(id));
    QCOMPARE(rooms.stateOf(id), "ok");
    QCOMPARE(rooms.read("checks", id).value("duration_ms").toInteger(), 2 * minute);
    QCOMPARE(rooms.read("checks", id).value("next_run_ms").toInteger(),
             rooms.engine.clock.nowMs() + 10 * minute);
    rooms.pass(14 * minute);
    QCOMPARE(rooms.stateOf(id), "ok");
    rooms.pass(2 * minute);
    QCOMPARE(rooms.stateOf(id), "down");
    QVERIFY(rooms.ping(id, Ping::Kind::Failure, 3));
    QCOMPARE(rooms.stateOf(id), "down");
    QVERIFY(rooms.read("checks", id).value("message").toString().contains("exit code 3"));
    QVERIFY(rooms.ping(id));
    QCOMPARE(rooms.stateOf(id), "ok");
    const auto log = rooms.act("checks", id, "pings", "{}");
    QVERIFY(log);
    QCOMPARE(log->value("pings").toArray().size(), 4);
    QCOMPARE(log->value("pings").toArray().at(1).toObject().value("exit_code").toInt(), 3);
    QCOMPARE(log->value("output").toString(), "said by the job");
    QVERIFY(!finished(rooms.heartbeats().take(std::string(32, '0'), {})));
}

void ProjectStatusTest::aHeartbeatSurvivesARestart()
{
    Rooms rooms;
    const std::string id =
        rooms.made("checks", object(R"({"name":"job","kind":"heartbeat","schedule":"1h"})"));
    const QString url = rooms.read("checks", id).value("ping_url").toString();
    QVERIFY(rooms.ping(id, Ping::Kind::Start));
    rooms.close();
    rooms.engine.clock.advance(minute);
    rooms.open();
    QCOMPARE(rooms.read("checks", id).value("ping_url").toString(), url);
    QVERIFY(rooms.ping(id));
    QCOMPARE(rooms.read("checks", id).value("duration_ms").toInteger(), minute);
    // Another definition keeps the address.
    const auto patched = finished(rooms.alerts->book("checks")->replace(
        id, object(R"({"name":"job 2","kind":"heartbeat","schedule":"2h"})")));
    QVERIFY(patched);
    QCOMPARE(patched->value("ping_url").toString(), url);
    QVERIFY(finished(rooms.alerts->book("checks")->remove(id)));
    QVERIFY(!rooms.heartbeats().has(url.section('/', -1).toStdString()));
}

void ProjectStatusTest::silenceWhileWeWereOffIsNotHeld()
{
    Rooms rooms;
    const std::string id = rooms.made("checks", object(R"({"name":"job","kind":"heartbeat","schedule":"1h",
        "grace":"5m"})"));
    QVERIFY(rooms.ping(id));
    rooms.pass(30 * minute);
    rooms.close();
    rooms.engine.clock.advance(3 * hour);
    rooms.open();
    rooms.pass(minute);
    QCOMPARE(rooms.stateOf(id), "ok");
    rooms.pass(65 * minute);
    QCOMPARE(rooms.stateOf(id), "down");
}

void ProjectStatusTest::heartbeatsAreChecked()
{
    Rooms rooms;
    const auto refused = [&](const char *definition, const char *says) {
        const auto answer = rooms.create("checks", object(definition));
        return !answer && QString::fromStdString(answer.error().message).contains(says);
    };
    QVERIFY(
        refused(R"({"name":"a","kind":"heartbeat","schedule":"0 25 * * *"})", "`schedule` cannot be used"));
    QVERIFY(refused(R"({"name":"a","kind":"heartbeat","target":"x"})", "`target`"));
    QVERIFY(refused(R"({"name":"a","kind":"heartbeat","settings":{"time_zone":"Mars/Base"}})", "time_zone"));
    QVERIFY(refused(R"({"name":"a","kind":"heartbeat","settings":{"ping_id":"short"}})", "ping_id"));
    QVERIFY(refused(R"({"name":"a","kind":"heartbeat","settings":{"pingid":""}})", "pingid"));
    const std::string id = rooms.made("checks", object(R"({"name":"a","kind":"heartbeat"})"));
    QCOMPARE(rooms.read("checks", id).value("ping_url").toString().size(), 6 + 32);
    QVERIFY(!rooms.act("checks", id, "run", "{}"));
}

void ProjectStatusTest::uptimeIsTold()
{
    Rooms rooms;
    const std::string id = rooms.made("checks", object(R"({"name":"shop","kind":"heartbeat"})"));
    rooms.pass(2 * hour);
    const int64_t nowMs = rooms.engine.clock.nowMs();
    std::vector<Sample> samples;
    for (int64_t atMs = nowMs - 2 * hour; atMs < nowMs; atMs += minute)
        samples.push_back({atMs, atMs < nowMs - hour ? 1.0 : 0.0});
    const Labels labels{{"__name__", "check_up"}, {"check", "shop"}, {"kind", "heartbeat"}};
    QVERIFY(rooms.engine.commit(test::TemporaryEngine::batchOf(labels, Kind::Gauge, samples)).status);
    const auto answer = rooms.act("checks", id, "uptime", "{}");
    QVERIFY(answer);
    const QJsonObject window = answer->value("windows").toObject().value("90d").toObject();
    QCOMPARE(window.value("watched_ms").toInteger(), 2 * hour);
    QCOMPARE(window.value("uptime").toDouble(), 0.5);
    QCOMPARE(answer->value("days").toArray().size(), StatusView::shownDays);
    // The report is kept for a while: whoever asks then gets all of it, each time.
    for (int again = 0; again < 3; again++)
        QCOMPARE(*rooms.act("checks", id, "uptime", "{}"), *answer);
    QVERIFY(!rooms.act("checks", "none", "uptime", "{}"));
}

void ProjectStatusTest::aPageShowsWhatItMay()
{
    Rooms rooms;
    const std::string job =
        rooms.made("checks", object(R"({"name":"job-on-db.internal","kind":"heartbeat","schedule":"10m"})"));
    const QJsonObject definition{{"title", "Example & Co."},
                                 {"checks", QJsonArray{QString::fromStdString(job)}},
                                 {"names", QJsonObject{{QString::fromStdString(job), "Backups"}}}};
    QVERIFY(!rooms.made("status-pages", definition).empty());
    QVERIFY(rooms.ping(job));
    QVERIFY(rooms.page("example-co").contains("Example &amp; Co. is working"));
    QVERIFY(rooms.ping(job, Ping::Kind::Failure, 9));
    const QString page = rooms.page("example-co");
    QVERIFY2(page.contains("Backups is down"), qPrintable(page));
    for (const Form form : {Form::Html, Form::Feed, Form::Badge, Form::UptimeBadge, Form::Json}) {
        const QString shown = rooms.page("example-co", form);
        for (const char *secret : {"internal", "said by", "exit code", "/ping/", "heartbeat"})
            QVERIFY2(!shown.contains(secret), qPrintable(shown));
    }
    QVERIFY(page.count("<path class=n") == 1);
    QVERIFY(rooms.page("another").contains("no status page"));
}

void ProjectStatusTest::pagesAreChecked()
{
    Rooms rooms;
    const auto refused = [&](const char *definition, const char *says) {
        const auto answer = rooms.create("status-pages", object(definition));
        return !answer && QString::fromStdString(answer.error().message).contains(says);
    };
    QVERIFY(refused(R"({})", "`title` is missing"));
    QVERIFY(refused(R"({"title":"a","slug":"A b"})", "`slug`"));
    QVERIFY(refused(R"({"title":"a","slug":"-a"})", "`slug`"));
    QVERIFY(refused(R"({"title":"a","checks":["none"]})", "does not exist"));
    QVERIFY(refused(R"({"title":"a","time_zone":"x"})", "`time_zone`"));
    QVERIFY(refused(R"({"title":"a","color":"x"})", "`color`"));
    const std::string id = rooms.made("status-pages", object(R"({"title":"One"})"));
    QCOMPARE(rooms.read("status-pages", id).value("url").toString(), "/status/one");
    QVERIFY(refused(R"({"title":"One"})", "is taken"));
    // Another project cannot take it either.
    QVERIFY(rooms.shared->slugs.claim("two", 7, "x"));
    QVERIFY(refused(R"({"title":"Two"})", "is taken"));
    // One that is moved frees its address, over a restart too.
    QVERIFY(finished(rooms.alerts->book("status-pages")->patch(id, object(R"({"slug":"uno"})"))));
    rooms.close();
    rooms.open();
    QCOMPARE(rooms.shared->slugs.projectOf("uno"), std::optional(defaultProject));
    QVERIFY(!rooms.made("status-pages", object(R"({"title":"One"})")).empty());
    QVERIFY(finished(rooms.alerts->book("status-pages")->remove(id)));
    QVERIFY(!rooms.shared->slugs.projectOf("uno"));
    const auto document = finished(rooms.room().document("one", Form::Html));
    QVERIFY(document && document->isPublic);
}

void ProjectStatusTest::incidentsHaveUpdates()
{
    Rooms rooms;
    const std::string page = rooms.made("status-pages", object(R"({"title":"Example"})"));
    const std::string id = rooms.made("incidents", object(R"({"title":"Errors","text":"We are looking."})"));
    QVERIFY(rooms.page("example").contains("Example has an outage"));
    rooms.pass(10 * minute);
    const auto resolved =
        rooms.act("incidents", id, "updates", R"({"state":"resolved","text":"It is over."})");
    QVERIFY(resolved);
    QCOMPARE(resolved->value("resolved_ms").toInteger() - resolved->value("started_ms").toInteger(),
             10 * minute);
    const QString shown = rooms.page("example");
    QVERIFY(shown.contains("Example is working") && shown.contains("It is over."));
    QVERIFY(shown.indexOf("It is over.") < shown.indexOf("We are looking."));
    QVERIFY(rooms.page("example", Form::Feed).contains("<title>Resolved: Errors</title>"));
    ResourceBook::Action action;
    action.name = "updates";
    action.by = "Mara";
    action.body = object(R"({"state":"resolved","text":"The cause is found."})");
    const auto written = finished(rooms.alerts->book("incidents")->act(id, action));
    QVERIFY(written);
    QJsonArray updates = written->value("updates").toArray();
    QCOMPARE(updates.last().toObject().value("by").toString(), "Mara");
    QVERIFY(!rooms.page("example").contains("Mara"));
    QJsonObject forged = updates.last().toObject();
    forged.insert("by", "Ada");
    updates.replace(updates.size() - 1, forged);
    const auto patched = finished(rooms.alerts->book("incidents")->patch(id, {{"updates", updates}}));
    QVERIFY(patched);
    QCOMPARE(patched->value("updates").toArray().last().toObject().value("by").toString(), "Mara");
    QVERIFY(!rooms.act("incidents", id, "updates", R"({"state":"odd","text":"x"})"));
    QVERIFY(!rooms.act("incidents", id, "updates", R"({"state":"resolved"})"));
    QVERIFY(!rooms.create("incidents", object(R"({"title":"a","impact":"huge"})")));
    // One of another page does not show here.
    QVERIFY(!rooms.made("incidents", object(R"({"title":"Elsewhere","pages":["other"]})")).empty());
    QVERIFY(!rooms.page("example").contains("Elsewhere"));
    ResourceBook::Listing listing;
    listing.filters.emplace("state", "open");
    const auto open = rooms.alerts->book("incidents")->list(listing);
    QCOMPARE(open->value("items").toArray().size(), 1);
    // It is told for 90 days.
    rooms.engine.clock.advance(91 * day);
    QVERIFY(!rooms.page("example").contains("It is over."));
}

void ProjectStatusTest::readyChecksAreToldToAll()
{
    Rooms rooms;
    QVERIFY(rooms.shared->ready.of(defaultProject).empty());
    const std::string id =
        rooms.made("checks", object(R"({"name":"job","kind":"heartbeat","schedule":"10m","ready":true})"));
    QVERIFY(!rooms.made("checks", object(R"({"name":"other","kind":"heartbeat"})")).empty());
    QCOMPARE(rooms.shared->ready.of(defaultProject).size(), 1u);
    QCOMPARE(rooms.shared->ready.of(defaultProject).front().state, PublicState::Unknown);
    QVERIFY(rooms.ping(id, Ping::Kind::Failure));
    QCOMPARE(rooms.shared->ready.of(defaultProject).front().state, PublicState::Down);
    rooms.close();
    rooms.open();
    QCOMPARE(rooms.shared->ready.of(defaultProject).front().state, PublicState::Down);
}

QTEST_GUILESS_MAIN(ProjectStatusTest)
#include "ProjectStatusTest.moc"
