#include "server/ingest/SampleWriter.h"

#include "server/ingest/NameRules.h"

namespace plimsoll::ingest {
namespace {

constexpr std::string_view requestMetric = "http_request_duration_seconds";
constexpr size_t maxProjectCaches = 64;

std::optional<std::string> asItStands(std::string_view name) { return std::string(name); }

/// Takes out series that no sample refers to.
void dropUnusedSeries(Batch &batch)
{
    std::vector<uint32_t> moved(batch.series.size(), 0);
    for (const auto &sample : batch.floats)
        moved[sample.series] = 1;
    for (const auto &sample : batch.histograms)
        moved[sample.series] = 1;
    uint32_t kept = 0;
    for (size_t i = 0; i < moved.size(); i++) {
        if (moved[i] == 0)
            continue;
        if (kept != i)
            batch.series[kept] = std::move(batch.series[i]);
        moved[i] = kept++;
    }
    batch.series.resize(kept);
    for (auto &sample : batch.floats)
        sample.series = moved[sample.series];
    for (auto &sample : batch.histograms)
        sample.series = moved[sample.series];
}

} // namespace

void SampleWriter::begin(Batch &batch, ProjectId project)
{
    if (m_caches.size() > maxProjectCaches)
        m_caches.clear();
    m_batch = &batch;
    m_batch->project = project;
    m_cache = &m_caches[project];
    m_cache->begin(batch);
    m_madeFor = SeriesCache::none;
    m_orphans = false;
}

void SampleWriter::finish()
{
    if (m_orphans)
        dropUnusedSeries(*m_batch);
}

void SampleWriter::refuse(const ItemError &error, ItemPlace place)
{
    Rejection rejection{m_batch->itemCount++, error.code, {}};
    if (place.section == std::string_view("line"))
        rejection.message = "line " + std::to_string(place.index) + ": ";
    else if (*place.section != '\0')
        rejection.message = place.section + ('[' + std::to_string(place.index)) + "]: ";
    rejection.message += error.message;
    m_batch->rejections.push_back(std::move(rejection));
    m_orphans = true;
}

ItemCheck SampleWriter::labelSet(std::string_view rawLabels, const MakeLabels &makeLabels, uint32_t &set)
{
    set = m_cache->findLabels(rawLabels);
    if (set != SeriesCache::none)
        return std::nullopt;
    m_madeFor = SeriesCache::none;
    m_made = {};
    if (auto error = makeLabels(m_made))
        return error;
    if (auto error = checkLabels(m_made))
        return error;
    set = m_madeFor = m_cache->addLabels(rawLabels);
    return std::nullopt;
}

ItemCheck SampleWriter::series(uint32_t set, std::string_view rawName, SampleType type, UnescapeName unescape,
                               const MakeLabels &makeLabels, uint32_t &position)
{
    position = m_cache->findSeries(set, rawName, type.kind, type.adoptsKind, item());
    if (position != SeriesCache::none)
        return std::nullopt;
    const auto name = unescape(rawName);
    if (!name)
        return ItemError{"bad_name", "The metric name " + quoted(rawName) + " has a malformed escape."};
    if (auto error = checkMetricName(*name))
        return error;
    if (m_madeFor != set) {
        m_made = {};
        m_madeFor = SeriesCache::none;
        if (auto error = makeLabels(m_made))
            return error;
        m_madeFor = set;
    }
    m_made.set(nameLabel, *name);
    position = m_cache->addSeries(set, rawName, m_made.key(), type.kind, type.adoptsKind, item());
    return std::nullopt;
}

void SampleWriter::addValues(std::string_view rawLabels, const MakeLabels &makeLabels,
                             std::span<const NamedValue> values, SampleType type, int64_t timestampMs,
                             ItemPlace place, UnescapeName unescape)
{
    uint32_t set = 0;
    if (auto error = labelSet(rawLabels, makeLabels, set)) {
        refuse(*error, place);
        return;
    }
    const size_t first = m_batch->floats.size();
    for (const NamedValue &value : values) {
        uint32_t position = 0;
        if (auto error = series(set, value.rawName, type, unescape, makeLabels, position)) {
            m_batch->floats.resize(first);
            refuse(*error, place);
            return;
        }
        m_batch->floats.push_back({position, timestampMs, value.value, item()});
    }
    m_batch->itemCount++;
}

void SampleWriter::addRequest(std::string_view rawLabels, const MakeLabels &makeLabels, double seconds,
                              int64_t timestampMs, ItemPlace place)
{
    const NamedValue value{requestMetric, seconds};
    addValues(rawLabels, makeLabels, {&value, 1}, {Kind::Distribution, false}, timestampMs, place,
              asItStands);
}

void SampleWriter::addDelta(const Labels &labels, std::string_view name, double value, int64_t timestampMs)
{
    uint32_t set = 0;
    uint32_t position = 0;
    // The prefix keeps these apart from raw bytes of requests.
    const std::string raw = '\x02' + labels.key();
    const auto make = [&](Labels &out) -> ItemCheck {
        out = labels;
        return std::nullopt;
    };
    if (!labelSet(raw, make, set) && !series(set, name, {Kind::Delta, false}, asItStands, make, position))
        m_batch->floats.push_back({position, timestampMs, value, item()});
}

void SampleWriter::addLlmCall(const Labels &labels, const LlmCall &call, const Prices &prices,
                              int64_t timestampMs, ItemPlace place)
{
    Labels all = labels;
    all.set("provider", call.provider);
    all.set("model", call.model);
    all.set("type", "cache_write"); // the longest that will be there, for the limits
    if (auto error = checkLabels(all)) {
        refuse(*error, place);
        return;
    }
    all.remove("type");
    addDelta(all, "llm_calls_total", 1, timestampMs);
    const Price *price = prices.find(call.provider, call.model, timestampMs);
    const auto cost = price ? costNanoUsd(*price, call.tokens) : std::nullopt;
    if (cost)
        addDelta(all, "llm_cost_usd_total", static_cast<double>(*cost) / 1e9, timestampMs);
    else
        addDelta(all, "llm_unpriced_calls_total", 1, timestampMs);
    const std::pair<const char *, int64_t> counts[] = {{"input", call.tokens.input},
                                                       {"output", call.tokens.output},
                                                       {"cache_read", call.tokens.cacheRead},
                                                       {"cache_write", call.tokens.cacheWrite}};
    for (const auto &[type, count] : counts) {
        if (count == 0)
            continue;
        all.set("type", type);
        addDelta(all, "llm_tokens_total", static_cast<double>(count), timestampMs);
    }
    m_batch->itemCount++;
}

} // namespace plimsoll::ingest
