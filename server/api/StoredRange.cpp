#include "server/api/StoredRange.h"

#include "server/api/JsonWriter.h"

#include <QDateTime>

namespace plimsoll::api {

namespace {

std::string utcText(int64_t timestampMs)
{
    return QDateTime::fromMSecsSinceEpoch(timestampMs, Qt::UTC).toString(Qt::ISODate).toStdString();
}

} // namespace

StoredRange StoredRange::of(const Coverage &coverage, TimeRange range)
{
    const auto clamped = [&](int64_t ms) { return std::clamp(ms, range.fromMs, range.toMs); };
    const int64_t samplesFromMs = clamped(coverage.samplesFromMs);
    const int64_t hoursFromMs = std::min(clamped(coverage.hoursFromMs), samplesFromMs);
    return {{range.fromMs, hoursFromMs}, {hoursFromMs, samplesFromMs}, {samplesFromMs, range.toMs}};
}

Status readRollups(const ReadScope &scope, SeriesId series, const StoredRange &stored, RollupColumns &out)
{
    out.clear();
    int64_t fromMs = stored.hours.fromMs;
    if (stored.days.spanMs() > 0) {
        if (Status read = scope.reader.readDays(series, stored.days.fromMs, stored.days.toMs - 1, out); !read)
            return read;
        // A day that reaches into the hours counts them already.
        if (out.size() > 0)
            fromMs = std::max(fromMs, out.endsMs.back());
    }
    if (fromMs < stored.hours.toMs) {
        RollupColumns hours;
        if (Status read = scope.reader.readHours(series, fromMs, stored.hours.toMs - 1, rollupAll, hours);
            !read)
            return read;
        out.append(hours);
    }
    return scope.alive();
}

void StoredForms::add(const StoredRange &range)
{
    m_samples = m_samples || range.samples.spanMs() > 0;
    m_hours = m_hours || range.hours.spanMs() > 0;
    m_days = m_days || range.days.spanMs() > 0;
    if (range.samples.fromMs > range.days.fromMs)
        m_samplesFromMs = std::max(m_samplesFromMs, range.samples.fromMs);
}

void StoredForms::write(JsonWriter &json, std::string_view more) const
{
    json.key("stored").beginArray();
    if (m_samples)
        json.value("samples");
    if (m_hours)
        json.value("hours");
    if (m_days)
        json.value("days");
    json.endArray().key("infos").beginArray();
    if (!onlySamples())
        json.value(
            "Samples before " + utcText(m_samplesFromMs) +
            " are not kept any more: " + (m_days ? "days" : "hours") +
            " of them stand for them, each counted as a whole, and quantiles of single values are not known "
            "there.");
    if (!more.empty())
        json.value(more);
    json.endArray();
}

} // namespace plimsoll::api
