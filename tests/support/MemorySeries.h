#pragma once

#include "storage/model/ExactSum.h"
#include "storage/model/SeriesReader.h"

#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

namespace plimsoll::test {

/// Series in memory behind the reader role, so that what reads can be tried apart from the engine. It holds
/// what the role promises: inclusive bounds, one entry per instant, deltas and distributions of one instant
/// add up. Floats and histograms of equal labels are two series, as some foreign data has them. Fill it
/// before it is read; it must outlive its readers.
class MemorySeries final : public ReaderSource
{
public:
    void add(const Labels &labels, Kind kind, int64_t timestampMs, double value,
             ProjectId project = defaultProject)
    {
        insert(series(labels, kind, project).floats, timestampMs, value, [&](double &stored) {
            if (!addsUp(kind)) {
                stored = value;
                return;
            }
            ExactSum sum(value);
            sum.add(stored);
            stored = sum.value();
        });
    }

    void add(const Labels &labels, Kind kind, int64_t timestampMs, const Histogram &value,
             ProjectId project = defaultProject)
    {
        insert(series(labels, kind, project).histograms, timestampMs, value, [&](Histogram &stored) {
            if (addsUp(kind))
                stored.merge(value);
            else
                stored = value;
        });
    }

    /// One observation of a distribution.
    void observe(const Labels &labels, int64_t timestampMs, double value, ProjectId project = defaultProject)
    {
        Histogram histogram(Histogram::ownSchema);
        histogram.observe(value);
        add(labels, Kind::Distribution, timestampMs, histogram, project);
    }

    void clear()
    {
        m_series.clear();
        m_byId.clear();
    }

    std::unique_ptr<SeriesReader> openReader() const override { return std::make_unique<Reader>(*this); }

private:
    struct Stored
    {
        ProjectId project = defaultProject;
        std::shared_ptr<const Labels> labels;
        Kind kind = Kind::Gauge;
        SeriesId id = 0;
        FloatColumns floats;
        HistogramColumns histograms;
    };

    Stored &series(const Labels &labels, Kind kind, ProjectId project)
    {
        Stored &stored = m_series[{project, labels, holdsHistograms(kind)}];
        if (!stored.labels) {
            stored.project = project;
            stored.labels = std::make_shared<Labels>(labels);
            stored.kind = kind;
            m_byId.push_back(&stored);
            stored.id = static_cast<SeriesId>(m_byId.size());
        }
        return stored;
    }

    template<typename Columns, typename Value, typename Combine>
    static void insert(Columns &columns, int64_t timestampMs, const Value &value, Combine combine)
    {
        auto &times = columns.timestampsMs;
        const auto place = std::ranges::lower_bound(times, timestampMs);
        const auto index = place - times.begin();
        if (place != times.end() && *place == timestampMs)
            return combine(columns.values[static_cast<size_t>(index)]);
        times.insert(place, timestampMs);
        columns.values.insert(columns.values.begin() + index, value);
    }

    class Reader final : public SeriesReader
    {
    public:
        explicit Reader(const MemorySeries &memory)
            : m_memory(memory)
        {
        }

        Result<std::vector<SelectedSeries>> select(ProjectId project, std::span<const Matcher> matchers,
                                                   int64_t fromMs, int64_t toMs) const override
        {
            std::vector<std::unique_ptr<RE2>> patterns;
            for (const Matcher &matcher : matchers) {
                patterns.push_back(std::make_unique<RE2>("(?s:" + matcher.value + ")", RE2::Quiet));
                if (matcher.op >= Matcher::Op::Regex && !patterns.back()->ok())
                    return Error{ErrorCode::Invalid, "bad regular expression", {}};
            }
            std::vector<SelectedSeries> result;
            for (const auto &[key, stored] : m_memory.m_series) {
                const bool any = within(stored.floats.timestampsMs, fromMs, toMs) ||
                                 within(stored.histograms.timestampsMs, fromMs, toMs);
                if (any && stored.project == project && matches(*stored.labels, matchers, patterns))
                    result.push_back({stored.id, stored.kind, stored.labels});
            }
            return result;
        }

        Status readFloats(SeriesId id, int64_t fromMs, int64_t toMs, FloatColumns &out) const override
        {
            copy(m_memory.m_byId[id - 1]->floats, fromMs, toMs, out);
            return {};
        }

        Status readHistograms(SeriesId id, int64_t fromMs, int64_t toMs, HistogramColumns &out) const override
        {
            copy(m_memory.m_byId[id - 1]->histograms, fromMs, toMs, out);
            return {};
        }

        Result<double> totalBefore(SeriesId id, int64_t beforeMs) const override
        {
            FloatColumns columns;
            copy(m_memory.m_byId[id - 1]->floats, INT64_MIN, beforeMs - 1, columns);
            ExactSum sum;
            for (const double value : columns.values)
                sum.add(value);
            return sum.value();
        }

        Result<Histogram> histogramBefore(SeriesId id, int64_t beforeMs) const override
        {
            HistogramColumns columns;
            copy(m_memory.m_byId[id - 1]->histograms, INT64_MIN, beforeMs - 1, columns);
            Histogram sum;
            for (const Histogram &value : columns.values)
                sum.merge(value);
            return sum;
        }

    private:
        static bool within(const std::vector<int64_t> &times, int64_t fromMs, int64_t toMs)
        {
            const auto place = std::ranges::lower_bound(times, fromMs);
            return place != times.end() && *place <= toMs;
        }

        static bool matches(const Labels &labels, std::span<const Matcher> matchers,
                            const std::vector<std::unique_ptr<RE2>> &patterns)
        {
            for (size_t i = 0; i < matchers.size(); i++) {
                const std::string value(labels.value(matchers[i].name));
                const bool regex = matchers[i].op >= Matcher::Op::Regex;
                const bool negative =
                    matchers[i].op == Matcher::Op::NotEqual || matchers[i].op == Matcher::Op::NotRegex;
                const bool equal = regex ? RE2::FullMatch(value, *patterns[i]) : value == matchers[i].value;
                if (equal == negative)
                    return false;
            }
            return true;
        }

        template<typename Columns>
        static void copy(const Columns &from, int64_t fromMs, int64_t toMs, Columns &to)
        {
            const auto first = std::ranges::lower_bound(from.timestampsMs, fromMs);
            const auto last = std::ranges::upper_bound(from.timestampsMs, toMs);
            const auto begin = first - from.timestampsMs.begin();
            const auto end = std::max(begin, last - from.timestampsMs.begin());
            to.timestampsMs.assign(from.timestampsMs.begin() + begin, from.timestampsMs.begin() + end);
            to.values.assign(from.values.begin() + begin, from.values.begin() + end);
        }

        const MemorySeries &m_memory;
    };

    std::map<std::tuple<ProjectId, Labels, bool>, Stored> m_series;
    std::vector<const Stored *> m_byId;
};

} // namespace plimsoll::test
