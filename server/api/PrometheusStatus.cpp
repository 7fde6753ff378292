#include "server/api/PrometheusStatus.h"

#include "server/api/JsonWriter.h"
#include "server/api/PrometheusApiJson.h"
#include "server/api/PrometheusEnvelope.h"
#include "server/api/PrometheusListings.h"

#include <QDateTime>
#include <QSysInfo>

#include <algorithm>
#include <map>
#include <thread>
#include <unordered_map>

namespace plimsoll::api::prometheus {

namespace {

constexpr size_t defaultRows = 10;
constexpr size_t maxRows = 10'000;

std::string timeText(int64_t timeMs)
{
    return QDateTime::fromMSecsSinceEpoch(timeMs, Qt::UTC).toString(Qt::ISODateWithMs).toStdString();
}

/// How often, or how much, something is there, the most first.
class Ranking
{
public:
    void add(const std::string &name, uint64_t amount) { m_amounts[name] += amount; }

    std::string toJson(size_t rows) const
    {
        std::vector<std::pair<std::string, uint64_t>> sorted(m_amounts.begin(), m_amounts.end());
        std::ranges::sort(sorted, [](const auto &a, const auto &b) {
            return std::pair(b.second, a.first) < std::pair(a.second, b.first);
        });
        JsonWriter json;
        json.beginArray();
        for (size_t i = 0; i < std::min(rows, sorted.size()); i++)
            json.beginObject().member("name", sorted[i].first).member("value", sorted[i].second).endObject();
        json.endArray();
        return json.take();
    }
    size_t size() const { return m_amounts.size(); }

private:
    std::unordered_map<std::string, uint64_t> m_amounts;
};

/// What the labels of a project's series amount to.
struct Cardinality
{
    Ranking seriesByMetric;
    Ranking seriesByPair;
    Ranking valuesByLabel;
    Ranking bytesByLabel;

    explicit Cardinality(const std::vector<SelectedSeries> &all)
    {
        std::map<std::string, std::map<std::string, uint64_t, std::less<>>, std::less<>> pairs;
        for (const SelectedSeries &series : all) {
            seriesByMetric.add(std::string(series.labels->name()), 1);
            for (const auto &[name, value] : *series.labels)
                pairs[std::string(name)][std::string(value)]++;
        }
        for (const auto &[name, values] : pairs) {
            valuesByLabel.add(name, values.size());
            for (const auto &[value, count] : values) {
                seriesByPair.add(name + '=' + value, count);
                bytesByLabel.add(name, value.size());
            }
        }
    }
};

} // namespace

http::Response answerBuildInfo(const PrometheusParts &parts)
{
    // Clients read from the version which features a Prometheus has: these are those of 3.0.
    JsonWriter writer;
    writer.beginObject().member("version", "3.0.0+plimsoll." + parts.version);
    for (const char *name : {"revision", "branch", "buildUser", "buildDate", "goVersion"})
        writer.member(name, "");
    writer.endObject();
    return success(writer.take());
}

http::Response answerRuntimeInfo(const PrometheusCall &call)
{
    const PrometheusParts &parts = call.parts;
    JsonWriter writer;
    writer.beginObject().member("startTime", timeText(parts.startedMs)).member("CWD", "");
    writer.member("hostname", QSysInfo::machineHostName().toStdString());
    writer.member("serverTime", timeText(parts.clock.nowMs()));
    writer.member("reloadConfigSuccess", true).member("lastConfigTime", timeText(parts.startedMs));
    const EngineStats stats = parts.engine();
    writer.member("corruptionCount", stats.damagedFrames + stats.damagedSections + stats.damagedChunks +
                                         stats.damagedSpoolFiles);
    writer.member("goroutineCount", 0);
    writer.member("GOMAXPROCS", static_cast<int64_t>(std::thread::hardware_concurrency()));
    writer.member("GOMEMLIMIT", 0).member("GOGC", "").member("GODEBUG", "");
    writer.member("storageRetention", parts.retention).endObject();
    return success(writer.take());
}

http::Response answerFlags(const PrometheusCall &call)
{
    JsonWriter writer;
    writer.beginObject();
    for (const auto &[name, value] : call.parts.settings)
        writer.member(name, value);
    writer.endObject();
    return success(writer.take());
}

http::Response answerConfig(const PrometheusCall &)
{
    return success(R"({"yaml":"# Plimsoll has no such file. Its settings are at /api/v1/status/flags.\n"})");
}

http::Response answerTsdb(const PrometheusCall &call)
{
    const auto limit = call.arguments.limit();
    if (!limit)
        return failure(limit.error());
    if (*limit > maxRows)
        return failure({ErrorCode::Invalid, "limit must not exceed " + std::to_string(maxRows), {}});
    const size_t rows = *limit > 0 ? *limit : defaultRows;
    const auto reader = call.parts.readers.openReader();
    const auto all = selectAny(call, *reader, {{}}, {-(int64_t(1) << 52), int64_t(1) << 52});
    if (!all)
        return failure(all.error());
    const Cardinality cardinality(*all);
    const EngineStats stats = call.parts.engine();
    JsonWriter writer;
    writer.beginObject().key("headStats").beginObject();
    writer.member("numSeries", static_cast<uint64_t>(all->size()));
    writer.member("numLabelPairs", static_cast<uint64_t>(cardinality.seriesByPair.size()));
    writer.member("chunkCount", 0); // the head has columns
    writer.member("minTime", std::max<int64_t>(stats.samplesFromMs, 0));
    writer.member("maxTime", call.parts.clock.nowMs()).endObject();
    writer.key("seriesCountByMetricName").raw(cardinality.seriesByMetric.toJson(rows));
    writer.key("labelValueCountByLabelName").raw(cardinality.valuesByLabel.toJson(rows));
    writer.key("memoryInBytesByLabelName").raw(cardinality.bytesByLabel.toJson(rows));
    writer.key("seriesCountByLabelValuePair").raw(cardinality.seriesByPair.toJson(rows));
    writer.endObject();
    return success(writer.take());
}

http::Response answerWalReplay(const PrometheusCall &)
{
    return success(R"({"min":0,"max":0,"current":0,"state":"done"})");
}

http::Response answerAlertmanagers(const PrometheusCall &)
{
    return success(R"({"activeAlertmanagers":[],"droppedAlertmanagers":[]})");
}

} // namespace plimsoll::api::prometheus
