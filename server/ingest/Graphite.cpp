#include "server/ingest/Graphite.h"

#include "server/ingest/NameRules.h"

#include <simdjson.h>

#include <charconv>
#include <cmath>

namespace plimsoll::ingest {
namespace {

std::optional<std::string> asItStands(std::string_view name) { return std::string(name); }

std::string_view takeWord(std::string_view &line)
{
    constexpr std::string_view blanks = " \t";
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(blanks));
    line.remove_prefix(word.size());
    return word;
}

std::optional<double> numberIn(std::string_view text)
{
    if (text.starts_with('+'))
        text.remove_prefix(1);
    double number = 0;
    const char *end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    return read.ec == std::errc() && read.ptr == end && std::isfinite(number) ? std::optional(number)
                                                                              : std::nullopt;
}

/// Seconds; -1 and "N" mean now.
std::optional<int64_t> timeIn(std::string_view text, int64_t nowMs)
{
    constexpr double most = 1e11;
    if (text == "-1" || text == "N")
        return nowMs;
    const auto seconds = numberIn(text);
    if (!seconds || *seconds < 0 || *seconds >= most)
        return std::nullopt;
    return static_cast<int64_t>(std::floor(*seconds * 1000));
}

/// `tag=value;tag=value`
ItemCheck readTags(std::string_view tags, Labels &labels)
{
    while (!tags.empty()) {
        const std::string_view tag = tags.substr(0, tags.find(';'));
        tags.remove_prefix(std::min(tag.size() + 1, tags.size()));
        const size_t equals = tag.find('=');
        if (equals == 0 || equals == std::string_view::npos || equals + 1 == tag.size())
            return ItemError{"bad_label", "The tag " + quoted(tag) + " is not name=value."};
        labels.set(tag.substr(0, equals), tag.substr(equals + 1));
    }
    return std::nullopt;
}

} // namespace

void GraphiteLines::begin(Batch &batch, ProjectId project, int64_t nowMs)
{
    forgetRefusedLines();
    m_writer.begin(batch, project);
    m_nowMs = nowMs;
}

void GraphiteLines::read(std::string_view lines)
{
    while (!lines.empty()) {
        const std::string_view line = takeLine(lines);
        if (line.find_first_not_of(" \t") == std::string_view::npos)
            continue;
        const size_t refusedBefore = m_writer.batch().rejections.size();
        if (auto error = readLine(line))
            m_writer.refuse({error->code, shownLine(line) + ": " + error->message}, {});
        if (m_writer.batch().rejections.size() > refusedBefore)
            noteRefusedLine(line);
    }
}

ItemCheck GraphiteLines::readLine(std::string_view line)
{
    if (!simdjson::validate_utf8(line))
        return ItemError{"bad_line", "The line is not UTF-8."};
    const std::string_view path = takeWord(line);
    const std::string_view valueText = takeWord(line);
    const std::string_view timeText = takeWord(line);
    if (timeText.empty() || !takeWord(line).empty())
        return ItemError{"bad_line", "The line is not a path, a value and a time in seconds."};
    const auto value = numberIn(valueText);
    if (!value)
        return ItemError{"bad_value", "The value " + quoted(valueText) + " is not a finite number."};
    const auto timestampMs = timeIn(timeText, m_nowMs);
    if (!timestampMs)
        return ItemError{"bad_ts",
                         "The time " + quoted(timeText) + " is not in seconds since the Unix epoch."};
    const std::string_view name = path.substr(0, path.find(';'));
    const std::string_view tags = path.substr(std::min(name.size() + 1, path.size()));
    if (auto error = checkMetricName(name))
        return error;
    const auto make = [&](Labels &labels) { return readTags(tags, labels); };
    const NamedValue sample{name, *value};
    m_writer.addValues(tags, std::ref(make), {&sample, 1}, {Kind::Untyped, true}, *timestampMs, {},
                       asItStands);
    return std::nullopt;
}

Status Graphite::decode(const Payload &payload, Batch &batch)
{
    m_lines.begin(batch, payload.project, payload.nowMs);
    m_lines.read(payload.body);
    m_lines.finish();
    return {};
}

} // namespace plimsoll::ingest
