#include "storage/model/Staleness.h"
#include "storage/query/Crew.h"
#include "storage/query/KahanSum.h"
#include "storage/query/Query.h"
#include "tests/support/TemporaryEngine.h"

#include <QTest>

#include <bit>
#include <cmath>
#include <map>
#include <random>
#include <thread>

using namespace plimsoll;
using plimsoll::test::TemporaryEngine;

namespace {

constexpr int64_t minuteMs = 60'000;
constexpr int64_t lookbackMs = 5 * minuteMs;
constexpr size_t seriesCount = 70;

bool sameBits(double a, double b)
{
    return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b) || (std::isnan(a) && std::isnan(b));
}

/// Random series in an engine, and the same beside it as plain maps.
class RandomSeries
{
public:
    explicit RandomSeries(uint32_t seed)
        : m_random(seed)
    {
        startMs = engine.clock.nowMs() / (180 * minuteMs) * (180 * minuteMs);
        for (size_t i = 0; i < seriesCount; i++) {
            labels.push_back(Labels{{"__name__", "load"},
                                    {"host", "h" + std::to_string(i)},
                                    {"zone", "z" + std::to_string(i % 7)}});
        }
        samples.resize(seriesCount);
        for (int64_t ms = startMs; ms < startMs + 200 * minuteMs; ms += 15'000) {
            engine.clock.set(ms);
            addInstant(ms);
            if (m_batch.series.size() > 10 * seriesCount)
                commit();
            if (seed % 2 == 0 && ms == startMs + 105 * minuteMs)
                engine.restart(); // what was is in packs then, what comes is in the head
        }
        commit();
        if (seed % 3 == 0)
            engine.crash();
    }

    mutable TemporaryEngine engine;
    int64_t startMs = 0;
    std::vector<Labels> labels;
    std::vector<std::map<int64_t, double>> samples;

private:
    int under(int end) { return static_cast<int>(m_random() % static_cast<uint32_t>(end)); }

    double value(size_t series)
    {
        switch (under(60)) {
        case 0:
            return std::bit_cast<double>(staleBits);
        case 1:
            return __builtin_nan("");
        case 2:
            return series % 9 == 0 ? __builtin_inf() : -0.0;
        default:
            return series % 3 == 0   ? under(100)
                   : series % 3 == 1 ? under(10'000) / 100.0
                                     : std::exp(under(40));
        }
    }

    /// Some series at one time, of which some come late.
    void addInstant(int64_t ms)
    {
        for (uint32_t i = 0; i < seriesCount; i++) {
            if (under(12) == 0 || (i % 11 == 0 && ms / (40 * minuteMs) % 2 == 0))
                continue;
            const int64_t at =
                under(40) == 0 ? ms - under(30) * 15'000 : ms + (i % 5 == 0 ? under(9'000) : 0);
            if (at < startMs)
                continue;
            const auto place = static_cast<uint32_t>(m_batch.series.size());
            m_batch.series.push_back({labels[i].key(), Kind::Gauge, false, place});
            m_batch.floats.push_back({place, at, value(i), place});
            samples[i][at] = m_batch.floats.back().value;
        }
    }

    void commit()
    {
        m_batch.itemCount = static_cast<uint32_t>(m_batch.series.size());
        const CommitReceipt receipt = engine.commit(std::exchange(m_batch, {}));
        if (!receipt.status)
            qFatal("%s", receipt.status.error().message.c_str());
    }

    std::mt19937 m_random;
    Batch m_batch;
};

using Points = std::map<int64_t, double>;
using Answer = std::map<std::string, Points>; ///< by labels

Answer answerOf(const Result<QueryResult> &result)
{
    Answer answer;
    if (!result)
        qWarning("%s", result.error().message.c_str());
    for (const QuerySeries &series : result ? result->series : std::vector<QuerySeries>()) {
        for (const QueryPoint &point : series.points)
            answer[series.labels.toString()][point.timestampMs] = point.value;
    }
    return answer;
}

std::string difference(const Answer &actual, const Answer &expected)
{
    if (actual.size() != expected.size())
        return std::to_string(actual.size()) + " series, expected " + std::to_string(expected.size());
    for (const auto &[labels, points] : expected) {
        const auto it = actual.find(labels);
        if (it == actual.end())
            return "no " + labels;
        if (it->second.size() != points.size())
            return labels + " has " + std::to_string(it->second.size()) + " points, expected " +
                   std::to_string(points.size());
        for (const auto &[ms, value] : points) {
            const auto at = it->second.find(ms);
            if (at == it->second.end() || !sameBits(at->second, value))
                return labels + " differs at " + std::to_string(ms);
        }
    }
    return {};
}

/// What a selector or a function yields for one series at one time, told as simply as it can be.
using Naive = std::optional<double> (*)(const Points &, int64_t);

std::optional<double> newest(const Points &samples, int64_t ms)
{
    auto it = samples.upper_bound(ms);
    if (it == samples.begin() || (--it)->first <= ms - lookbackMs || isStale(it->second))
        return std::nullopt;
    return it->second;
}

std::vector<double> window(const Points &samples, int64_t ms, int64_t rangeMs)
{
    std::vector<double> values;
    for (auto it = samples.upper_bound(ms - rangeMs); it != samples.end() && it->first <= ms; ++it) {
        if (!isStale(it->second))
            values.push_back(it->second);
    }
    return values;
}

std::optional<double> mean(const Points &samples, int64_t ms)
{
    promql::KahanMean mean;
    const auto values = window(samples, ms, 10 * minuteMs);
    for (const double value : values)
        mean.add(value);
    return values.empty() ? std::nullopt : std::optional(mean.value());
}

std::optional<double> greatest(const Points &samples, int64_t ms)
{
    std::optional<double> best;
    for (const double value : window(samples, ms, minuteMs)) {
        if (!best || value > *best || std::isnan(*best))
            best = value;
    }
    return best;
}

struct Selected
{
    const char *text;
    Naive naive;
    bool keepsName;
};

const Selected selectedExpressions[] = {
    {"load", newest, true},
    {"avg_over_time(load[10m])", mean, false},
    {"max_over_time(load[1m])", greatest, false},
};

} // namespace

/// Columns that are made while series are read, on several threads, are those that a naive evaluation of
/// the same samples makes, to the last bit.
class ColumnsTest : public QObject
{
    Q_OBJECT

    /// By what a naive evaluation of every series yields.
    static Answer naive(const RandomSeries &data, const Selected &selected, const std::vector<int64_t> &times)
    {
        Answer answer;
        for (size_t i = 0; i < data.samples.size(); i++) {
            Labels labels = data.labels[i];
            if (!selected.keepsName)
                labels.remove(nameLabel);
            for (const int64_t ms : times) {
                if (const auto value = selected.naive(data.samples[i], ms))
                    answer[labels.toString()][ms] = *value;
            }
        }
        return answer;
    }

    /// The columns of a naive answer, folded by zone in the order of labels.
    template<typename Fold>
    static Answer folded(const RandomSeries &data, const Selected &selected,
                         const std::vector<int64_t> &times, bool byZone, Fold fold)
    {
        std::map<Labels, size_t> inOrder;
        for (size_t i = 0; i < data.labels.size(); i++)
            inOrder[data.labels[i]] = i;
        Answer answer;
        for (const int64_t ms : times) {
            std::map<std::string, std::vector<double>> groups;
            for (const auto &[labels, i] : inOrder) {
                const Labels group = byZone ? Labels{{"zone", std::string(labels.value("zone"))}} : Labels();
                if (const auto value = selected.naive(data.samples[i], ms))
                    groups[group.toString()].push_back(*value);
            }
            for (const auto &[labels, values] : groups)
                answer[labels][ms] = fold(values);
        }
        return answer;
    }

    static Answer ask(const RandomSeries &data, const std::string &text, const std::vector<int64_t> &times)
    {
        const auto query = Query::parse(text);
        const auto reader = data.engine->openReader();
        if (times.size() == 1)
            return answerOf(query->instant(*reader, defaultProject, times[0], {}));
        return answerOf(
            query->range(*reader, defaultProject, times.front(), times.back(), times[1] - times[0], {}));
    }

    static std::vector<std::vector<int64_t>> grids(const RandomSeries &data)
    {
        std::vector<std::vector<int64_t>> grids;
        for (const int64_t minutes : {3, 181, 199})
            grids.push_back({data.startMs + minutes * minuteMs + 7});
        for (const int64_t step : {121'234LL, 600'000LL}) {
            auto &times = grids.emplace_back();
            for (int64_t ms = data.startMs - minuteMs; ms < data.startMs + 206 * minuteMs; ms += step)
                times.push_back(ms);
        }
        return grids;
    }

    static double sum(const std::vector<double> &values)
    {
        promql::KahanSum sum;
        for (const double value : values)
            sum.add(value);
        return sum.value();
    }
    static double average(const std::vector<double> &values)
    {
        promql::KahanMean mean;
        for (const double value : values)
            mean.add(value);
        return mean.value();
    }
    static double least(const std::vector<double> &values)
    {
        double best = __builtin_nan("");
        for (const double value : values)
            best = value < best || std::isnan(best) ? value : best;
        return best;
    }
    static double count(const std::vector<double> &values) { return static_cast<double>(values.size()); }

private Q_SLOTS:
    void columnsAreThoseOfANaiveEvaluation()
    {
        for (uint32_t seed = 6; seed < 6 + rounds(); seed++) {
            const RandomSeries data(seed);
            for (const auto &times : grids(data)) {
                for (const Selected &selected : selectedExpressions) {
                    const Answer expected = naive(data, selected, times);
                    const std::string wrong = difference(ask(data, selected.text, times), expected);
                    QVERIFY2(wrong.empty(), (std::string(selected.text) + ": " + wrong).c_str());
                }
            }
        }
    }

    void aggregationsOnTheWayAreThoseOfAllColumns()
    {
        for (uint32_t seed = 100; seed < 100 + rounds(); seed++) {
            const RandomSeries data(seed);
            for (const auto &times : grids(data)) {
                for (const Selected &selected : selectedExpressions) {
                    for (const bool byZone : {false, true}) {
                        const std::string rest =
                            (byZone ? " by (zone) (" : "(") + std::string(selected.text) + ")";
                        const auto check = [&](const char *name, auto fold) {
                            return difference(ask(data, name + rest, times),
                                              folded(data, selected, times, byZone, fold));
                        };
                        QCOMPARE(check("sum", sum), std::string());
                        QCOMPARE(check("avg", average), std::string());
                        QCOMPARE(check("min", least), std::string());
                        QCOMPARE(check("count", count), std::string());
                    }
                }
            }
        }
    }

    /// What is wrapped so that it cannot be aggregated on the way takes all columns at once.
    void onTheWayOrAtOnceIsTheSame_data()
    {
        QTest::addColumn<QString>("operation");
        for (const char *operation : {"sum", "avg", "min", "max", "count", "group", "stddev", "stdvar",
                                      "topk(3, ", "bottomk(2, ", "topk(500, "})
            QTest::newRow(operation) << operation;
    }

    void onTheWayOrAtOnceIsTheSame()
    {
        QFETCH(QString, operation);
        const std::string name = operation.section('(', 0, 0).toStdString();
        const std::string parameter = operation.section('(', 1).toStdString();
        static const RandomSeries data(7);
        for (const auto &times : grids(data)) {
            for (const char *grouping : {"", " by (zone)", " by (__name__, zone)", " without (host)"}) {
                for (const char *inner :
                     {"load", "avg_over_time(load[10m])", "rate(load[5m])", "last_over_time(load[2m])"}) {
                    const std::string head = name + grouping + "(" + parameter;
                    const Answer streamed = ask(data, head + inner + ")", times);
                    const Answer whole = ask(data, head + "(" + inner + " or absent_metric))", times);
                    QCOMPARE(difference(streamed, whole), std::string());
                    QVERIFY(!streamed.empty());
                }
            }
        }
    }

    void sumsOfManyAreThoseOfEach()
    {
        std::mt19937_64 random(3);
        for (int round = 0; round < 300; round++) {
            std::vector<double> values(random() % 50);
            for (double &value : values) {
                const int exponent = static_cast<int>(random() % (round % 3 == 0 ? 2040 : 80)) - 1000;
                value = std::ldexp(static_cast<double>(random() % 1000) - 500,
                                   round % 3 == 0 ? exponent : exponent + 960);
                if (round % 5 == 0 && random() % 20 == 0)
                    value = random() % 2 == 0 ? __builtin_inf() : __builtin_nan("");
            }
            promql::KahanSum sum, all;
            promql::KahanMean mean, ofAll;
            for (const double value : values) {
                sum.add(value);
                mean.add(value);
            }
            all.addAll(values);
            ofAll.addAll(values);
            QVERIFY(sameBits(all.value(), sum.value()));
            QVERIFY(sameBits(ofAll.value(), mean.value()));
        }
    }

    void aQueryInTheMiddleOfALongWalkIsCancelled()
    {
        const RandomSeries data(11);
        const auto query = Query::parse("sum(quantile_over_time(0.5, load[3h]))");
        const auto reader = data.engine->openReader();
        std::atomic<bool> cancelled = false;
        std::thread canceller([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(30));
            cancelled = true;
        });
        const auto result = query->range(*reader, defaultProject, data.startMs, data.startMs + 190 * minuteMs,
                                         100, {}, &cancelled);
        canceller.join();
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::Cancelled);
    }

    void helpersLeaveBeforeTheAskerDoes()
    {
        promql::Crew crew(3);
        std::atomic<int> inside = 0;
        for (int round = 0; round < 200; round++) {
            {
                const promql::Crew::Help help(crew, [&] {
                    inside++;
                    inside--;
                });
            }
            QCOMPARE(inside.load(), 0);
            if (round % 50 == 49)
                crew.dismiss();
        }
    }

private:
    static uint32_t rounds()
    {
        return static_cast<uint32_t>(std::max(1, qEnvironmentVariableIntValue("PLIMSOLL_COLUMN_ROUNDS")));
    }
};

QTEST_GUILESS_MAIN(ColumnsTest)
#include "ColumnsTest.moc"
