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

LabelsPtr withoutName(const LabelsPtr &labels)
{
    if (labels->name().empty())
        return labels;
    auto result = std::make_shared<Labels>(*labels);
    result->remove(nameLabel);
    return result;
}

void dropNames(VectorValue &vector)
{
    for (Column &column : vector)
        column.labels = withoutName(column.labels);
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
