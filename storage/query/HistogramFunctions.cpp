#include "storage/query/Duration.h"
#include "storage/query/Evaluator.h"
#include "storage/query/HistogramMath.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>

namespace plimsoll::promql {

namespace {

/// The columns that describe one distribution: a native histogram, or the buckets of a classic one.
struct HistogramGroup
{
    LabelsPtr labels; ///< without le
    bool dropsName = true;
    std::string metricName;
    const Column *native = nullptr;
    std::vector<std::pair<double, const Column *>> classic; ///< upper bound and its counts
};

std::optional<double> parseBound(std::string_view text)
{
    if (text.starts_with('+'))
        text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

bool hasFloats(const Column &column) { return !std::ranges::all_of(column.values, isStale); }

std::vector<HistogramGroup> groupHistograms(Context &context, const VectorValue &vector, const Expr &argument)
{
    std::vector<HistogramGroup> groups;
    std::map<std::string, size_t> places;
    const auto groupFor = [&](const Column &column,
                              const std::vector<std::string> &dropped) -> HistogramGroup & {
        Labels labels = *column.labels;
        for (const auto &name : dropped)
            labels.remove(name);
        const auto [place, isNew] = places.try_emplace(labels.key(), groups.size());
        if (isNew)
            groups.push_back({std::make_shared<Labels>(std::move(labels)),
                              column.dropsName,
                              std::string(column.labels->name()),
                              nullptr,
                              {}});
        return groups[place->second];
    };
    for (const Column &column : vector) {
        if (!column.histograms.empty())
            groupFor(column, {}).native = &column;
        if (!hasFloats(column))
            continue;
        const std::string le(column.labels->value("le"));
        const auto bound = parseBound(le);
        if (bound)
            groupFor(column, {"le"}).classic.emplace_back(*bound, &column);
        else
            context.warn("bucket label \"le\" is missing or has a malformed value of \"" + le + "\"" +
                             forMetricIfAny(column.labels->name()),
                         argument.position);
    }
    return groups;
}

/// What a function makes of one histogram at one step.
using NativeFigure = double (*)(const Histogram &, double, double);
using ClassicFigure = double (*)(const std::vector<ClassicBucket> &, double, double);

/// Where the annotations of a function point to.
struct Positions
{
    Position native;  ///< those of native histograms
    Position classic; ///< of repaired classic ones
    Position vector;
};

struct Figures
{
    NativeFigure native;
    ClassicFigure classic;
    bool quantile = false;
};

double nativeQuantile(const Histogram &histogram, double q, double)
{
    return histogramQuantile(q, histogram);
}
double nativeFraction(const Histogram &histogram, double lower, double upper)
{
    return histogramFraction(lower, upper, histogram);
}
double bucketsQuantile(const std::vector<ClassicBucket> &buckets, double q, double)
{
    return classicQuantile(q, buckets);
}
double bucketsFraction(const std::vector<ClassicBucket> &buckets, double lower, double upper)
{
    return classicFraction(lower, upper, buckets);
}

constexpr Figures quantileFigures{nativeQuantile, bucketsQuantile, true};
constexpr Figures fractionFigures{nativeFraction, bucketsFraction, false};

/// Evaluates one group of columns over all steps.
class FigureFiller
{
public:
    FigureFiller(Context &context, const HistogramGroup &group, const Figures &figures,
                 const Positions &positions, const Grid &grid)
        : m_context(context)
        , m_group(group)
        , m_figures(figures)
        , m_positions(positions)
        , m_grid(grid)
    {
    }

    void fill(const ScalarValue &a, const ScalarValue &b, Column &column)
    {
        for (size_t step = 0; step < column.values.size(); step++) {
            m_buckets.clear();
            for (const auto &[upper, counts] : m_group.classic) {
                if (counts->hasFloat(step))
                    m_buckets.push_back({upper, counts->values[step]});
            }
            const bool native = m_group.native && m_group.native->hasHistogram(step);
            if (native && !m_buckets.empty())
                m_context.warn("vector contains a mix of classic and native histograms" +
                                   forMetricIfAny(m_group.metricName),
                               m_positions.vector);
            else if (native)
                column.values[step] = ofNative(*m_group.native->histograms[step], a[step], b[step]);
            else if (!m_buckets.empty())
                column.values[step] = ofClassic(step, a[step], b[step]);
        }
        informRepairs();
    }

private:
    double ofNative(const Histogram &histogram, double a, double b)
    {
        const double result = m_figures.native(histogram, a, b);
        if (!std::isnan(histogram.sum()) || histogram.count() == 0)
            return result;
        const char *note = !m_figures.quantile
                               ? "histogram_fraction has NaN observations, which are excluded "
                                 "from all fractions"
                           : std::isnan(result) ? "histogram_quantile has NaN observations, result is NaN"
                                                : "histogram_quantile has NaN observations, result is skewed "
                                                  "higher";
        m_context.inform(std::string("input to ") + note + forMetricIfAny(m_group.metricName),
                         m_positions.native);
        return result;
    }

    double ofClassic(size_t step, double a, double b)
    {
        const ClassicRepair repair = repairClassic(m_buckets);
        if (repair.forcedMonotonic) {
            if (m_repairs++ == 0)
                m_firstRepairMs = m_grid.at(step);
            m_lastRepairMs = m_grid.at(step);
            m_repair.firstUpper = std::min(m_repair.firstUpper, repair.firstUpper);
            m_repair.lastUpper = std::max(m_repair.lastUpper, repair.lastUpper);
            m_repair.maxDecrease = std::max(m_repair.maxDecrease, repair.maxDecrease);
        }
        return m_figures.classic(m_buckets, a, b);
    }

    void informRepairs()
    {
        if (m_repairs == 0 || !m_figures.quantile)
            return;
        char decrease[40];
        std::snprintf(decrease, sizeof decrease, "%.2g", m_repair.maxDecrease);
        m_context.inform(
            "input to histogram_quantile needed to be fixed for monotonicity (see "
            "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)" +
                forMetricIfAny(m_group.metricName) + ", from buckets " + formatGeneral(m_repair.firstUpper) +
                " to " + formatGeneral(m_repair.lastUpper) + ", with a max diff of " + decrease + ", over " +
                std::to_string(m_repairs) + " samples from " + timeText(m_firstRepairMs) + " to " +
                timeText(m_lastRepairMs),
            m_positions.classic);
    }

    static std::string timeText(int64_t timeMs)
    {
        using namespace std::chrono;
        const sys_time<milliseconds> time{milliseconds(timeMs)};
        const auto day = floor<days>(time);
        const year_month_day date(day);
        const hh_mm_ss clock(time - day);
        char text[64];
        std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                      static_cast<int>(clock.seconds().count()));
        std::string result = text;
        if (const auto rest = clock.subseconds().count(); rest > 0) {
            std::snprintf(text, sizeof text, ".%03d", static_cast<int>(rest));
            result += text;
            result.erase(result.find_last_not_of('0') + 1);
        }
        return result + "Z";
    }

    Context &m_context;
    const HistogramGroup &m_group;
    const Figures &m_figures;
    Positions m_positions;
    const Grid &m_grid;
    std::vector<ClassicBucket> m_buckets;
    ClassicRepair m_repair;
    size_t m_repairs = 0;
    int64_t m_firstRepairMs = 0;
    int64_t m_lastRepairMs = 0;
};

void warnQuantiles(Context &context, const ScalarValue &q, const Expr &argument)
{
    for (const double one : q) {
        if (!(one >= 0 && one <= 1))
            context.warn("quantile value should be between 0 and 1, got " + formatGeneral(one),
                         argument.position);
    }
}

Column resultColumn(const Context &context, const HistogramGroup &group, LabelsPtr labels, size_t steps)
{
    Column column(std::move(labels), steps);
    column.dropsName = group.dropsName;
    context.dropName(column);
    return column;
}

Value histogramQuantileFunction(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    Context &context = evaluator.context();
    const ScalarValue q = evaluator.scalar(*call.arguments[0], grid);
    const VectorValue vector = evaluator.vector(*call.arguments[1], grid);
    const Positions positions{call.arguments[0]->position, call.arguments[1]->position,
                              call.arguments[1]->position};
    warnQuantiles(context, q, *call.arguments[0]);
    VectorValue result;
    for (const auto &group : groupHistograms(context, vector, *call.arguments[1])) {
        Column column = resultColumn(context, group, group.labels, grid.steps);
        FigureFiller(context, group, quantileFigures, positions, grid).fill(q, q, column);
        if (!context.proceed())
            break;
        if (!column.empty())
            result.push_back(std::move(column));
    }
    evaluator.requireUnique(result);
    return result;
}

/// A quantile as OpenMetrics writes floats: "0.5", "1.0".
std::string quantileText(double q)
{
    std::string text = formatGeneral(q);
    const bool whole = text.find_first_of(".eIN") == std::string::npos;
    return whole ? text + ".0" : text;
}

Value histogramQuantilesFunction(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    const VectorValue vector = evaluator.vector(*call.arguments[0], grid);
    const std::string label = evaluator.string(*call.arguments[1]);
    Context &context = evaluator.context();
    const auto groups = groupHistograms(context, vector, *call.arguments[0]);
    const Position position = call.arguments[0]->position;
    const Positions positions{position, position, position};
    VectorValue result;
    for (size_t i = 2; i < call.arguments.size(); i++) {
        const ScalarValue q = evaluator.scalar(*call.arguments[i], grid);
        warnQuantiles(context, q, *call.arguments[i]);
        for (const auto &group : groups) {
            auto labels = std::make_shared<Labels>(*group.labels);
            labels->set(label, quantileText(q.front()));
            Column column = resultColumn(context, group, std::move(labels), grid.steps);
            FigureFiller(context, group, quantileFigures, positions, grid).fill(q, q, column);
            if (!context.proceed())
                return result;
            if (!column.empty())
                result.push_back(std::move(column));
        }
    }
    evaluator.requireUnique(result);
    return result;
}

Value histogramFractionFunction(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    const ScalarValue lower = evaluator.scalar(*call.arguments[0], grid);
    const ScalarValue upper = evaluator.scalar(*call.arguments[1], grid);
    const VectorValue vector = evaluator.vector(*call.arguments[2], grid);
    Context &context = evaluator.context();
    const Positions positions{call.arguments[0]->position, call.arguments[2]->position,
                              call.arguments[2]->position};
    VectorValue result;
    for (const auto &group : groupHistograms(context, vector, *call.arguments[2])) {
        Column column = resultColumn(context, group, group.labels, grid.steps);
        FigureFiller(context, group, fractionFigures, positions, grid).fill(lower, upper, column);
        if (!column.empty())
            result.push_back(std::move(column));
    }
    evaluator.requireUnique(result);
    return result;
}

/// Applies a figure to each histogram of a vector; floats are left out.
template<double (*Figure)(const Histogram &)>
Value eachHistogram(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    VectorValue result;
    for (const Column &column : evaluator.vector(*call.arguments[0], grid)) {
        if (column.histograms.empty())
            continue;
        Column figures(column.labels, grid.steps);
        figures.dropsName = column.dropsName;
        evaluator.context().dropName(figures);
        for (size_t step = 0; step < grid.steps; step++) {
            if (column.hasHistogram(step))
                figures.values[step] = Figure(*column.histograms[step]);
        }
        result.push_back(std::move(figures));
    }
    evaluator.requireUnique(result);
    return result;
}

double countOf(const Histogram &histogram) { return histogram.count(); }
double sumOf(const Histogram &histogram) { return histogram.sum(); }
double averageOf(const Histogram &histogram) { return histogram.sum() / histogram.count(); }
double deviationOf(const Histogram &histogram) { return std::sqrt(histogramVariance(histogram)); }

FunctionRow row(std::string_view name, std::vector<ValueType> arguments, SpecialFunction function)
{
    FunctionRow result{name, arguments, arguments.size()};
    result.special = function;
    return result;
}

} // namespace

std::vector<FunctionRow> histogramFunctions()
{
    constexpr auto scalar = ValueType::Scalar;
    constexpr auto vector = ValueType::InstantVector;
    FunctionRow quantiles =
        row("histogram_quantiles", {vector, ValueType::String, scalar}, histogramQuantilesFunction);
    quantiles.repeatsLast = true;
    return {
        row("histogram_quantile", {scalar, vector}, histogramQuantileFunction),
        quantiles,
        row("histogram_fraction", {scalar, scalar, vector}, histogramFractionFunction),
        row("histogram_count", {vector}, eachHistogram<countOf>),
        row("histogram_sum", {vector}, eachHistogram<sumOf>),
        row("histogram_avg", {vector}, eachHistogram<averageOf>),
        row("histogram_stddev", {vector}, eachHistogram<deviationOf>),
        row("histogram_stdvar", {vector}, eachHistogram<histogramVariance>),
    };
}

} // namespace plimsoll::promql
