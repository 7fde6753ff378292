#include "server/ingest/StatsdLine.h"

#include "server/ingest/NameRules.h"

#include <charconv>
#include <cmath>

namespace plimsoll::ingest {
namespace {

constexpr double minRate = 1e-9;

std::optional<double> numberIn(std::string_view text)
{
    double number = 0;
    const char *end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end || !std::isfinite(number))
        return std::nullopt;
    return number;
}

std::optional<StatsdType> typeOf(std::string_view word)
{
    if (word == "c")
        return StatsdType::Counter;
    if (word == "g")
        return StatsdType::Gauge;
    if (word == "ms" || word == "h" || word == "d")
        return StatsdType::Observation;
    if (word == "s")
        return StatsdType::Set;
    return std::nullopt;
}

ItemCheck readSection(std::string_view section, StatsdLine &out)
{
    if (section.starts_with('@')) {
        const auto rate = numberIn(section.substr(1));
        if (!rate || *rate < minRate || *rate > 1)
            return ItemError{"bad_value", "The sample rate " + quoted(section.substr(1)) +
                                              " is not a number above 0 and at most 1."};
        out.rate = *rate;
    } else if (section.starts_with('#')) {
        out.tags = section.substr(1);
    } else if (section.starts_with('T')) {
        out.timestampMs = statsdTimestampMs(section.substr(1));
        if (!out.timestampMs)
            return ItemError{"bad_ts", "The timestamp " + quoted(section.substr(1)) +
                                           " is not in seconds since the Unix epoch."};
        if (out.type != StatsdType::Counter && out.type != StatsdType::Gauge)
            return ItemError{"bad_ts", "Only counters and gauges may carry a timestamp."};
    }
    return std::nullopt;
}

/// Tags that Telegraf's clients write into the name: `name,k=v,k=v`.
ItemCheck addTelegrafTags(std::string_view tags, Labels &labels)
{
    while (!tags.empty()) {
        std::string_view value = takeUntil(tags, ',');
        const std::string_view name = takeUntil(value, '=');
        if (name.empty() || value.empty())
            return ItemError{"bad_label", "The tag " + quoted(name) + " in the name has no value."};
        labels.set(name, value);
    }
    return std::nullopt;
}

} // namespace

std::string_view takeUntil(std::string_view &text, char separator)
{
    const size_t size = std::min(text.find(separator), text.size());
    const std::string_view out = text.substr(0, size);
    text.remove_prefix(std::min(size + 1, text.size()));
    return out;
}

std::optional<int64_t> statsdTimestampMs(std::string_view seconds)
{
    constexpr int64_t most = 100'000'000'000; // the year 5138
    int64_t number = 0;
    const char *end = seconds.data() + seconds.size();
    const auto read = std::from_chars(seconds.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end || number < 0 || number > most)
        return std::nullopt;
    return number * 1000;
}

ItemCheck readStatsdLine(std::string_view text, StatsdLine &out)
{
    const size_t colon = text.find(':');
    if (colon == std::string_view::npos)
        return ItemError{"bad_line", "There is no colon between a name and a value."};
    out.name = takeUntil(text, ':');
    out.values = takeUntil(text, '|');
    const std::string_view word = takeUntil(text, '|');
    const auto type = typeOf(word);
    if (!type)
        return ItemError{"bad_type", "The type " + quoted(word) + " is not c, g, ms, h, d or s."};
    out.type = *type;
    while (!text.empty()) {
        if (auto error = readSection(takeUntil(text, '|'), out))
            return error;
    }
    return std::nullopt;
}

ItemCheck takeStatsdNumber(std::string_view &values, StatsdNumber &out)
{
    std::string_view text = takeUntil(values, ':');
    const std::string_view whole = text;
    out.hasSign = text.starts_with('+') || text.starts_with('-');
    if (text.starts_with('+'))
        text.remove_prefix(1);
    const auto number = text.starts_with('-') && whole.starts_with('+') ? std::nullopt : numberIn(text);
    if (!number)
        return ItemError{"bad_value", "The value " + quoted(whole) + " is not a finite number."};
    out.value = *number;
    return std::nullopt;
}

void addStatsdTags(std::string_view tags, Labels &labels)
{
    while (!tags.empty()) {
        const std::string_view tag = takeUntil(tags, ',');
        const size_t colon = tag.find(':');
        const std::string_view name = tag.substr(0, colon);
        if (!name.empty())
            labels.set(name, colon == std::string_view::npos ? "true" : tag.substr(colon + 1));
    }
}

ItemCheck readStatsdLabels(const StatsdLine &line, Labels &labels)
{
    std::string_view rest = line.name;
    const std::string_view name = takeUntil(rest, ',');
    if (auto error = checkMetricName(name))
        return error;
    if (auto error = addTelegrafTags(rest, labels))
        return error;
    addStatsdTags(line.tags, labels);
    if (auto error = checkLabels(labels))
        return error;
    labels.set(nameLabel, name);
    return std::nullopt;
}

} // namespace plimsoll::ingest
