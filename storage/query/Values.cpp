#include "storage/query/Values.h"

#include <algorithm>
#include <unordered_map>

namespace plimsoll::promql {

bool Column::empty() const
{
    return std::ranges::all_of(values, isStale) &&
           std::ranges::none_of(histograms,
                                [](const HistogramPtr &histogram) { return histogram != nullptr; });
}

void Column::setHistogram(size_t step, HistogramPtr histogram)
{
    if (histograms.empty())
        histograms.resize(values.size());
    histograms[step] = std::move(histogram);
    values[step] = noPoint();
}

void Column::clear(size_t step)
{
    values[step] = noPoint();
    if (!histograms.empty())
        histograms[step].reset();
}

void Column::take(size_t step, const Column &other)
{
    if (other.hasHistogram(step))
        setHistogram(step, other.histograms[step]);
    else
        values[step] = other.values[step];
}

namespace {

constexpr std::string_view metadataLabels[] = {nameLabel, "__type__", "__unit__"};

} // namespace

LabelsPtr withoutName(const LabelsPtr &labels)
{
    const auto has = [&](std::string_view name) { return !labels->value(name).empty(); };
    if (std::ranges::none_of(metadataLabels, has))
        return labels;
    auto result = std::make_shared<Labels>(*labels);
    removeName(*result);
    return result;
}

void removeName(Labels &labels)
{
    for (const auto name : metadataLabels)
        labels.remove(name);
}

Labels groupLabels(const Labels &labels, const std::vector<std::string> &names, bool without)
{
    std::vector<Labels::Pair> kept;
    for (const auto &pair : labels) {
        const bool named = std::ranges::find(names, pair.first) != names.end();
        if (without ? !named && pair.first != nameLabel : named)
            kept.push_back(pair);
    }
    return Labels(std::move(kept));
}

bool joinEqualLabels(VectorValue &vector)
{
    if (vector.size() < 2)
        return true;
    std::unordered_map<std::string, size_t> firstOf;
    firstOf.reserve(vector.size());
    std::vector<bool> joined(vector.size(), false);
    bool anyJoined = false;
    for (size_t i = 0; i < vector.size(); i++) {
        const auto [place, isNew] = firstOf.try_emplace(vector[i].labels->key(), i);
        if (isNew)
            continue;
        Column &first = vector[place->second];
        for (size_t step = 0; step < first.values.size(); step++) {
            if (!vector[i].has(step))
                continue;
            if (first.has(step))
                return false;
            first.take(step, vector[i]);
        }
        joined[i] = anyJoined = true;
    }
    if (anyJoined) {
        size_t kept = 0;
        for (size_t i = 0; i < vector.size(); i++) {
            if (joined[i])
                continue;
            if (kept != i)
                vector[kept] = std::move(vector[i]);
            kept++;
        }
        vector.resize(kept);
    }
    return true;
}

} // namespace plimsoll::promql
