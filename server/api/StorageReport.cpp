#include "server/api/StorageReport.h"

#include "server/api/JsonWriter.h"

#include <sys/statvfs.h>

namespace plimsoll::api {

namespace {

constexpr int64_t hourMs = 3600 * 1000;
constexpr double dayMs = 24.0 * hourMs;

struct Space
{
    double freeBytes = 0;
    double totalBytes = 0;
};

std::optional<Space> spaceOf(const std::filesystem::path &directory)
{
    struct statvfs space = {};
    if (directory.empty() || ::statvfs(directory.c_str(), &space) != 0)
        return std::nullopt;
    const auto unit = static_cast<double>(space.f_frsize);
    return Space{static_cast<double>(space.f_bavail) * unit, static_cast<double>(space.f_blocks) * unit};
}

/// The growth of our own gauge of the database's size over the last day.
Result<std::optional<double>> daysLeftOf(const ReadScope &scope, double freeBytes)
{
    const TimeRange range{scope.nowMs - 24 * hourMs, scope.nowMs + 1};
    const auto selected = scope.select("plimsoll_chunk_bytes", {}, range);
    if (!selected)
        return selected.error();
    std::optional<Sample> first;
    Sample last;
    for (const SelectedSeries &series : *selected) {
        const Status read = scope.eachFloat(series.id, range, [&](int64_t t, double value) {
            last = {t, value};
            if (!first)
                first = last;
        });
        if (!read)
            return read.error();
        break;
    }
    if (!first)
        return std::optional<double>();
    return daysLeft(freeBytes, last.value - first->value, last.timestampMs - first->timestampMs);
}

/// The time before which nothing was dropped yet is null.
void writeFloor(JsonWriter &json, int64_t floorMs)
{
    floorMs == INT64_MIN ? json.null() : json.value(floorMs);
}

void write(JsonWriter &json, const EngineStats &stats)
{
    json.member("samples_total", stats.samplesAccepted).member("rejected_total", stats.samplesRejected);
    json.member("series", stats.series).member("journal_bytes", stats.journalBytes);
    json.member("head_bytes", stats.headBytes).member("chunk_bytes", stats.chunkBytes);
    json.member("queue_depth", stats.storeQueueDepth).member("recovered_samples", stats.recoveredSamples);
    json.key("samples_from_ms");
    writeFloor(json, stats.samplesFromMs);
    json.key("hours_from_ms");
    writeFloor(json, stats.hoursFromMs);
    json.member("dropped_for_space", stats.droppedForSpace).member("checkpoint_bytes", stats.checkpointBytes);
    json.member("spool_files", stats.spoolFiles).member("spool_bytes", stats.spoolBytes);
    json.member("damaged", stats.damagedFrames + stats.damagedSections + stats.damagedSpoolFiles);
    json.key("database_away");
    stats.databaseAway.empty() ? json.null() : json.value(stats.databaseAway);
}

void member(JsonWriter &json, std::string_view name, std::optional<double> figure)
{
    json.key(name);
    figure ? json.value(*figure) : json.null();
}

} // namespace

std::optional<double> daysLeft(double freeBytes, double bytesGrown, int64_t spanMs)
{
    if (spanMs < hourMs || bytesGrown <= 0)
        return std::nullopt;
    return freeBytes / bytesGrown * static_cast<double>(spanMs) / dayMs;
}

Result<std::string> answerStorage(const ReadScope &scope, const StorageFigures &figures)
{
    const auto space = spaceOf(figures.directory);
    std::optional<double> days;
    if (space) {
        const auto found = daysLeftOf(scope, space->freeBytes);
        if (!found)
            return found.error();
        days = *found;
    }
    JsonWriter json;
    json.beginObject().member("samples_per_second", figures.samplesPerSecond());
    write(json, figures.engine());
    member(json, "disk_free_bytes", space ? std::optional(space->freeBytes) : std::nullopt);
    member(json, "disk_total_bytes", space ? std::optional(space->totalBytes) : std::nullopt);
    member(json, "days_left", days);
    json.member("data_directory", figures.directory.string());
    json.member("database", figures.database).endObject();
    return json.take();
}

} // namespace plimsoll::api
