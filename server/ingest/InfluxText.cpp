#include "server/ingest/InfluxText.h"

#include "server/ingest/NameRules.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace plimsoll::ingest {
namespace {

constexpr std::string_view specialInMeasurement = ", ";
constexpr std::string_view specialInTags = ",= ";
constexpr int maxExactDigits = 15; ///< so many, over a power of ten up to 10^22, round once

bool isDigit(char c) { return static_cast<unsigned char>(c - '0') < 10; }
bool endsValue(char c) { return c == ',' || c == ' ' || c == '\n' || c == '\r'; }

InfluxValue number(double value, size_t size) { return {InfluxValue::Number, value, size}; }

InfluxValue readString(std::string_view text)
{
    for (size_t i = 1; i < text.size(); i++) {
        if (text[i] == '\\')
            i++;
        else if (text[i] == '"')
            return {InfluxValue::Text, 0, i + 1};
    }
    return {};
}

InfluxValue readBoolean(std::string_view token)
{
    for (const std::string_view word : {"t", "T", "true", "True", "TRUE"}) {
        if (token == word)
            return number(1, token.size());
    }
    for (const std::string_view word : {"f", "F", "false", "False", "FALSE"}) {
        if (token == word)
            return number(0, token.size());
    }
    return {};
}

/// Whole numbers end in i or u and must fit 64 bits.
InfluxValue readWhole(std::string_view token)
{
    const char *end = token.data() + token.size() - 1;
    std::from_chars_result read{};
    double value = 0;
    if (token.back() == 'i') {
        int64_t whole = 0;
        read = std::from_chars(token.data(), end, whole);
        value = static_cast<double>(whole);
    } else {
        uint64_t whole = 0;
        read = std::from_chars(token.data(), end, whole);
        value = static_cast<double>(whole);
    }
    return read.ec == std::errc() && read.ptr == end ? number(value, token.size()) : InfluxValue();
}

InfluxValue readAnyNumber(std::string_view text)
{
    size_t size = 0;
    while (size < text.size() && !endsValue(text[size]))
        size++;
    const std::string_view token = text.substr(0, size);
    if (token.empty())
        return {};
    if (token.front() != '-' && token.front() != '+' && token.front() != '.' && !isDigit(token.front()))
        return readBoolean(token);
    if (token.back() == 'i' || token.back() == 'u')
        return readWhole(token);
    const std::string_view digits = token.substr(token.front() == '+' ? 1 : 0);
    double value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool whole = read.ec == std::errc() && read.ptr == digits.data() + digits.size();
    return whole && std::isfinite(value) ? number(value, size) : InfluxValue();
}

std::string_view takeTo(std::string_view &rest, std::string_view stops)
{
    const size_t size = findUnescaped(rest, stops);
    const std::string_view part = rest.substr(0, size);
    rest.remove_prefix(size);
    return part;
}

} // namespace

size_t findUnescaped(std::string_view text, std::string_view stops)
{
    for (size_t i = 0; i < text.size(); i++) {
        if (text[i] == '\\')
            i++;
        else if (stops.find(text[i]) != std::string_view::npos)
            return i;
    }
    return text.size();
}

std::string unescapeInflux(std::string_view text, std::string_view special)
{
    std::string out;
    out.reserve(text.size());
    for (size_t i = 0; i < text.size(); i++) {
        if (text[i] == '\\' && i + 1 < text.size() && special.find(text[i + 1]) != std::string_view::npos)
            i++;
        out += text[i];
    }
    return out;
}

ItemCheck readInfluxKey(std::string_view raw, InfluxKey &out)
{
    if (!simdjson::validate_utf8(raw))
        return ItemError{"bad_label", "invalid UTF-8"};
    std::string_view rest = raw;
    out.measurement = unescapeInflux(takeTo(rest, ","), specialInMeasurement);
    if (out.measurement.empty())
        return ItemError{"bad_name", "missing measurement"};
    std::vector<Labels::Pair> tags;
    while (!rest.empty()) {
        rest.remove_prefix(1);
        std::string name = unescapeInflux(takeTo(rest, ",="), specialInTags);
        if (name.empty())
            return ItemError{"bad_label", "missing tag key"};
        if (rest.empty() || rest.front() != '=')
            return ItemError{"bad_label", "missing tag value"};
        rest.remove_prefix(1);
        std::string value = unescapeInflux(takeTo(rest, ",="), specialInTags);
        if (!rest.empty() && rest.front() == '=')
            return ItemError{"bad_label", "invalid tag format"};
        if (value.empty())
            return ItemError{"bad_label", "missing tag value"};
        tags.emplace_back(std::move(name), std::move(value));
        if (tags.size() > maxLabels)
            return ItemError{"too_many_labels", "more than " + std::to_string(maxLabels) + " tags"};
    }
    const size_t sent = tags.size();
    out.tags = Labels(std::move(tags));
    if (out.tags.size() < sent)
        return ItemError{"bad_label", "duplicate tags"};
    return checkLabels(out.tags);
}

InfluxValue readInfluxValue(std::string_view text)
{
    if (!text.empty() && text.front() == '"')
        return readString(text);
    // Most values are a few digits; whatever is not goes the long way.
    size_t i = !text.empty() && text.front() == '-' ? 1 : 0;
    const bool negative = i == 1;
    const size_t first = i;
    uint64_t digits = 0;
    for (; i < text.size() && isDigit(text[i]); i++)
        digits = digits * 10 + static_cast<uint64_t>(text[i] - '0');
    size_t count = i - first;
    size_t places = 0;
    if (i < text.size() && text[i] == '.' && count > 0) {
        const size_t point = i++;
        for (; i < text.size() && isDigit(text[i]); i++)
            digits = digits * 10 + static_cast<uint64_t>(text[i] - '0');
        places = i - point - 1;
        count += places;
    } else if (i < text.size() && text[i] == 'i') {
        i++;
    }
    const bool ended = i == text.size() || endsValue(text[i]);
    if (!ended || count == 0 || count > maxExactDigits)
        return readAnyNumber(text);
    static constexpr double powers[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                        1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const double value = static_cast<double>(digits) / powers[places];
    const bool minusNothing = negative && digits == 0 && text[i - 1] == 'i';
    return number(negative && !minusNothing ? -value : value, i);
}

std::optional<InfluxPrecision> InfluxPrecision::fromWord(std::string_view word)
{
    const auto isOneOf = [&](std::initializer_list<std::string_view> words) {
        return std::find(words.begin(), words.end(), word) != words.end();
    };
    InfluxPrecision precision;
    if (isOneOf({"", "ns", "n", "nanosecond"}))
        precision.m_perMs = 1'000'000;
    else if (isOneOf({"us", "u", "µs", "µ", "microsecond"}))
        precision.m_perMs = 1'000;
    else if (isOneOf({"ms", "millisecond"}))
        precision.m_perMs = 1;
    else if (isOneOf({"s", "second"}))
        precision.m_unitMs = 1'000;
    else if (word == "m")
        precision.m_unitMs = 60'000;
    else if (word == "h")
        precision.m_unitMs = 3'600'000;
    else if (word == "auto")
        precision.m_bySize = true;
    else
        return std::nullopt;
    return precision;
}

std::optional<int64_t> InfluxPrecision::toMs(int64_t timestamp) const
{
    if (m_bySize) {
        // The bounds that InfluxDB 3 has: each unit reaches about to the year 2128.
        const char *unit = timestamp < 5'000'000'000           ? "s"
                           : timestamp < 5'000'000'000'000     ? "ms"
                           : timestamp < 5'000'000'000'000'000 ? "us"
                                                               : "ns";
        return fromWord(unit)->toMs(timestamp);
    }
    if (timestamp < 0 || (m_unitMs != 0 && timestamp > INT64_MAX / m_unitMs))
        return std::nullopt;
    return m_unitMs != 0 ? timestamp * m_unitMs : timestamp / m_perMs;
}

} // namespace plimsoll::ingest
