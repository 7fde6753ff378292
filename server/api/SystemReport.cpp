#include "server/api/SystemReport.h"

#include "server/api/JsonWriter.h"

namespace plimsoll::api {

namespace {

constexpr int64_t recentMs = 5 * 60'000;
constexpr int64_t rateMs = 60'000;

/// Reads newest values; the first failure is kept and ends the answer.
class Newest
{
public:
    explicit Newest(const ReadScope &scope)
        : m_scope(scope)
        , m_range{scope.nowMs - recentMs, scope.nowMs + 1000}
    {
    }

    std::vector<SelectedSeries> select(std::string_view metric)
    {
        auto selected = m_scope.select(metric, {}, m_range);
        if (selected)
            return std::move(*selected);
        m_status = selected.error();
        return {};
    }

    std::optional<double> of(const SelectedSeries &series)
    {
        const auto newest = newestFloat(m_scope, series.id, m_range);
        if (!newest)
            m_status = newest.error();
        return newest && *newest ? std::optional((*newest)->value) : std::nullopt;
    }

    std::optional<double> of(std::string_view metric)
    {
        const auto series = select(metric);
        return series.empty() ? std::nullopt : of(series.front());
    }

    /// The increase a second over the last minute, resets counted.
    std::optional<double> rateOf(std::string_view metric)
    {
        std::optional<Sample> first;
        std::optional<Sample> last;
        double increase = 0;
        for (const SelectedSeries &series : select(metric)) {
            const TimeRange range{m_scope.nowMs - rateMs, m_range.toMs};
            const Status read = m_scope.eachFloat(series.id, range, [&](int64_t t, double value) {
                if (last)
                    increase += value >= last->value ? value - last->value : value;
                last = Sample{t, value};
                if (!first)
                    first = last;
            });
            if (!read)
                m_status = read;
            break;
        }
        if (!first || last->timestampMs <= first->timestampMs)
            return std::nullopt;
        return increase * 1000 / static_cast<double>(last->timestampMs - first->timestampMs);
    }

    const Status &status() const { return m_status; }

private:
    const ReadScope &m_scope;
    TimeRange m_range;
    Status m_status;
};

void member(JsonWriter &json, std::string_view name, std::optional<double> figure)
{
    json.key(name);
    figure ? json.value(*figure) : json.null();
}

void writeDisks(JsonWriter &json, Newest &newest)
{
    std::map<std::string, std::array<std::optional<double>, 3>> mounts;
    constexpr std::array<std::string_view, 3> metrics = {"host_disk_used_bytes", "host_disk_total_bytes",
                                                         "host_disk_used_ratio"};
    for (size_t i = 0; i < metrics.size(); i++)
        for (const SelectedSeries &series : newest.select(metrics[i]))
            mounts[std::string(series.labels->value("mount"))][i] = newest.of(series);
    json.key("disks").beginArray();
    for (const auto &[mount, figures] : mounts) {
        if (!figures[1])
            continue;
        json.beginObject().member("mount", mount);
        member(json, "used_bytes", figures[0]);
        member(json, "total_bytes", figures[1]);
        member(json, "ratio", figures[2]);
        json.endObject();
    }
    json.endArray();
}

void writeLoad(JsonWriter &json, Newest &newest)
{
    json.key("load").beginArray();
    for (const std::string_view metric : {"host_load1", "host_load5", "host_load15"}) {
        const auto load = newest.of(metric);
        load ? json.value(*load) : json.null();
    }
    json.endArray();
}

} // namespace

Result<std::string> answerSystem(const ReadScope &scope, const std::string &host)
{
    Newest newest(scope);
    JsonWriter json;
    json.beginObject().member("host", host);
    member(json, "uptime_s", newest.of("host_uptime_seconds"));
    member(json, "cpu_ratio", newest.of("host_cpu_usage_ratio"));
    writeLoad(json, newest);
    json.key("memory").beginObject();
    member(json, "used_bytes", newest.of("host_memory_used_bytes"));
    member(json, "total_bytes", newest.of("host_memory_total_bytes"));
    member(json, "ratio", newest.of("host_memory_used_ratio"));
    json.endObject();
    writeDisks(json, newest);
    json.key("network").beginObject();
    member(json, "receive_bytes_per_s", newest.rateOf("host_network_receive_bytes_total"));
    member(json, "transmit_bytes_per_s", newest.rateOf("host_network_transmit_bytes_total"));
    json.endObject().key("process").beginObject();
    member(json, "rss_bytes", newest.of("plimsoll_process_resident_memory_bytes"));
    member(json, "cpu_ratio", newest.of("plimsoll_process_cpu_ratio"));
    member(json, "open_files", newest.of("plimsoll_process_open_files"));
    json.endObject().endObject();
    if (!newest.status())
        return newest.status().error();
    return json.take();
}

} // namespace plimsoll::api
