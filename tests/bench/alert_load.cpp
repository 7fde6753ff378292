// Whether many alarms and checks hurt:
//
//   alert_load [rules] [seconds] [checks]
//
// The real program ($PLIMSOLL_BIN) on one core, with 1,000 series that report every 15 s. How long small
// writes wait (100 a second, each acknowledged after its sync), first with nothing to watch, then with 1,000
// rules and 500 checks at 15 s; and how long after its time each rule was evaluated. It fails where the last
// has a p99 of a second or more, or where the p99 of the writes doubles and grows by 5 ms.
#include "storage/model/Clock.h"
#include "tests/support/ApplianceProcess.h"
#include "tests/support/HttpClient.h"
#include "tests/support/RemoteWriteBody.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

using namespace plimsoll;

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int hosts = 100;
constexpr int metrics = 10;

/// Prints the figures and gives the p99.
double print(const char *name, std::vector<double> values)
{
    if (values.empty())
        return 0;
    std::sort(values.begin(), values.end());
    const auto at = [&](double q) { return values[size_t(q * double(values.size() - 1))]; };
    std::printf("%-32s %6zu, p50 %8.2f ms, p99 %8.2f ms, longest %8.2f ms\n", name, values.size(), at(0.5),
                at(0.99), values.back());
    std::fflush(stdout);
    return at(0.99);
}

/// All series at some times.
bool report(test::HttpClient &client, int64_t fromMs, int samples)
{
    std::string body;
    for (int i = 0; i < hosts * metrics; i++) {
        std::vector<std::pair<double, int64_t>> values;
        for (int s = 0; s < samples; s++)
            values.emplace_back((s * 7 + i) % 100, fromMs + s * 15'000);
        body += tests::prw::series({{"__name__", "load" + std::to_string(i % metrics)},
                                    {"host", std::to_string(i / metrics)},
                                    {"job", "job" + std::to_string(i / metrics % 10)}},
                                   values);
    }
    std::string compressed;
    snappy::Compress(body.data(), body.size(), &compressed);
    const auto answer =
        client.post("/api/v1/write", compressed,
                    {{"Content-Type", "application/x-protobuf"}, {"Content-Encoding", "snappy"}});
    return answer && answer->status < 300;
}

std::string expression(int i)
{
    const std::string metric = "load" + std::to_string(i % metrics);
    const std::string host = "{host=\"" + std::to_string(i % hosts) + "\"}";
    switch (i % 5) {
    case 0:
    case 1:
        return metric + host + " > 98";
    case 2:
        return "max_over_time(" + metric + host + "[10m]) > 1000";
    case 3:
        return "avg by (job) (avg_over_time(" + metric + "[5m])) > 99";
    default:
        return "count by (host) (" + metric + " > 50) > 5";
    }
}

bool createRules(int port, int count)
{
    test::HttpClient client(port);
    for (int i = 0; i < count; i++) {
        const QJsonObject rule{{"name", "rule " + QString::number(i)},
                               {"expr", QString::fromStdString(expression(i))},
                               {"for", i % 2 == 0 ? "0s" : "1m"}};
        const auto made = client.post("/api/app/rules", QJsonDocument(rule).toJson().toStdString(),
                                      {{"Content-Type", "application/json"}});
        if (!made || made->status != 201) {
            std::printf("a rule was refused: %s\n", made ? made->body.c_str() : "no answer");
            return false;
        }
    }
    return true;
}

/// Of the program itself: half ask for its health, half only connect.
bool createChecks(int port, int count)
{
    test::HttpClient client(port);
    const QString address = "127.0.0.1:" + QString::number(port);
    for (int i = 0; i < count; i++) {
        const bool http = i % 2 == 0;
        const QJsonObject check{{"name", "check " + QString::number(i)},
                                {"kind", http ? "http" : "tcp"},
                                {"target", http ? "http://" + address + "/health/live" : address},
                                {"interval", "15s"},
                                {"timeout", "5s"}};
        const auto made = client.post("/api/app/checks", QJsonDocument(check).toJson().toStdString(),
                                      {{"Content-Type", "application/json"}});
        if (!made || made->status != 201) {
            std::printf("a check was refused: %s\n", made ? made->body.c_str() : "no answer");
            return false;
        }
    }
    return true;
}

/// How many checks are said to be up.
size_t checksUp(int port)
{
    test::HttpClient client(port);
    const auto page = client.get("/api/app/checks?limit=500");
    const QJsonDocument json =
        QJsonDocument::fromJson(QByteArray::fromStdString(page ? page->body : std::string()));
    const QJsonArray items = json["items"].toArray();
    return size_t(std::count_if(items.begin(), items.end(),
                                [](const QJsonValue &check) { return check["state"].toString() == "ok"; }));
}

/// Small writes, 100 a second whatever happens; every 15 s all series report.
std::vector<double> writeFor(int port, double seconds)
{
    test::HttpClient client(port);
    test::HttpClient reporter(port);
    std::vector<double> waits;
    const auto start = SteadyClock::now();
    int64_t reportedMs = 0;
    for (int i = 0; i < int(seconds * 100); i++) {
        const auto due = start + std::chrono::milliseconds(10 * i);
        std::this_thread::sleep_until(due);
        const int64_t nowMs = SystemClock().nowMs();
        if (nowMs / 15'000 != reportedMs / 15'000)
            report(reporter, reportedMs = nowMs, 1);
        const auto begun = SteadyClock::now();
        const auto answer = client.post("/track/clicks", "1");
        if (!answer || answer->status != 200)
            continue;
        waits.push_back(std::chrono::duration<double, std::milli>(SteadyClock::now() - begun).count());
    }
    return waits;
}

/// How late each rule was, collected after every evaluation.
std::vector<double> watchLags(int port, const std::atomic<bool> &ends)
{
    test::HttpClient client(port);
    std::vector<double> lags;
    const int64_t startMs = SystemClock().nowMs();
    int64_t collectedMs = startMs;
    while (!ends) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        const int64_t nowMs = SystemClock().nowMs();
        if (nowMs / 15'000 == collectedMs / 15'000 || nowMs % 15'000 < 4'000)
            continue;
        collectedMs = nowMs;
        std::string cursor;
        do {
            const auto page =
                client.get("/api/app/rules?limit=500" + (cursor.empty() ? "" : "&cursor=" + cursor));
            const QJsonDocument json =
                QJsonDocument::fromJson(QByteArray::fromStdString(page ? page->body : std::string()));
            for (const QJsonValue rule : json["items"].toArray()) {
                if (rule["last_evaluated_ms"].toInteger() > startMs)
                    lags.push_back(rule["last_lag_ms"].toDouble());
            }
            cursor = json["next_cursor"].toString().toStdString();
        } while (!cursor.empty());
    }
    return lags;
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const int rules = argc > 1 ? std::atoi(argv[1]) : 1000;
    const double seconds = argc > 2 ? std::atof(argv[2]) : 60;
    const int checks = argc > 3 ? std::atoi(argv[3]) : 500;
    test::ApplianceProcess appliance;
    if (!appliance.start()) {
        std::printf("it does not start: %s\n", appliance.output().constData());
        return 1;
    }
    QProcess pin;
    pin.start("taskset", {"-apc", "0", QString::number(appliance.processId())});
    pin.waitForFinished();
    test::HttpClient client(appliance.port());
    if (!report(client, SystemClock().nowMs() - 60 * 15'000, 60))
        return 1;
    const double before = print("writes, nothing to watch", writeFor(appliance.port(), seconds));
    if (!createRules(appliance.port(), rules) || !createChecks(appliance.port(), checks))
        return 1;
    std::atomic<bool> ends = false;
    std::vector<double> lags;
    std::thread watcher([&] { lags = watchLags(appliance.port(), ends); });
    const double after = print("writes, with rules and checks", writeFor(appliance.port(), seconds));
    ends = true;
    watcher.join();
    const double late = print("an evaluation after its time", lags);
    std::printf("%zu of %d checks are up\n", checksUp(appliance.port()), checks);
    const bool met = !lags.empty() && late < 1000 && (after < 2 * before || after < before + 5);
    std::printf("%s\n", met ? "met" : "MISSED");
    return appliance.stop() && met ? 0 : 1;
}
