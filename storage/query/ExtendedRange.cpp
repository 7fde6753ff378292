#include "storage/query/ExtendedRange.h"

#include <algorithm>

namespace plimsoll::promql {

namespace {

using Bounds = VectorSelector::Bounds;

const VectorSelector &selectorOf(const Expr &range)
{
    return *unwrapped(range).as<RangeSelector>()->selector->as<VectorSelector>();
}

struct Sample
{
    int64_t timeMs = 0;
    double value = 0;
};

/// Between two samples; a counter that fell between them began anew.
double interpolated(const Sample &a, const Sample &b, int64_t timeMs, bool isCounter)
{
    const double from = isCounter && b.value < a.value ? 0 : a.value;
    return from + (b.value - from) * static_cast<double>(timeMs - a.timeMs) /
                      static_cast<double>(b.timeMs - a.timeMs);
}

/// The samples that matter for a range: `first` and `last` may lie outside of it.
struct Extended
{
    std::vector<Sample> samples;
    int64_t startMs = 0; ///< exclusive
    int64_t endMs = 0;
    bool smoothed = false;

    /// False where nothing lies in the range.
    bool cut()
    {
        if (samples.empty())
            return false;
        const auto after = [](int64_t timeMs, const Sample &sample) { return timeMs < sample.timeMs; };
        const auto later = std::upper_bound(samples.begin(), samples.end() - 1, startMs, after);
        samples.erase(samples.begin(), later == samples.begin() ? later : later - 1);
        if (smoothed) {
            const auto end =
                std::ranges::lower_bound(samples.begin(), samples.end() - 1, endMs, {}, &Sample::timeMs);
            samples.erase(end + 1, samples.end());
        }
        return samples.back().timeMs > startMs;
    }

    double left(bool isCounter) const
    {
        const Sample &first = samples.front();
        return smoothed && first.timeMs < startMs && samples.size() > 1
                   ? interpolated(first, samples[1], startMs, isCounter)
                   : first.value;
    }

    double right(bool isCounter) const
    {
        const Sample &last = samples.back();
        return smoothed && samples.size() > 1 && last.timeMs > endMs
                   ? interpolated(samples[samples.size() - 2], last, endMs, isCounter)
                   : last.value;
    }

    /// Those strictly inside.
    std::span<const Sample> inner() const
    {
        auto all = std::span(samples);
        if (!all.empty() && all.front().timeMs <= startMs)
            all = all.subspan(1);
        if (!all.empty() && all.back().timeMs >= endMs)
            all = all.first(all.size() - 1);
        return all;
    }
};

double increaseOf(const Extended &range, bool isCounter)
{
    const double left = range.left(isCounter);
    const double right = range.right(isCounter);
    double result = right - left;
    double before = left;
    const auto correct = [&](double value) {
        if (isCounter && value < before)
            result += before;
        before = value;
    };
    for (const Sample &sample : range.inner())
        correct(sample.value);
    correct(right);
    return result;
}

/// The samples of a window whose margins were widened, as changes and resets want it.
Point countedBy(const FunctionRow &function, const Extended &range, const RangeCall &call,
                Kind kind = Kind::Untyped)
{
    std::vector<int64_t> times;
    std::vector<double> values;
    for (const Sample &sample : range.samples) {
        times.push_back(sample.timeMs);
        values.push_back(sample.value);
    }
    Window window;
    window.times = times;
    window.values = values;
    window.startMs = range.startMs;
    window.endMs = range.endMs;
    window.kind = kind;
    return function.range(window, call);
}

/// Increments lie in a range or they do not: its bounds need no care.
double incrementsOf(const FunctionRow &function, const Extended &range, const RangeCall &call)
{
    Extended inside = range;
    std::erase_if(inside.samples, [&](const Sample &sample) {
        return sample.timeMs <= range.startMs || sample.timeMs > range.endMs;
    });
    return countedBy(function, inside, call, Kind::Delta).value;
}

struct Allowed
{
    std::span<const std::string_view> names;
    std::string list() const
    {
        std::string result;
        for (const auto name : names)
            result += (result.empty() ? "" : ", ") + std::string(name);
        return result;
    }
};

constexpr std::string_view anchoredFunctions[] = {"changes", "delta", "increase", "rate", "resets"};
constexpr std::string_view smoothedFunctions[] = {"delta", "increase", "rate"};

/// Selects the series of such a range and the samples around it.
class ExtendedFeed
{
public:
    ExtendedFeed(Evaluator &evaluator, const Expr &range, const Grid &grid)
        : m_context(evaluator.context())
        , m_selector(selectorOf(range))
        , m_ends(evaluator.windowEnds(range, grid))
        , m_rangeMs(evaluator.rangeMs(range))
        , m_lookbackMs(m_context.limits.lookbackMs)
    {
    }

    bool smoothed() const { return m_selector.bounds == Bounds::Smoothed; }

    template<typename Use>
    void each(Use use)
    {
        const int64_t fromMs = m_ends.front() - m_rangeMs - m_lookbackMs + 1;
        const int64_t toMs = m_ends.back() + (smoothed() ? m_lookbackMs : 0);
        StreamSamples samples;
        for (const SelectedStream &stream : selectStreams(m_context, m_selector, fromMs, toMs, false)) {
            readStream(m_context, stream, fromMs, toMs, samples);
            if (samples.histograms.size() > 0)
                m_context.fail({ErrorCode::Unprocessable,
                                "smoothed and anchored modifiers do not work with native histograms",
                                {}});
            if (m_context.failed())
                return;
            use(stream, samples.floats);
        }
    }

    Extended at(size_t step, const FloatColumns &floats) const
    {
        const int64_t endMs = m_ends[step];
        Extended range{{}, endMs - m_rangeMs, endMs, smoothed()};
        const int64_t toMs = endMs + (smoothed() ? m_lookbackMs : 0);
        const auto first = std::ranges::upper_bound(floats.timestampsMs, range.startMs - m_lookbackMs) -
                           floats.timestampsMs.begin();
        for (auto i = static_cast<size_t>(first); i < floats.size() && floats.timestampsMs[i] <= toMs; i++) {
            if (!isStale(floats.values[i]))
                range.samples.push_back({floats.timestampsMs[i], floats.values[i]});
        }
        return range;
    }

private:
    Context &m_context;
    const VectorSelector &m_selector;
    std::vector<int64_t> m_ends;
    int64_t m_rangeMs;
    int64_t m_lookbackMs;
};

} // namespace

bool isExtended(const Expr &range)
{
    const Expr &inner = unwrapped(range);
    return inner.as<RangeSelector>() && selectorOf(inner).bounds != Bounds::Plain;
}

VectorValue evaluateExtended(Evaluator &evaluator, const Expr &expr, const Call &call, const Expr &range,
                             const Grid &grid)
{
    Context &context = evaluator.context();
    ExtendedFeed feed(evaluator, range, grid);
    const FunctionRow &function = *call.function;
    const Allowed allowed{feed.smoothed() ? std::span<const std::string_view>(smoothedFunctions)
                                          : std::span<const std::string_view>(anchoredFunctions)};
    if (std::ranges::find(allowed.names, function.name) == allowed.names.end()) {
        context.fail(expr.position, std::string(feed.smoothed() ? "smoothed" : "anchored") +
                                        " modifier can only be used with: " + allowed.list() +
                                        " - not with " + std::string(function.name));
        return {};
    }
    const bool counts = function.name == "changes" || function.name == "resets";
    const bool isRate = function.name == "rate";
    const bool isCounter = function.name != "delta";
    VectorValue result;
    feed.each([&](const SelectedStream &stream, const FloatColumns &floats) {
        Column column(stream.labels, grid.steps);
        context.dropName(column);
        for (size_t step = 0; step < grid.steps && (step % 64 != 63 || context.proceed()); step++) {
            Extended samples = feed.at(step, floats);
            const RangeCall details{context, expr, range, *stream.labels, {}, grid.at(step)};
            if (stream.kind == Kind::Delta && !samples.samples.empty())
                column.values[step] = incrementsOf(function, samples, details);
            if (stream.kind == Kind::Delta || !samples.cut())
                continue;
            const double seconds = static_cast<double>(samples.endMs - samples.startMs) / 1000;
            column.values[step] = counts ? countedBy(function, samples, details).value
                                         : increaseOf(samples, isCounter) / (isRate ? seconds : 1);
        }
        if (column.empty())
            return;
        context.countPoints(grid.steps);
        if (!counts && isCounter)
            informUnlessCounter(stream.kind, {context, expr, range, *stream.labels, {}, 0});
        result.push_back(std::move(column));
    });
    evaluator.requireUnique(result);
    return result;
}

void eachExtended(Evaluator &evaluator, const Expr &range, const Grid &grid,
                  const std::function<void(const RangeSeries &)> &use)
{
    ExtendedFeed feed(evaluator, range, grid);
    feed.each([&](const SelectedStream &stream, const FloatColumns &floats) {
        Extended samples = feed.at(0, floats);
        if (!samples.cut())
            return;
        RangeSeries series;
        series.labels = stream.labels;
        series.kind = stream.kind;
        const auto add = [&](int64_t timeMs, double value) {
            series.floats.timestampsMs.push_back(timeMs);
            series.floats.values.push_back(value);
        };
        add(samples.startMs, samples.left(false));
        for (const Sample &sample : samples.inner())
            add(sample.timeMs, sample.value);
        add(samples.endMs, samples.right(false));
        use(series);
    });
}

void fillSmoothed(Context &context, const StreamSamples &samples, const std::vector<int64_t> &times,
                  Column &column)
{
    if (samples.histograms.size() > 0) {
        context.fail({ErrorCode::Unprocessable,
                      "smoothed and anchored modifiers do not work with native histograms",
                      {}});
        return;
    }
    const int64_t lookbackMs = context.limits.lookbackMs;
    std::vector<Sample> all;
    for (size_t i = 0; i < samples.floats.size(); i++) {
        if (!isStale(samples.floats.values[i]))
            all.push_back({samples.floats.timestampsMs[i], samples.floats.values[i]});
    }
    for (size_t step = 0; step < times.size(); step++) {
        const auto next = std::ranges::lower_bound(all, times[step], {}, &Sample::timeMs);
        const bool follows = next != all.end() && next->timeMs <= times[step] + lookbackMs;
        const bool precedes = next != all.begin() && (next - 1)->timeMs > times[step] - lookbackMs;
        if (follows && next->timeMs == times[step])
            column.values[step] = next->value;
        else if (precedes)
            column.values[step] =
                follows ? interpolated(*(next - 1), *next, times[step], false) : (next - 1)->value;
    }
}

} // namespace plimsoll::promql
