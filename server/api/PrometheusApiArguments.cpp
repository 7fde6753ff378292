#include "server/api/PrometheusApiArguments.h"

#include "server/api/TimeArgument.h"
#include "storage/query/Duration.h"
#include "storage/query/Parser.h"

#include <charconv>
#include <cmath>

namespace plimsoll::api::prometheus {

namespace {

constexpr double maxMs = 4.5e15; // 142,000 years, so that sums of times cannot overflow

/// What clients in Go send for no bound.
constexpr const char *minTime = "-292273086-05-16T16:47:06Z";
constexpr const char *maxTime = "292277025-08-18T07:12:54.999999999Z";

Error invalid(std::string_view name, const std::string &why)
{
    return {ErrorCode::Invalid, "invalid parameter \"" + std::string(name) + "\": " + why, {}};
}

/// A number of seconds as milliseconds; nothing where the text is none or is out of bounds.
std::optional<int64_t> secondsAsMs(std::string_view text)
{
    if (text.starts_with('+'))
        text.remove_prefix(1);
    double seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size() || !(std::fabs(seconds * 1000) < maxMs))
        return std::nullopt;
    return std::llround(seconds * 1000);
}

} // namespace

std::optional<std::string> Arguments::text(std::string_view name) const
{
    for (const auto &[key, value] : m_all) {
        if (key == name && !value.empty())
            return value;
    }
    return std::nullopt;
}

std::vector<std::string> Arguments::texts(std::string_view name) const
{
    std::vector<std::string> result;
    for (const auto &[key, value] : m_all) {
        if (key == name)
            result.push_back(value);
    }
    return result;
}

Result<int64_t> Arguments::timeMs(std::string_view name, std::optional<int64_t> missing) const
{
    const auto given = text(name);
    if (!given && missing)
        return *missing;
    const auto time = secondsAsMs(given.value_or(""));
    if (time)
        return *time;
    if (given == minTime || given == maxTime)
        return static_cast<int64_t>(given == minTime ? -maxMs : maxMs);
    if (given && given->find('T') != std::string::npos) {
        if (auto parsed = parseTime(*given, 0))
            return *parsed;
    }
    return invalid(name, "cannot parse \"" + given.value_or("") + "\" to a valid timestamp");
}

Result<int64_t> Arguments::durationMs(std::string_view name, std::optional<int64_t> missing) const
{
    const auto given = text(name);
    if (!given && missing)
        return *missing;
    auto duration = secondsAsMs(given.value_or(""));
    if (!duration && given)
        duration = promql::parseDuration(*given);
    if (!duration || static_cast<double>(*duration) > maxMs)
        return invalid(name, "cannot parse \"" + given.value_or("") + "\" to a valid duration");
    if (*duration <= 0)
        return invalid(
            name, "zero or negative query resolution step widths are not accepted. Try a positive integer");
    return *duration;
}

Result<size_t> Arguments::limit() const
{
    const auto given = text("limit");
    size_t limit = 0;
    if (!given)
        return limit;
    const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), limit);
    if (error != std::errc() || end != given->data() + given->size())
        return invalid("limit", "limit must be non-negative");
    return limit;
}

Result<std::vector<std::vector<Matcher>>> Arguments::selectors(bool required) const
{
    std::vector<std::vector<Matcher>> result;
    for (const auto &selector : texts("match[]")) {
        auto matchers = promql::parseSelector(selector);
        if (!matchers)
            return invalid("match[]", matchers.error().message);
        result.push_back(std::move(*matchers));
    }
    if (required && result.empty())
        return Error{ErrorCode::Invalid, "no match[] parameter provided", {}};
    if (result.empty())
        result.emplace_back();
    return result;
}

Result<QueryLimits> Arguments::queryLimits(QueryLimits limits) const
{
    const auto timeout = durationMs("timeout", limits.timeoutMs);
    if (!timeout)
        return timeout.error();
    const auto lookback = durationMs("lookback_delta", limits.lookbackMs);
    if (!lookback)
        return lookback.error();
    limits.timeoutMs = std::min(limits.timeoutMs, *timeout);
    limits.lookbackMs = *lookback;
    return limits;
}

} // namespace plimsoll::api::prometheus
