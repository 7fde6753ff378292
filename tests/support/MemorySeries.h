#pragma once

#include "storage/model/ExactSum.h"
#include "storage/model/SeriesReader.h"

#include <algorithm>
#include <map>
#include <regex>

namespace plimsoll::test {

/// Series in memory behind the reader role, so that what reads can be tried apart from the engine. It holds
/// what the role promises: inclusive bounds, one entry per instant, deltas and distributions of one instant
/// add up. Fill it before it is read; it must outlive its readers.
class MemorySeries final : public ReaderSource
{
public:
    void add(const Labels &labels, Kind kind, int64_t timestampMs, double value,
             ProjectId project = defaultProject)
    {
        Series &series = seriesOf(labels, kind, project);
        const auto [at, isNew] = series.floats.try_emplace(timestampMs, value);
        if (!isNew)
            at->second = addsUp(kind) ? at->second + value : value;
    }

    void add(const Labels &labels, Kind kind, int64_t timestampMs, const Histogram &value,
             ProjectId project = defaultProject)
    {
        Series &series = seriesOf(labels, kind, project);
        const auto [at, isNew] = series.histograms.try_emplace(timestampMs, value);
        if (!isNew && addsUp(kind))
            at->second.merge(value);
        else if (!isNew)
            at->second = value;
    }

    /// One observation of a distribution.
    void observe(const Labels &labels, int64_t timestampMs, double value, ProjectId project = defaultProject)
    {
        Histogram histogram(Histogram::ownSchema);
        histogram.observe(value);
        add(labels, Kind::Distribution, timestampMs, histogram, project);
    }

    std::unique_ptr<SeriesReader> openReader() const override { return std::make_unique<Reader>(*this); }

private:
    struct Series
    {
        ProjectId project = defaultProject;
        Kind kind = Kind::Gauge;
        std::shared_ptr<const Labels> labels;
        std::map<int64_t, double> floats;
        std::map<int64_t, Histogram> histograms;
    };

    class Reader final : public SeriesReader
    {
    public:
        explicit Reader(const MemorySeries &all)
            : m_all(all)
        {
        }

        Result<std::vector<SelectedSeries>> select(ProjectId project, std::span<const Matcher> matchers,
                                                   int64_t fromMs, int64_t toMs) const override
        {
            std::vector<SelectedSeries> selected;
            for (size_t i = 0; i < m_all.m_series.size(); i++) {
                const Series &series = m_all.m_series[i];
                const auto fits = [&](const Matcher &matcher) { return matches(matcher, *series.labels); };
                if (series.project == project && std::all_of(matchers.begin(), matchers.end(), fits) &&
                    (hasAny(series.floats, fromMs, toMs) || hasAny(series.histograms, fromMs, toMs)))
                    selected.push_back({static_cast<SeriesId>(i + 1), series.kind, series.labels});
            }
            std::sort(selected.begin(), selected.end(),
                      [](const auto &a, const auto &b) { return *a.labels < *b.labels; });
            return selected;
        }

        Status readFloats(SeriesId id, int64_t fromMs, int64_t toMs, FloatColumns &out) const override
        {
            copy(m_all.m_series[id - 1].floats, fromMs, toMs, out);
            return {};
        }

        Status readHistograms(SeriesId id, int64_t fromMs, int64_t toMs, HistogramColumns &out) const override
        {
            copy(m_all.m_series[id - 1].histograms, fromMs, toMs, out);
            return {};
        }

        Result<double> totalBefore(SeriesId id, int64_t beforeMs) const override
        {
            ExactSum sum;
            for (const auto &[t, value] : m_all.m_series[id - 1].floats)
                if (t < beforeMs)
                    sum.add(value);
            return sum.value();
        }

        Result<Histogram> histogramBefore(SeriesId id, int64_t beforeMs) const override
        {
            Histogram sum(Histogram::ownSchema);
            for (const auto &[t, value] : m_all.m_series[id - 1].histograms)
                if (t < beforeMs)
                    sum.merge(value);
            return sum;
        }

    private:
        template<typename Samples>
        static bool hasAny(const Samples &samples, int64_t fromMs, int64_t toMs)
        {
            const auto first = samples.lower_bound(fromMs);
            return first != samples.end() && first->first <= toMs;
        }

        template<typename Samples, typename Columns>
        static void copy(const Samples &samples, int64_t fromMs, int64_t toMs, Columns &out)
        {
            out.clear();
            for (auto at = samples.lower_bound(fromMs); at != samples.end() && at->first <= toMs; ++at) {
                out.timestampsMs.push_back(at->first);
                out.values.push_back(at->second);
            }
        }

        static bool matches(const Matcher &matcher, const Labels &labels)
        {
            const std::string value(labels.value(matcher.name));
            switch (matcher.op) {
            case Matcher::Op::Equal:
                return value == matcher.value;
            case Matcher::Op::NotEqual:
                return value != matcher.value;
            case Matcher::Op::Regex:
                return std::regex_match(value, std::regex(matcher.value));
            case Matcher::Op::NotRegex:
                break;
            }
            return !std::regex_match(value, std::regex(matcher.value));
        }

        const MemorySeries &m_all;
    };

    Series &seriesOf(const Labels &labels, Kind kind, ProjectId project)
    {
        const auto [at, isNew] = m_index.try_emplace({project, labels.key()}, m_series.size());
        if (isNew)
            m_series.push_back({project, kind, std::make_shared<const Labels>(labels), {}, {}});
        return m_series[at->second];
    }

    std::vector<Series> m_series;
    std::map<std::pair<ProjectId, std::string>, size_t> m_index;
};

} // namespace plimsoll::test
