#include "server/api/MetricDescription.h"

#include <algorithm>
#include <array>
#include <utility>

namespace plimsoll::api {

namespace {

using Row = std::pair<std::string_view, std::string_view>;

constexpr std::array rows = {
    Row{"host_cpu_usage_ratio", "Part of all processors' time that was not idle."},
    Row{"host_disk_total_bytes", "Size of a mounted file system."},
    Row{"host_disk_used_bytes", "Space in use on a mounted file system."},
    Row{"host_disk_used_ratio", "Part of a mounted file system in use."},
    Row{"host_load1", "Load average over 1 minute."},
    Row{"host_load15", "Load average over 15 minutes."},
    Row{"host_load5", "Load average over 5 minutes."},
    Row{"host_memory_total_bytes", "Size of the memory."},
    Row{"host_memory_used_bytes", "Memory that is not available to new work."},
    Row{"host_memory_used_ratio", "Part of the memory that is not available to new work."},
    Row{"host_network_receive_bytes_total", "Bytes received on all interfaces but loopback."},
    Row{"host_network_transmit_bytes_total", "Bytes sent on all interfaces but loopback."},
    Row{"host_uptime_seconds", "Time since the machine started."},
    Row{"http_request_duration_seconds", "Time that requests took, by route template."},
    Row{"http_requests_in_flight", "Requests being answered."},
    Row{"llm_calls_total", "Calls of language models."},
    Row{"llm_cost_usd_total", "Cost of calls of language models, by the price valid at the time."},
    Row{"llm_tokens_total", "Tokens used by calls of language models."},
    Row{"plimsoll_chunk_bytes", "Size of sealed chunks in the database."},
    Row{"plimsoll_head_bytes", "Memory used by the newest samples."},
    Row{"plimsoll_head_samples", "Samples in memory that are not sealed yet."},
    Row{"plimsoll_http_connections", "Open HTTP connections."},
    Row{"plimsoll_http_requests_total", "HTTP requests answered by this appliance."},
    Row{"plimsoll_ingest_queue_depth", "Batches waiting for the ingest thread."},
    Row{"plimsoll_ingest_rejected_total", "Items that were refused."},
    Row{"plimsoll_ingest_samples_total", "Samples taken."},
    Row{"plimsoll_journal_bytes", "Journal that is not yet in chunks."},
    Row{"plimsoll_journal_syncs_total", "Times the journal was synced to disk."},
    Row{"plimsoll_process_cpu_ratio", "Processors used by this appliance; 1 is one whole processor."},
    Row{"plimsoll_process_open_files", "Files and sockets that this appliance holds open."},
    Row{"plimsoll_process_resident_memory_bytes", "Memory that this appliance occupies."},
    Row{"plimsoll_series", "Series known."},
    Row{"plimsoll_store_queue_depth", "Jobs waiting for the store thread."},
};
static_assert(std::is_sorted(rows.begin(), rows.end()));

constexpr std::array<std::string_view, 14> unitWords = {
    "seconds", "milliseconds", "ms",     "bytes", "ratio",   "percent", "usd",
    "eur",     "celsius",      "meters", "volts", "amperes", "joules",  "grams"};

std::string_view lastWord(std::string_view text) { return text.substr(text.find_last_of('_') + 1); }

std::string_view unitOf(std::string_view metric)
{
    if (metric.ends_with("_total"))
        metric.remove_suffix(6);
    const std::string_view word = lastWord(metric);
    const auto found = std::find(unitWords.begin(), unitWords.end(), word);
    return found == unitWords.end() || word == metric ? std::string_view() : *found;
}

} // namespace

MetricDescription describe(std::string_view metric)
{
    const auto row =
        std::lower_bound(rows.begin(), rows.end(), metric,
                         [](const Row &each, std::string_view name) { return each.first < name; });
    const bool known = row != rows.end() && row->first == metric;
    return {known ? row->second : std::string_view(), unitOf(metric)};
}

std::string_view prometheusType(Kind kind)
{
    switch (kind) {
    case Kind::Gauge:
        return "gauge";
    case Kind::Counter:
    case Kind::Delta:
        return "counter";
    case Kind::Histogram:
    case Kind::Distribution:
        return "histogram";
    case Kind::Untyped:
        break;
    }
    return "unknown";
}

} // namespace plimsoll::api
