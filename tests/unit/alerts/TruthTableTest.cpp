#include "alerts/AlertService.h"
#include "storage/model/Staleness.h"
#include "tests/support/AlertListings.h"
#include "tests/support/AlertScenario.h"
#include "tests/support/TemporaryEngine.h"

#include <QCoroTask>
#include <QJsonArray>
#include <QTest>

#include <bit>

using namespace plimsoll;
using namespace plimsoll::alerts;
using plimsoll::test::AlertScenario;
using plimsoll::test::TemporaryEngine;
using Firing = AlertScenario::Firing;

namespace {

const std::vector<AlertScenario> &scenarios()
{
    static const auto all = AlertScenario::load(QString::fromUtf8(qgetenv("PLIMSOLL_SOURCE_DIR")) +
                                                "/tests/unit/alerts/truth-table.txt");
    return all;
}

/// What a restart takes over: the stored state, and the instances that fire from their open episodes.
RuleRuntime restarted(const RuleRuntime &before, const AlertScenario &scenario)
{
    std::vector<AlertInstance> firing;
    for (const auto &[key, instance] : before.machine().instances()) {
        if (!instance.firing)
            continue;
        AlertInstance kept = instance;
        kept.quietSinceMs = 0;
        kept.absence = Absence::None;
        firing.push_back(kept);
    }
    RuleRuntime after(scenario.rule, scenario.intervalMs);
    after.restoreState(before.stateToJson(), firing, before.machine().lastMs().value_or(0));
    return after;
}

/// The service with a real store, moved by hand through a scenario.
class Life
{
public:
    explicit Life(const AlertScenario &scenario)
        : m_scenario(scenario)
    {
        m_options.intervalMs = scenario.intervalMs;
        m_engine.clock.set(scenario.startMs);
        open();
    }

    void step(const AlertScenario::Step &step)
    {
        if (step.restarts) {
            settle();
            m_service.reset();
            m_engine.crash();
            open();
        }
        m_engine.clock.set(step.atMs);
        for (const auto &[host, value] : step.values)
            append(host, step.atMs, value);
        for (const std::string &host : m_present) {
            if (!step.values.contains(host))
                append(host, step.atMs, std::bit_cast<double>(staleBits));
        }
        m_present.clear();
        for (const auto &[host, value] : step.values)
            m_present.insert(host);
        if (m_ruleId.empty())
            create();
        else
            QCoro::waitFor(m_service->tick(step.atMs));
        if (!step.expected.isEmpty())
            settle();
    }

    std::vector<Firing> firings()
    {
        settle();
        std::vector<Firing> found;
        for (const QJsonValue item : episodesOf(*m_service, m_ruleId)) {
            Firing firing;
            firing.host = item["series_labels"]["host"].toString().toStdString();
            firing.severity = m_worst[item["id"].toString()];
            firing.startMs = item["started_ms"].toInteger();
            if (item["ended_ms"].isDouble())
                firing.endMs = item["ended_ms"].toInteger();
            found.push_back(firing);
        }
        return found;
    }

private:
    void open()
    {
        m_service =
            std::make_unique<AlertService>(m_options, *m_engine, m_engine.documents(), m_engine.clock);
        QObject::connect(m_service.get(), &AlertService::episodeChanged, m_service.get(),
                         [this](const QJsonObject &episode) {
                             Severity &worst = m_worst[episode["id"].toString()];
                             const auto now =
                                 severityFromName(episode["severity"].toString().toStdString()).value();
                             worst = std::max(worst, now);
                         });
        if (!m_service->open())
            qFatal("the alerts do not open");
    }

    /// The rule is evaluated as it is made.
    void create()
    {
        const auto run = [](AlertService &service, QJsonObject body, std::string &id) -> QCoro::Task<void> {
            const auto made = co_await service.createRule(body);
            if (made)
                id = made->value("id").toString().toStdString();
        };
        QJsonObject definition = m_scenario.rule.toJson();
        definition.remove("id");
        QCoro::waitFor(run(*m_service, definition, m_ruleId));
    }

    void settle()
    {
        if (!QTest::qWaitFor([this] { return m_service->settled(); }, 20'000))
            qFatal("the episodes do not become durable");
    }

    void append(const std::string &host, int64_t atMs, double value)
    {
        m_engine.append(Labels{{"__name__", "load"}, {"host", host}}, Kind::Gauge, atMs, value);
    }

    const AlertScenario &m_scenario;
    TemporaryEngine m_engine;
    AlertOptions m_options;
    std::unique_ptr<AlertService> m_service;
    std::string m_ruleId;
    std::set<std::string> m_present;
    std::map<QString, Severity> m_worst;
};

} // namespace

/// Every transition, restart, jump of the clock, gap and overlap, through the state machine and through the
/// service with a real store.
class TruthTableTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void throughTheMachine_data() { rows(); }
    void throughTheMachine()
    {
        const AlertScenario &scenario = current();
        RuleRuntime runtime(scenario.rule, scenario.intervalMs);
        for (const AlertScenario::Step &step : scenario.steps) {
            if (step.restarts)
                runtime = restarted(runtime, scenario);
            const auto transitions = runtime.apply(AlertScenario::evaluation(step), step.atMs);
            QCOMPARE(QString("%1s %2")
                         .arg(step.offsetMs / 1000)
                         .arg(AlertScenario::say(transitions, scenario.rule)),
                     QString("%1s %2").arg(step.offsetMs / 1000).arg(step.expected));
        }
    }

    void throughTheService_data() { rows(); }
    void throughTheService()
    {
        const AlertScenario &scenario = current();
        if (scenario.anyFails())
            QSKIP("Its queries fail, which those over a sound store do not.");
        const auto isOff = [&](const AlertScenario::Step &step) {
            return step.atMs % scenario.intervalMs != 0;
        };
        if (std::any_of(scenario.steps.begin(), scenario.steps.end(), isOff))
            QSKIP("The service evaluates at multiples of the interval only.");
        qputenv("TZ", scenario.zone);
        tzset();
        Life life(scenario);
        for (const AlertScenario::Step &step : scenario.steps)
            life.step(step);
        QCOMPARE(describe(life.firings(), scenario.startMs), describe(scenario.firings(), scenario.startMs));
    }

private:
    static void rows()
    {
        QTest::addColumn<size_t>("index");
        for (size_t i = 0; i < scenarios().size(); i++)
            QTest::newRow(qPrintable(scenarios()[i].name)) << i;
    }
    static const AlertScenario &current()
    {
        QFETCH(size_t, index);
        return scenarios()[index];
    }
};

QTEST_GUILESS_MAIN(TruthTableTest)
#include "TruthTableTest.moc"
