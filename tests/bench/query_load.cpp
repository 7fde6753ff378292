// Whether queries can hurt. Three parts:
//
//   query_load ingest [seconds] [series]   The real program ($PLIMSOLL_BIN). How long small writes wait (200
//   a
//       second over HTTP, each acknowledged after its sync), first with nothing else to do, then while four
//       clients each ask, over and over, for a query that would read 10^9 samples.
//   query_load cancel [rounds]   The API over a real engine and real sockets: how long after a client went
//       away its query still runs; queries that read, that match a regular expression, that list and sort.
//   query_load answer   The real program: what memory an answer of ten million points takes.
#include "server/api/PrometheusApi.h"
#include "tests/support/ApplianceProcess.h"
#include "tests/support/HttpClient.h"
#include "tests/support/HttpFixture.h"
#include "tests/support/RawClient.h"
#include "tests/support/RemoteWriteBody.h"
#include "tests/support/TemporaryEngine.h"

#include <QCoreApplication>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <thread>

using namespace plimsoll;
using namespace std::chrono_literals;

namespace {

using SteadyClock = std::chrono::steady_clock;

double msSince(SteadyClock::time_point start)
{
    return std::chrono::duration<double, std::milli>(SteadyClock::now() - start).count();
}

void print(const char *name, std::vector<double> waits)
{
    std::sort(waits.begin(), waits.end());
    const auto at = [&](double q) { return waits[size_t(q * double(waits.size() - 1))]; };
    std::printf("%-28s %6zu, p50 %7.2f ms, p90 %7.2f ms, p99 %7.2f ms, longest %7.2f ms\n", name,
                waits.size(), at(0.5), at(0.9), at(0.99), waits.back());
    std::fflush(stdout);
}

/// Fills the appliance: `series` of 10,000 samples, one in 15 s, up to now.
bool fill(int port, int series)
{
    constexpr int samples = 10'000;
    constexpr int samplesAtOnce = 250;
    test::HttpClient client(port);
    const int64_t nowMs = SystemClock().nowMs();
    for (int first = 0; first < samples; first += samplesAtOnce) {
        std::string body;
        for (int i = 0; i < series; i++) {
            std::vector<std::pair<double, int64_t>> values;
            for (int s = first; s < first + samplesAtOnce; s++)
                values.emplace_back(s * 3 + i, nowMs - int64_t(samples - s) * 15'000);
            body += tests::prw::series({{"__name__", "load"}, {"host", std::to_string(i)}}, values);
        }
        std::string compressed;
        snappy::Compress(body.data(), body.size(), &compressed);
        const auto answer =
            client.post("/api/v1/write", compressed,
                        {{"Content-Type", "application/x-protobuf"}, {"Content-Encoding", "snappy"}});
        if (!answer || answer->status >= 300) {
            std::printf("filling failed: %s\n", answer ? answer->body.c_str() : "no answer");
            return false;
        }
    }
    return true;
}

/// Small writes, 200 a second whatever happens: a late one does not make the next ones late.
std::vector<double> writeFor(int port, double seconds)
{
    test::HttpClient client(port);
    std::vector<double> waits;
    const auto start = SteadyClock::now();
    for (int i = 0; msSince(start) < seconds * 1000; i++) {
        const auto due = start + i * 5ms;
        std::this_thread::sleep_until(due);
        const auto answer = client.post("/ingest", R"({"metrics":[{"name":"bench_write","value":1}]})",
                                        {{"Content-Type", "application/json"}});
        if (!answer || answer->status != 200)
            std::printf("a write failed\n");
        waits.push_back(msSince(due));
    }
    return waits;
}

/// Reads all series over and over, so that `series` * 10,000 * terms is 10^9.
std::string heavyQuery(int series)
{
    const int terms = std::max(1, int(1e9 / (10'000.0 * series)));
    std::string query;
    for (int i = 0; i < terms; i++)
        query += (i > 0 ? "%2B" : "") + std::string("sum(sum_over_time(load[42h]))");
    return query;
}

int besideQueries(double seconds, int series)
{
    test::ApplianceProcess appliance;
    if (!appliance.start()) {
        std::printf("it does not start: %s\n", appliance.output().constData());
        return 1;
    }
    if (!fill(appliance.port(), series))
        return 1;
    std::this_thread::sleep_for(2s);
    (void)writeFor(appliance.port(), 1);
    print("writes, idle", writeFor(appliance.port(), seconds));

    std::atomic<bool> stop{false};
    std::mutex mutex;
    std::map<std::string, int> answers;
    std::vector<double> durations;
    std::vector<std::thread> askers;
    for (int i = 0; i < 4; i++) {
        askers.emplace_back([&] {
            test::HttpClient client(appliance.port());
            while (!stop) {
                const auto start = SteadyClock::now();
                const auto answer = client.get("/api/v1/query?query=" + heavyQuery(series));
                const std::lock_guard lock(mutex);
                durations.push_back(msSince(start));
                answers[answer ? std::to_string(answer->status) + " " + answer->body.substr(0, 130)
                               : std::string("no answer")]++;
            }
        });
    }
    std::this_thread::sleep_for(500ms);
    print("writes, four heavy queries", writeFor(appliance.port(), seconds));
    stop = true;
    for (std::thread &asker : askers)
        asker.join();
    print("the heavy queries", durations);
    for (const auto &[answer, count] : answers)
        std::printf("  %4d x %s\n", count, answer.c_str());
    std::printf("RSS %lld MiB\n", static_cast<long long>(appliance.statusKiB("VmHWM") >> 10));
    return 0;
}

int answer()
{
    constexpr int series = 1000;
    test::ApplianceProcess appliance;
    if (!appliance.start() || !fill(appliance.port(), series))
        return 1;
    std::this_thread::sleep_for(2s);
    const qint64 before = appliance.statusKiB("VmRSS");
    const int64_t nowS = SystemClock().nowMs() / 1000;
    const auto start = SteadyClock::now();
    test::HttpClient client(appliance.port());
    const auto got =
        client.get("/api/v1/query_range?query=load&step=15&start=" + std::to_string(nowS - 150'000) +
                   "&end=" + std::to_string(nowS));
    if (!got)
        return 1;
    std::printf("%d, %zu MiB of JSON in %.0f ms; RSS %lld MiB before, %lld MiB at most\n", got->status,
                got->body.size() >> 20, msSince(start), static_cast<long long>(before >> 10),
                static_cast<long long>(appliance.statusKiB("VmHWM") >> 10));
    return 0;
}

void fillEngine(test::TemporaryEngine &engine, int series, int samples)
{
    for (int s = 0; s < samples; s++) {
        Batch batch;
        for (int i = 0; i < series; i++) {
            batch.series.push_back({Labels{{"__name__", "load"},
                                           {"host", "host-" + std::to_string(i * 7919 % series)},
                                           {"zone", "zone-" + std::to_string(i % 97)}}
                                        .key(),
                                    Kind::Gauge, false, batch.itemCount});
            batch.floats.push_back({uint32_t(i), engine.clock.nowMs() - int64_t(samples - s) * 15'000,
                                    double(s), batch.itemCount++});
        }
        if (!engine.commit(std::move(batch)).status)
            std::abort();
        engine->maintain();
    }
}

int cancel(int rounds)
{
    constexpr int series = 200'000;
    test::TemporaryEngine engine;
    std::printf("filling %d series\n", series);
    fillEngine(engine, series, 40);
    api::QueryPool pool(4);
    tests::HttpFixture http;
    api::PrometheusApi prometheus(api::PrometheusParts{engine.engine(), engine.clock, pool, "bench"});
    prometheus.addRoutes(http.router);
    http.start();
    const std::map<const char *, QByteArray> targets{
        {"read and aggregate", "/api/v1/query_range?query=quantile(.5,rate(load[5m]))&start=" +
                                   QByteArray::number(engine.clock.nowMs() / 1000 - 600) +
                                   "&end=" + QByteArray::number(engine.clock.nowMs() / 1000) + "&step=1"},
        {"sort", "/api/v1/query?query=sort(sum_over_time(load[1h]))"},
        {"regular expression", "/api/v1/query?query=count(load%7Bhost=~%22.*(1|2).*(3|4).*5.*%22%7D)"},
        {"list", "/api/v1/label/host/values"}};
    for (const auto &[name, target] : targets) {
        std::vector<double> waits;
        int ended = 0;
        for (int round = 0; round < rounds; round++) {
            auto client = std::make_unique<tests::RawClient>(http.port());
            client->send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            while (pool.busy() == 0)
                std::this_thread::yield();
            std::this_thread::sleep_for(std::chrono::milliseconds(5 + 17 * round % 90));
            const bool ran = pool.busy() > 0;
            const auto left = SteadyClock::now();
            client.reset();
            while (pool.busy() > 0)
                std::this_thread::sleep_for(100us);
            if (ran)
                waits.push_back(msSince(left));
            else
                ended++;
        }
        if (!waits.empty())
            print(name, waits);
        if (ended > 0)
            std::printf("%-28s ended by itself in %d of %d\n", name, ended, rounds);
    }
    http.stop();
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    const std::string part = argc > 1 ? argv[1] : "";
    if (part == "ingest")
        return besideQueries(argc > 2 ? std::atof(argv[2]) : 10, argc > 3 ? std::atoi(argv[3]) : 2000);
    if (part == "cancel")
        return cancel(argc > 2 ? std::atoi(argv[2]) : 20);
    if (part == "answer")
        return answer();
    std::printf("query_load ingest [seconds] [series] | cancel [rounds] | answer\n");
    return 2;
}
