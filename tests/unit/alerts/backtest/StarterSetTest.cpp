#include "alerts/starters/StarterSet.h"

#include "alerts/backtest/Backtest.h"
#include "tests/support/MemorySeries.h"

#include <QTest>

#include <cmath>
#include <random>

using namespace plimsoll;
using namespace plimsoll::alerts;
using test::MemorySeries;

namespace {

constexpr int64_t stepMs = 60'000;
constexpr int64_t hourMs = 3'600'000;
constexpr int64_t startMs = 20'000 * 24 * hourMs;

/// A series of a set: what it says at a time, or, of counters and deltas, what it grows by in a step.
/// `wobble` is from 0 to 1, `day` the load of the hour from 0 (at night) to 1.
struct Signal
{
    struct Moment
    {
        bool sick;
        double wobble;
        double day;
        int64_t minute;
    };

    Labels labels;
    Kind kind = Kind::Gauge;
    std::function<double(const Moment &)> value;
    int observations = 8; ///< of distributions, in a step that is not sick
};
using Moment = Signal::Moment;

Signal gauge(Labels labels, std::function<double(const Moment &)> value)
{
    return {std::move(labels), Kind::Gauge, std::move(value)};
}

Signal counter(Labels labels, std::function<double(const Moment &)> value)
{
    return {std::move(labels), Kind::Counter, std::move(value)};
}

/// A gauge that is `well` by day (and half of it by night), with now and then a spike up to `spike` of one
/// minute, and `sick` while it is sick.
Signal level(Labels labels, double well, double spike, double sick)
{
    return gauge(std::move(labels), [=](const Moment &now) {
        if (now.sick)
            return sick;
        if (now.minute % 97 == 0)
            return spike;
        return well * (0.5 + 0.5 * now.day) * (0.95 + 0.05 * now.wobble);
    });
}

Signal steady(Labels labels, double well, double sick)
{
    return gauge(std::move(labels), [=](const Moment &now) { return now.sick ? sick : well; });
}

constexpr const char *instance = "instance";

std::vector<Signal> host()
{
    return {level({{"__name__", "host_cpu_usage_ratio"}}, 0.6, 1.0, 0.995),
            level({{"__name__", "host_memory_used_ratio"}}, 0.7, 0.85, 0.985),
            gauge({{"__name__", "host_disk_used_ratio"}, {"mount", "/"}}, [](const Moment &now) {
                return now.sick ? 0.97 : 0.4 + 0.002 * double(now.minute % 60) / 60;
            })};
}

/// A disk of which an eighth goes in two hours.
std::vector<Signal> fillingDisk()
{
    return {gauge({{"__name__", "host_disk_used_ratio"}, {"mount", "/"}}, [](const Moment &now) {
        return std::min(0.84, 0.6 + (now.sick ? 0.001 * double(now.minute % 1440) : 0));
    })};
}

std::vector<Signal> node()
{
    const Labels::Pair at{instance, "a:9100"};
    const Labels::Pair disk{"mountpoint", "/"};
    const Labels::Pair type{"fstype", "ext4"};
    return {counter({{"__name__", "node_cpu_seconds_total"}, {"mode", "idle"}, {"cpu", "0"}, at},
                    [](const Moment &now) {
                        return now.sick ? 0.3 : 60 * (1 - 0.5 * now.day - 0.1 * now.wobble);
                    }),
            steady({{"__name__", "node_memory_MemTotal_bytes"}, at}, 8e9, 8e9),
            level({{"__name__", "node_memory_MemAvailable_bytes"}, at}, 4e9, 2e9, 1e8),
            steady({{"__name__", "node_filesystem_avail_bytes"}, at, disk, type}, 5e10, 3e9),
            steady({{"__name__", "node_filesystem_size_bytes"}, at, disk, type}, 1e11, 1e11),
            steady({{"__name__", "node_filesystem_avail_bytes"}, at, disk, {"fstype", "tmpfs"}}, 0, 0),
            steady({{"__name__", "node_filesystem_size_bytes"}, at, disk, {"fstype", "tmpfs"}}, 1e6, 1e6),
            steady({{"__name__", "node_filesystem_files_free"}, at, disk, type}, 5e6, 1e4),
            steady({{"__name__", "node_filesystem_files"}, at, disk, type}, 6e6, 6e6),
            counter({{"__name__", "node_vmstat_oom_kill"}, at},
                    [](const Moment &now) { return now.sick ? 1 : 0; }),
            level({{"__name__", "node_timex_offset_seconds"}, at}, 0.001, -0.02, -0.5)};
}

Labels requestLabels(const char *status)
{
    return {{"__name__", "http_request_duration_seconds"},
            {"method", "GET"},
            {"route", "/items/{id}"},
            {"status", status}};
}

/// Requests in a minute; each observation is what value() says.
Signal answers(const char *status, int requests, std::function<double(const Moment &)> seconds)
{
    return {requestLabels(status), Kind::Distribution, std::move(seconds), requests};
}

std::vector<Signal> http()
{
    return {
        answers("200", 8,
                [](const Moment &now) {
                    return now.sick ? 8 : now.wobble > 0.99 ? 3 : 0.05 + 0.1 * now.wobble;
                }),
        answers("500", 1, [](const Moment &now) { return now.sick || now.minute % 240 == 0 ? 0.02 : 0; })};
}

std::vector<Signal> httpThatStops()
{
    return {answers("200", 8, [](const Moment &now) { return now.sick ? 0 : 0.05; })};
}

std::vector<Signal> fastapi()
{
    return {level({{"__name__", "event_loop_lag_seconds"}}, 0.004, 0.09, 0.4),
            level({{"__name__", "thread_pool_used_ratio"}}, 0.4, 0.95, 1)};
}

std::vector<Signal> breakers()
{
    return {steady({{"__name__", "circuit_breaker_open"}, {"name", "payments"}}, 0, 1),
            gauge({{"__name__", "resilience4j_circuitbreaker_state"}, {"name", "mail"}, {"state", "open"}},
                  [](const Moment &now) {
                      return now.sick ? double(now.minute / 2 % 2) : double(now.minute % 700 == 0);
                  })};
}

std::vector<Signal> faust()
{
    const Labels::Pair at{instance, "a:6066"};
    const Labels::Pair topic{"topic", "orders"};
    const Labels::Pair partition{"partition", "0"};
    return {gauge({{"__name__", "topic_partition_end_offset"}, at, topic, partition},
                  [](const Moment &now) { return 600.0 * double(now.minute); }),
            gauge({{"__name__", "topic_partition_offset_commited"}, at, topic, partition},
                  [](const Moment &now) {
                      return 600.0 * double(now.minute) - (now.sick                ? 20'000
                                                           : now.minute % 300 == 0 ? 3000
                                                                                   : 200 * now.wobble);
                  }),
            counter({{"__name__", "messages_received_total"}, at},
                    [](const Moment &now) { return now.sick ? 0 : 600 * now.day; }),
            counter({{"__name__", "total_sent_messages_total"}, at},
                    [](const Moment &now) { return now.sick ? 50 : 300 * now.day; }),
            counter({{"__name__", "total_error_messages_sent_total"}, at},
                    [](const Moment &now) { return now.sick ? 50 : double(now.minute % 600 == 0); }),
            counter({{"__name__", "consumer_commit_latency_sum"}, at},
                    [](const Moment &now) { return now.sick ? 160'000 : 20 * (10 + 30 * now.wobble); }),
            counter({{"__name__", "consumer_commit_latency_count"}, at}, [](const Moment &) { return 20; })};
}

std::vector<Signal> llm()
{
    return {{{{"__name__", "llm_cost_usd_total"}, {"provider", "openai"}, {"model", "gpt-4o-mini"}},
             Kind::Delta,
             [](const Moment &now) { return now.sick ? 0.5 : 0.004 * now.day; }}};
}

std::vector<Signal> postgresql()
{
    const Labels::Pair at{instance, "db:9187"};
    const Labels::Pair database{"datname", "app"};
    return {steady({{"__name__", "pg_up"}, at}, 1, 0),
            level({{"__name__", "pg_stat_activity_count"}, at, database, {"state", "idle"}}, 40, 70, 97),
            steady({{"__name__", "pg_settings_max_connections"}, at}, 100, 100),
            level({{"__name__", "pg_stat_activity_max_tx_duration"}, at, database, {"state", "active"}}, 2,
                  300, 5000),
            steady({{"__name__", "pg_stat_activity_max_tx_duration"}, at, database, {"state", "idle"}},
                   90'000, 90'000),
            counter({{"__name__", "pg_stat_database_deadlocks"}, at, database},
                    [](const Moment &now) { return now.sick ? 1 : double(now.minute % 500 == 0); }),
            level({{"__name__", "pg_replication_lag_seconds"}, at}, 0.5, 20, 900),
            steady({{"__name__", "pg_replication_is_replica"}, at}, 1, 1),
            steady({{"__name__", "pg_replication_lag_seconds"}, {instance, "primary:9187"}}, 9e5, 9e5),
            steady({{"__name__", "pg_replication_is_replica"}, {instance, "primary:9187"}}, 0, 0)};
}

std::vector<Signal> redis()
{
    const Labels::Pair at{instance, "cache:9121"};
    return {steady({{"__name__", "redis_up"}, at}, 1, 0),
            level({{"__name__", "redis_memory_used_bytes"}, at}, 7e8, 8.5e8, 9.95e8),
            steady({{"__name__", "redis_memory_max_bytes"}, at}, 1e9, 1e9),
            steady({{"__name__", "redis_memory_used_bytes"}, {instance, "free:9121"}}, 7e8, 7e8),
            steady({{"__name__", "redis_memory_max_bytes"}, {instance, "free:9121"}}, 0, 0),
            level({{"__name__", "redis_connected_clients"}, at}, 50, 400, 9900),
            steady({{"__name__", "redis_config_maxclients"}, at}, 10'000, 10'000),
            counter({{"__name__", "redis_rejected_connections_total"}, at},
                    [](const Moment &now) { return now.sick ? 3 : 0; }),
            steady({{"__name__", "redis_master_link_up"}, at}, 1, 0),
            steady({{"__name__", "redis_rdb_last_bgsave_status"}, at}, 1, 0)};
}

void addStep(MemorySeries &memory, const Signal &signal, int64_t atMs, bool sick, double value, double &total)
{
    if (signal.kind == Kind::Distribution) {
        Histogram histogram(Histogram::ownSchema);
        for (int i = 0; value > 0 && i < (sick ? 8 : signal.observations); i++)
            histogram.observe(value);
        if (value > 0)
            memory.add(signal.labels, signal.kind, atMs, histogram);
        return;
    }
    const bool grows = signal.kind == Kind::Counter;
    total += value;
    memory.add(signal.labels, signal.kind, atMs, grows ? total : value);
}

/// `hours` of the signals; the last three but one are sick where `sick` is. Counters begin anew after a
/// restart in the middle.
void fill(MemorySeries &memory, const std::vector<Signal> &signals, int64_t hours, bool sick)
{
    std::mt19937_64 random(3);
    std::vector<double> totals(signals.size(), 1000);
    for (int64_t minute = 0; minute < hours * 60; minute++) {
        if (minute == hours * 20)
            totals.assign(signals.size(), 0);
        const double day = 0.55 - 0.45 * std::cos(double(minute) / 1440 * 2 * M_PI);
        const bool sickNow = sick && minute >= (hours - 4) * 60 && minute < (hours - 1) * 60;
        for (size_t i = 0; i < signals.size(); i++) {
            const Moment now{sickNow, double(random() % 1000) / 1000, day, minute};
            addStep(memory, signals[i], startMs + minute * stepMs, sickNow, signals[i].value(now), totals[i]);
        }
    }
}

BacktestAnswer backtest(const MemorySeries &memory, const QJsonObject &definition, int64_t hours)
{
    BacktestQuestion question;
    question.rule = *Rule::fromJson(definition);
    question.fromMs = startMs;
    question.toMs = startMs + hours * hourMs;
    const auto answer = Backtest(memory).run(question);
    if (!answer)
        qFatal("%s", answer.error().message.c_str());
    return *answer;
}

int64_t hoursTried() { return std::max(36, qEnvironmentVariableIntValue("PLIMSOLL_STARTER_DAYS") * 24); }

struct World
{
    const char *set;
    std::vector<Signal> (*signals)();
    QStringList rules; ///< that fire when it is sick; empty: those of the set that no other world names
};

const std::vector<World> &worlds()
{
    static const std::vector<World> all{{"host", host, {}},
                                        {"host", fillingDisk, {"Disk will be full within a day"}},
                                        {"node", node, {}},
                                        {"http", http, {}},
                                        {"http", httpThatStops, {"Traffic has stopped"}},
                                        {"fastapi", fastapi, {}},
                                        {"circuit-breakers", breakers, {}},
                                        {"faust", faust, {}},
                                        {"llm-budget", llm, {}},
                                        {"postgresql", postgresql, {}},
                                        {"redis", redis, {}}};
    return all;
}

bool isOf(const World &world, const QString &rule)
{
    if (!world.rules.isEmpty())
        return world.rules.contains(rule);
    return std::none_of(worlds().begin(), worlds().end(),
                        [&](const World &other) { return other.rules.contains(rule); });
}

} // namespace

class StarterSetTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void allAreTried()
    {
        QStringList shipped;
        for (const StarterSet &set : StarterSet::all())
            shipped << QString::fromStdString(set.id);
        QStringList tried;
        for (const World &world : worlds())
            tried << world.set;
        tried.removeDuplicates();
        tried.sort();
        QCOMPARE(shipped, tried);
        QCOMPARE(shipped.size(), 9);
    }

    void namesAreUnique()
    {
        QStringList names;
        for (const StarterSet &set : StarterSet::all()) {
            QVERIFY(!set.metrics.empty());
            for (const QJsonObject &rule : set.rules)
                names << rule.value("name").toString();
        }
        QCOMPARE(names.removeDuplicates(), 0);
    }

    void isQuietWhenAllIsWell_data() { addWorlds(); }
    void isQuietWhenAllIsWell()
    {
        QFETCH(int, world);
        MemorySeries memory;
        const int64_t hours = hoursTried();
        fill(memory, worlds()[size_t(world)].signals(), hours, false);
        for (const QJsonObject &rule : StarterSet::find(worlds()[size_t(world)].set)->rules) {
            const BacktestAnswer answer = backtest(memory, rule, hours);
            QVERIFY2(answer.episodes.empty(), qPrintable(rule.value("name").toString()));
            QVERIFY2(answer.error.empty(), answer.error.c_str());
        }
    }

    void firesWhenItIsNot_data() { addWorlds(); }
    void firesWhenItIsNot()
    {
        QFETCH(int, world);
        const World &tried = worlds()[size_t(world)];
        MemorySeries memory;
        const int64_t hours = hoursTried();
        fill(memory, tried.signals(), hours, true);
        const int64_t sickFromMs = startMs + (hours - 4) * hourMs;
        for (const QJsonObject &rule : StarterSet::find(tried.set)->rules) {
            const QString name = rule.value("name").toString();
            if (!isOf(tried, name))
                continue;
            const BacktestAnswer answer = backtest(memory, rule, hours);
            QVERIFY2(!answer.episodes.empty(), qPrintable(name));
            for (const ReplayedEpisode &episode : answer.episodes)
                QVERIFY2(episode.startedMs >= sickFromMs, qPrintable(name));
            // So ill as it is, the most severe level is reached.
            const Severity worst =
                std::max_element(answer.episodes.begin(), answer.episodes.end(),
                                 [](const auto &a, const auto &b) { return a.severity < b.severity; })
                    ->severity;
            QVERIFY2(worst == Rule::fromJson(rule)->mostSevere().severity, qPrintable(name));
        }
    }

private:
    static void addWorlds()
    {
        QTest::addColumn<int>("world");
        for (size_t i = 0; i < worlds().size(); i++)
            QTest::newRow(qPrintable(QString("%1 %2").arg(worlds()[i].set, worlds()[i].rules.join(' '))))
                << int(i);
    }
};

QTEST_GUILESS_MAIN(StarterSetTest)
#include "StarterSetTest.moc"
