#include "storage/query/Functions.h"

#include <chrono>
#include <cmath>
#include <numbers>

namespace plimsoll::promql {

namespace {

double sign(double value) { return value < 0 ? -1 : value > 0 ? 1 : value; }
double degrees(double value) { return value * 180 / std::numbers::pi; }
double radians(double value) { return value * std::numbers::pi / 180; }

struct Instant
{
    std::chrono::year_month_day date;
    std::chrono::sys_days day;
    int64_t secondOfDay = 0;
};

/// Beyond about a million years a date has no meaning.
bool isTime(double seconds) { return std::fabs(seconds) < 3e13; }

Instant instantOf(double seconds)
{
    using namespace std::chrono;
    const sys_seconds time{std::chrono::seconds(static_cast<int64_t>(seconds))};
    const sys_days day = floor<days>(time);
    return {year_month_day(day), day, (time - day).count()};
}

template<typename Part>
double timePart(double seconds, Part part)
{
    return isTime(seconds) ? static_cast<double>(part(instantOf(seconds))) : __builtin_nan("");
}

double year(double t)
{
    return timePart(t, [](const Instant &i) { return static_cast<int>(i.date.year()); });
}
double month(double t)
{
    return timePart(t, [](const Instant &i) { return static_cast<unsigned>(i.date.month()); });
}
double dayOfMonth(double t)
{
    return timePart(t, [](const Instant &i) { return static_cast<unsigned>(i.date.day()); });
}
double dayOfWeek(double t)
{
    return timePart(t, [](const Instant &i) { return std::chrono::weekday(i.day).c_encoding(); });
}
double hour(double t)
{
    return timePart(t, [](const Instant &i) { return i.secondOfDay / 3600; });
}
double minute(double t)
{
    return timePart(t, [](const Instant &i) { return i.secondOfDay / 60 % 60; });
}

double dayOfYear(double t)
{
    return timePart(t, [](const Instant &i) {
        return (i.day - std::chrono::sys_days(i.date.year() / std::chrono::January / 1)).count() + 1;
    });
}

double daysInMonth(double t)
{
    return timePart(t, [](const Instant &i) {
        return static_cast<unsigned>((i.date.year() / i.date.month() / std::chrono::last).day());
    });
}

FunctionRow row(std::string_view name, ElementFunction function)
{
    FunctionRow result{name, {ValueType::InstantVector}, 1};
    result.element = function;
    return result;
}

/// A function of time, which takes the evaluation time where no vector is given.
FunctionRow timeRow(std::string_view name, ElementFunction function)
{
    FunctionRow result = row(name, function);
    result.minArguments = 0;
    return result;
}

} // namespace

std::vector<FunctionRow> elementFunctions()
{
    return {
        row("abs", [](double v) { return std::fabs(v); }),
        row("ceil", [](double v) { return std::ceil(v); }),
        row("floor", [](double v) { return std::floor(v); }),
        row("exp", [](double v) { return std::exp(v); }),
        row("ln", [](double v) { return std::log(v); }),
        row("log2", [](double v) { return std::log2(v); }),
        row("log10", [](double v) { return std::log10(v); }),
        row("sqrt", [](double v) { return std::sqrt(v); }),
        row("sgn", sign),
        row("sin", [](double v) { return std::sin(v); }),
        row("cos", [](double v) { return std::cos(v); }),
        row("tan", [](double v) { return std::tan(v); }),
        row("asin", [](double v) { return std::asin(v); }),
        row("acos", [](double v) { return std::acos(v); }),
        row("atan", [](double v) { return std::atan(v); }),
        row("sinh", [](double v) { return std::sinh(v); }),
        row("cosh", [](double v) { return std::cosh(v); }),
        row("tanh", [](double v) { return std::tanh(v); }),
        row("asinh", [](double v) { return std::asinh(v); }),
        row("acosh", [](double v) { return std::acosh(v); }),
        row("atanh", [](double v) { return std::atanh(v); }),
        row("deg", degrees),
        row("rad", radians),
        timeRow("year", year),
        timeRow("month", month),
        timeRow("day_of_month", dayOfMonth),
        timeRow("day_of_week", dayOfWeek),
        timeRow("day_of_year", dayOfYear),
        timeRow("days_in_month", daysInMonth),
        timeRow("hour", hour),
        timeRow("minute", minute),
    };
}

} // namespace plimsoll::promql
