#include "alerts/Unit.h"

#include "storage/query/Ast.h"
#include "storage/query/Functions.h"

#include <QLocale>

#include <array>
#include <cmath>
#include <optional>
#include <span>

namespace plimsoll::alerts {

namespace {

using promql::BinaryOp;
using promql::Expr;
using Kind = Unit::Kind;

struct Name
{
    std::string_view text;
    Kind kind;
};

constexpr std::array suffixes{
    Name{"_seconds", Kind::Seconds}, Name{"_s", Kind::Seconds},   Name{"_milliseconds", Kind::Milliseconds},
    Name{"_ms", Kind::Milliseconds}, Name{"_bytes", Kind::Bytes}, Name{"_ratio", Kind::Ratio},
    Name{"_percent", Kind::Percent}, Name{"_usd", Kind::Usd},     Name{"_celsius", Kind::Celsius}};
constexpr std::array kindNames{
    Name{"", Kind::Count},      Name{"seconds", Kind::Seconds}, Name{"milliseconds", Kind::Milliseconds},
    Name{"bytes", Kind::Bytes}, Name{"ratio", Kind::Ratio},     Name{"percent", Kind::Percent},
    Name{"usd", Kind::Usd},     Name{"celsius", Kind::Celsius}};

/// While an expression is read a rate of seconds stays one, so that a quotient of rates has its unit; in the
/// end it is a share of time.
using Reading = std::optional<Unit>;

Reading read(const Expr &expr);

Reading ofSelector(const promql::VectorSelector &selector)
{
    for (const Matcher &matcher : selector.matchers) {
        if (matcher.name == nameLabel && matcher.op == Matcher::Op::Equal)
            return Unit::ofMetric(matcher.value);
    }
    return Unit();
}

Reading without(Reading unit)
{
    if (unit)
        unit->perSecond = false;
    return unit;
}

Reading ofCall(const promql::Call &call)
{
    const std::string_view name = call.function->name;
    Reading inner;
    for (const promql::ExprPtr &argument : call.arguments) {
        if (argument->type == promql::ValueType::InstantVector ||
            argument->type == promql::ValueType::RangeVector)
            inner = inner ? inner : read(*argument);
    }
    if (name == "rate" || name == "irate" || name == "deriv") {
        if (inner)
            inner->perSecond = true;
        return inner;
    }
    if (name == "histogram_count")
        return Unit{Kind::Count, inner && inner->perSecond};
    if (name.starts_with("histogram_"))
        return name == "histogram_sum" ? inner : without(inner);
    for (const std::string_view counts : {"count_over_time", "absent", "absent_over_time", "changes",
                                          "resets", "present_over_time", "timestamp", "time"}) {
        if (name == counts)
            return Unit();
    }
    return inner;
}

Reading ofProduct(const Reading &left, const Reading &right, const std::optional<double> &factor)
{
    const Reading &unit = left ? left : right;
    if (!unit || (left && right))
        return Unit();
    if (factor == 100 && unit->kind == Kind::Ratio)
        return Unit{Kind::Percent, false};
    return factor == 1 ? unit : Unit();
}

Reading ofQuotient(const Reading &left, const Reading &right)
{
    if (!left || !right)
        return Unit();
    if (left->kind == right->kind)
        return Unit{Kind::Ratio, false};
    if (right->kind != Kind::Count)
        return Unit();
    return Unit{left->kind, left->perSecond && !right->perSecond};
}

std::optional<double> numberOf(const Expr &expr)
{
    const auto *literal = promql::unwrapped(expr).as<promql::NumberLiteral>();
    return literal ? std::optional(literal->value) : std::nullopt;
}

Reading ofBinary(const promql::Binary &binary)
{
    const Reading left = read(*binary.left), right = read(*binary.right);
    if (binary.op == BinaryOp::Multiply) {
        const auto factor = numberOf(*binary.right);
        return ofProduct(left, right, factor ? factor : numberOf(*binary.left));
    }
    if (binary.op == BinaryOp::Divide)
        return ofQuotient(left, right);
    if (binary.op == BinaryOp::Add || binary.op == BinaryOp::Subtract)
        return left ? left : right;
    if (promql::isComparison(binary.op))
        return binary.returnBool ? Reading(Unit()) : (left ? left : right);
    return promql::isSetOperator(binary.op) ? left : Reading(Unit());
}

Reading ofAggregation(const promql::Aggregation &aggregation)
{
    using promql::AggregateOp;
    const bool counts = aggregation.op == AggregateOp::Count || aggregation.op == AggregateOp::Group ||
                        aggregation.op == AggregateOp::CountValues || aggregation.op == AggregateOp::StdVar;
    return counts ? Reading(Unit()) : read(*aggregation.expr);
}

/// Nothing for a bare number.
Reading read(const Expr &expr)
{
    const Expr &inner = promql::unwrapped(expr);
    if (const auto *selector = inner.as<promql::VectorSelector>())
        return ofSelector(*selector);
    if (const auto *range = inner.as<promql::RangeSelector>())
        return read(*range->selector);
    if (const auto *subquery = inner.as<promql::Subquery>())
        return read(*subquery->expr);
    if (const auto *call = inner.as<promql::Call>())
        return ofCall(*call);
    if (const auto *aggregation = inner.as<promql::Aggregation>())
        return ofAggregation(*aggregation);
    if (const auto *binary = inner.as<promql::Binary>())
        return ofBinary(*binary);
    if (const auto *unary = inner.as<promql::Unary>())
        return read(*unary->expr);
    return std::nullopt;
}

struct Step
{
    double from;
    double divide;
    const char *unit; ///< with the space before it where it has one
};

constexpr std::array counts{Step{1e9, 1e9, " G"}, Step{1e6, 1e6, " M"}, Step{1e4, 1e3, "k"}, Step{0, 1, ""}};
constexpr std::array bytes{Step{0x1p40, 0x1p40, " TiB"}, Step{0x1p30, 0x1p30, " GiB"},
                           Step{0x1p20, 0x1p20, " MiB"}, Step{0x1p10, 0x1p10, " KiB"}, Step{0, 1, " B"}};
constexpr std::array seconds{Step{172'800, 86'400, " d"}, Step{7200, 3600, " h"},
                             Step{120, 60, " min"},       Step{1, 1, " s"},
                             Step{1e-3, 1e-3, " ms"},     Step{0, 1e-6, " µs"}};
constexpr std::array ratio{Step{0, 0.01, " %"}};
constexpr std::array percent{Step{0, 1, " %"}};
constexpr std::array celsius{Step{0, 1, " °C"}};

std::span<const Step> stepsOf(Kind kind)
{
    switch (kind) {
    case Kind::Seconds:
    case Kind::Milliseconds:
        return seconds;
    case Kind::Bytes:
        return bytes;
    case Kind::Ratio:
        return ratio;
    case Kind::Percent:
        return percent;
    case Kind::Celsius:
        return celsius;
    case Kind::Count:
    case Kind::Usd:
        break;
    }
    return counts;
}

std::string significant(double value)
{
    const double size = std::abs(value);
    if (size == 0)
        return "0";
    if (size < 0.001)
        return QString::number(value, 'g', 2).toStdString();
    const int decimals = size >= 100  ? 0
                         : size >= 10 ? 1
                         : size >= 1  ? 2
                                      : std::min(5, 2 - int(std::floor(std::log10(size))));
    std::string text = QString::number(value, 'f', decimals).toStdString();
    if (text.find('.') != std::string::npos) {
        text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.')
            text.pop_back();
    }
    return text;
}

std::string money(double value)
{
    const double size = std::abs(value);
    const int digits = size != 0 && size < 0.1 ? 4 : 2;
    return (value < 0 ? "-$" : "$") + QLocale::c().toString(size, 'f', digits).toStdString();
}

} // namespace

Unit Unit::ofMetric(std::string_view name)
{
    for (const std::string_view more : {"_total", "_sum", "_bucket"}) {
        if (name.ends_with(more)) {
            name.remove_suffix(more.size());
            break;
        }
    }
    for (const Name &suffix : suffixes) {
        if (name.ends_with(suffix.text))
            return {suffix.kind, false};
    }
    return {};
}

Unit Unit::ofExpression(const promql::Expr &expr)
{
    const Unit unit = read(expr).value_or(Unit());
    return unit == Unit{Kind::Seconds, true} ? Unit{Kind::Ratio, false} : unit;
}

Unit Unit::ofExpression(const std::string &text)
{
    const Result<Query> query = Query::parse(text);
    return query ? ofExpression(query->root()) : Unit();
}

std::string Unit::name() const
{
    for (const Name &each : kindNames) {
        if (each.kind == kind)
            return std::string(each.text) + (perSecond ? "/s" : "");
    }
    return {};
}

Unit Unit::fromName(std::string_view name)
{
    const bool rate = name.ends_with("/s");
    if (rate)
        name.remove_suffix(2);
    for (const Name &each : kindNames) {
        if (each.text == name)
            return {each.kind, rate};
    }
    return {};
}

std::string quantityText(double value, const Unit &unit)
{
    const std::string rate = unit.perSecond ? "/s" : "";
    if (!std::isfinite(value))
        return std::isnan(value) ? "NaN" : value > 0 ? "∞" : "-∞";
    if (unit.kind == Unit::Kind::Usd)
        return money(value) + rate;
    const double scaled = unit.kind == Unit::Kind::Milliseconds ? value / 1000 : value;
    const std::span<const Step> steps = stepsOf(unit.kind);
    const Step *step = &steps.back();
    for (const Step &each : steps) {
        if (std::abs(scaled) >= each.from) {
            step = &each;
            break;
        }
    }
    if (scaled == 0 && steps.data() == seconds.data())
        return "0 ms" + rate;
    const std::string_view suffix = step->unit;
    return significant(scaled / step->divide)
               .append(suffix)
               .append(suffix.empty() && !rate.empty() ? " " : "") +
           rate;
}

std::string lengthText(int64_t ms)
{
    const int64_t total = std::max<int64_t>(0, (ms + 500) / 1000);
    if (total < 60)
        return std::to_string(total) + " s";
    const int64_t minutes = total / 60, hours = minutes / 60;
    if (minutes < 60)
        return std::to_string(minutes) + " min";
    if (hours >= 48)
        return std::to_string(hours / 24) + " d";
    return std::to_string(hours) + " h" +
           (minutes % 60 ? " " + std::to_string(minutes % 60) + " min" : std::string());
}

} // namespace plimsoll::alerts
