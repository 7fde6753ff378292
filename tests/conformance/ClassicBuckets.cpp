#include "tests/conformance/ClassicBuckets.h"

#include <cmath>
#include <map>
#include <optional>

namespace plimsoll::conformance {

namespace {

struct Classic
{
    std::map<double, double> buckets;
    std::optional<double> sum;
    std::optional<double> count;
};

Histogram customOf(const Classic &classic)
{
    std::vector<double> bounds;
    for (const auto &[bound, count] : classic.buckets) {
        if (std::isfinite(bound))
            bounds.push_back(bound);
    }
    Histogram histogram = Histogram::withBounds(bounds);
    double before = 0;
    int32_t index = 0;
    for (const auto &[bound, count] : classic.buckets) {
        if (count > before)
            histogram.addPositive(index, count - before);
        before = std::max(before, count);
        index++;
    }
    if (classic.count && *classic.count > before &&
        (classic.buckets.empty() || std::isfinite(classic.buckets.rbegin()->first)))
        histogram.addPositive(index, *classic.count - before);
    histogram.setTotals(classic.count.value_or(before), classic.sum.value_or(0));
    return histogram;
}

} // namespace

void convertClassic(const std::vector<NotedSeries> &all,
                    const std::function<void(const Labels &, size_t, const Histogram &)> &use)
{
    std::map<Labels, std::map<size_t, Classic>> found;
    for (const NotedSeries &series : all) {
        std::string name(series.labels.name());
        const auto suffix = name.ends_with("_bucket")  ? 7U
                            : name.ends_with("_count") ? 6U
                            : name.ends_with("_sum")   ? 4U
                                                       : 0U;
        if (suffix == 0)
            continue;
        const std::string le(series.labels.value("le"));
        if (suffix == 7 && le.empty())
            continue;
        Labels labels = series.labels;
        labels.set(nameLabel, name.substr(0, name.size() - suffix));
        labels.remove("le");
        const double bound = suffix == 7 ? std::strtod(le.c_str(), nullptr) : 0;
        for (size_t i = 0; i < series.points.size(); i++) {
            if (series.points[i].missing || series.points[i].histogram)
                continue;
            Classic &classic = found[labels][i];
            if (suffix == 7)
                classic.buckets[bound] = series.points[i].value;
            else
                (suffix == 6 ? classic.count : classic.sum) = series.points[i].value;
        }
    }
    for (const auto &[labels, points] : found) {
        for (const auto &[index, classic] : points) {
            if (!classic.buckets.empty() || classic.count)
                use(labels, index, customOf(classic));
        }
    }
}

} // namespace plimsoll::conformance
