#include "server/api/PrometheusListings.h"

#include "server/api/JsonWriter.h"
#include "server/api/MetricDescription.h"
#include "server/api/PrometheusApiJson.h"
#include "server/api/PrometheusEnvelope.h"
#include "storage/model/StoppableSort.h"

#include <QString>

#include <charconv>
#include <map>
#include <set>

namespace plimsoll::api::prometheus {

namespace {

/// Wide enough for every sample, with room to compute.
constexpr int64_t earliestMs = -(int64_t(1) << 52);
constexpr int64_t latestMs = int64_t(1) << 52;

constexpr const char *truncatedWarning = "results truncated due to limit";

/// What a listing was asked for.
struct Listing
{
    std::vector<SelectedSeries> series;
    size_t limit = 0;

    bool isFull(size_t count) const { return limit > 0 && count >= limit; }
};

Result<Listing> listingOf(const PrometheusCall &call, bool required)
{
    const auto selectors = call.arguments.selectors(required);
    if (!selectors)
        return selectors.error();
    const auto startMs = call.arguments.timeMs("start", earliestMs);
    if (!startMs)
        return startMs.error();
    const auto endMs = call.arguments.timeMs("end", latestMs);
    if (!endMs)
        return endMs.error();
    const auto limit = call.arguments.limit();
    if (!limit)
        return limit.error();
    const auto reader = call.parts.readers.openReader();
    auto selected = selectAny(call, *reader, *selectors, {*startMs, *endMs + 1});
    if (!selected)
        return selected.error();
    return Listing{std::move(*selected), *limit};
}

/// The first texts of a set, with a warning where there are more.
http::Response answerTexts(const std::set<std::string, std::less<>> &texts, const Listing &listing)
{
    std::vector<std::string> shown;
    Notes notes;
    for (const std::string &text : texts) {
        if (listing.isFull(shown.size())) {
            notes.warnings.emplace_back(truncatedWarning);
            break;
        }
        shown.push_back(text);
    }
    return success(textsToJson(shown), notes);
}

/// What its sender says of the family that a metric is of, or else what is known from its kind and name.
Batch::Description familyOf(const PrometheusCall &call, std::string_view name, Kind kind)
{
    const MetricDescription own = describe(name);
    Batch::Description known{std::string(name), std::string(prometheusType(kind)), std::string(own.help),
                             std::string(own.unit)};
    const auto said = call.parts.metadata ? call.parts.metadata->find(call.project(), name) : std::nullopt;
    if (!said)
        return known;
    if (said->family != name)
        known = {said->family, "unknown", {}, {}};
    if (!said->type.empty())
        known.type = said->type;
    if (!said->help.empty())
        known.help = said->help;
    if (!said->unit.empty())
        known.unit = said->unit;
    return known;
}

} // namespace

Result<std::vector<SelectedSeries>> selectAny(const PrometheusCall &call, const SeriesReader &reader,
                                              const std::vector<std::vector<Matcher>> &selectors,
                                              TimeRange range)
{
    const StopToken stop(&call.cancelled, call.parts.limits.timeoutMs);
    reader.bind(stop, call.parts.limits.maxSamples);
    std::vector<SelectedSeries> all;
    Status done;
    for (const auto &matchers : selectors) {
        auto selected = reader.select(call.project(), matchers, range.fromMs, range.toMs - 1);
        if (!selected) {
            done = selected.error();
            break;
        }
        if (all.empty())
            all = std::move(*selected);
        else
            all.insert(all.end(), std::make_move_iterator(selected->begin()),
                       std::make_move_iterator(selected->end()));
    }
    const auto byLabels = [](const SelectedSeries &a, const SelectedSeries &b) {
        return *a.labels != *b.labels ? *a.labels < *b.labels : a.id < b.id;
    };
    if (done && selectors.size() > 1 && !stoppableSort(all, byLabels, stop))
        done = stop.status();
    reader.unbind();
    if (!done)
        return done.error();
    const auto sameId = [](const SelectedSeries &a, const SelectedSeries &b) { return a.id == b.id; };
    all.erase(std::unique(all.begin(), all.end(), sameId), all.end());
    return all;
}

http::Response answerSeries(const PrometheusCall &call)
{
    const auto listing = listingOf(call, true);
    if (!listing)
        return failure(listing.error());
    Notes notes;
    std::string data = "[";
    size_t count = 0;
    const Labels *before = nullptr;
    for (const SelectedSeries &series : listing->series) {
        if (before && *before == *series.labels)
            continue; // floats and histograms of equal labels are one series there
        if (listing->isFull(count)) {
            notes.warnings.emplace_back(truncatedWarning);
            break;
        }
        if (count++ > 0)
            data += ',';
        data += labelsToJson(*series.labels);
        before = series.labels.get();
    }
    data += ']';
    return success(std::move(data), notes);
}

http::Response answerLabels(const PrometheusCall &call)
{
    const auto listing = listingOf(call, false);
    if (!listing)
        return failure(listing.error());
    std::set<std::string, std::less<>> names;
    for (const SelectedSeries &series : listing->series) {
        for (const auto &[name, value] : *series.labels) {
            if (!names.contains(name))
                names.emplace(name);
        }
    }
    return answerTexts(names, *listing);
}

http::Response answerLabelValues(const PrometheusCall &call)
{
    const std::string name = unescapedName(call.request.parameter("name"));
    if (name.empty())
        return failure({ErrorCode::Invalid, "invalid label name: \"\"", {}});
    const auto listing = listingOf(call, false);
    if (!listing)
        return failure(listing.error());
    std::set<std::string, std::less<>> values;
    for (const SelectedSeries &series : listing->series) {
        const auto value = series.labels->value(name);
        if (!value.empty() && !values.contains(value))
            values.emplace(value);
    }
    return answerTexts(values, *listing);
}

http::Response answerMetadata(const PrometheusCall &call)
{
    const auto listing = listingOf(call, false);
    if (!listing)
        return failure(listing.error());
    const auto only = call.arguments.text("metric");
    std::map<std::string, Batch::Description, std::less<>> families;
    std::set<std::string_view> seen;
    for (const SelectedSeries &series : listing->series) {
        const std::string_view name = series.labels->name();
        if (!seen.insert(name).second)
            continue;
        Batch::Description family = familyOf(call, name, series.kind);
        if (!only || *only == name || *only == family.family)
            families.try_emplace(family.family, family);
    }
    JsonWriter writer;
    writer.beginObject();
    size_t count = 0;
    for (const auto &[name, family] : families) {
        if (listing->isFull(count++))
            break;
        writer.key(name).beginArray().beginObject();
        writer.member("type", family.type).member("help", family.help).member("unit", family.unit);
        writer.endObject().endArray();
    }
    writer.endObject();
    return success(writer.take());
}

std::string unescapedName(std::string_view name)
{
    constexpr size_t maxDigits = 6;
    if (!name.starts_with("U__"))
        return std::string(name);
    std::string plain;
    for (size_t i = 3; i < name.size(); i++) {
        if (name[i] != '_') {
            plain += name[i];
            continue;
        }
        const size_t end = name.find('_', i + 1);
        const std::string_view digits = name.substr(i + 1, end == std::string_view::npos ? 0 : end - i - 1);
        char32_t code = U'_';
        uint32_t number = 0;
        if (end == std::string_view::npos || digits.size() > maxDigits)
            return std::string(name);
        if (!digits.empty()) {
            const auto [last, failed] =
                std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
            const bool isCharacter = number <= 0x10ffff && (number < 0xd800 || number > 0xdfff);
            if (failed != std::errc() || last != digits.data() + digits.size() || !isCharacter)
                return std::string(name);
            code = number;
        }
        plain += QString::fromUcs4(&code, 1).toStdString();
        i = end;
    }
    return plain;
}

} // namespace plimsoll::api::prometheus
