#include "server/ingest/StatsdNotice.h"

#include "server/ingest/NameRules.h"
#include "server/ingest/StatsdLine.h"

#include <charconv>

namespace plimsoll::ingest {
namespace {

constexpr size_t maxTags = 64;

/// Line feeds come as a backslash and an n.
std::string unescaped(std::string_view text)
{
    std::string out;
    for (size_t i = 0; i < text.size(); i++) {
        const bool feed = text[i] == '\\' && i + 1 < text.size() && text[i + 1] == 'n';
        out += feed ? '\n' : text[i];
        i += feed;
    }
    return out;
}

std::optional<size_t> takeSize(std::string_view &text, char separator)
{
    const std::string_view digits = takeUntil(text, separator);
    size_t size = 0;
    const char *end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, size);
    return read.ec == std::errc() && read.ptr == end ? std::optional(size) : std::nullopt;
}

ItemCheck checkTime(std::string_view seconds, std::optional<int64_t> &out)
{
    out = statsdTimestampMs(seconds);
    if (out)
        return std::nullopt;
    return ItemError{"bad_ts", "The time " + quoted(seconds) + " is not in seconds since the Unix epoch."};
}

ItemCheck readEventSection(std::string_view section, StatsdEvent &out)
{
    if (section.starts_with('#')) {
        for (section.remove_prefix(1); !section.empty() && out.tags.size() < maxTags;)
            out.tags.emplace_back(takeUntil(section, ','));
        return std::nullopt;
    }
    if (section.size() < 2 || section[1] != ':')
        return std::nullopt;
    const std::string_view value = section.substr(2);
    switch (section[0]) {
    case 'd':
        return checkTime(value, out.timestampMs);
    case 'h':
        out.host = value;
        break;
    case 'k':
        out.aggregationKey = value;
        break;
    case 'p':
        out.priority = value;
        break;
    case 's':
        out.source = value;
        break;
    case 't':
        out.alertType = value;
        break;
    default:
        break;
    }
    return std::nullopt;
}

} // namespace

ItemCheck readStatsdEvent(std::string_view text, StatsdEvent &out)
{
    const ItemError malformed{"bad_line", "An event is not _e{<bytes of title>,<bytes of text>}:title|text."};
    text.remove_prefix(3);
    const auto titleBytes = takeSize(text, ',');
    const auto textBytes = takeSize(text, '}');
    if (!titleBytes || !textBytes || !text.starts_with(':') || *titleBytes == 0)
        return malformed;
    text.remove_prefix(1);
    if (*titleBytes >= text.size() || text[*titleBytes] != '|' || *textBytes > text.size() - *titleBytes - 1)
        return malformed;
    out.title = unescaped(text.substr(0, *titleBytes));
    out.text = unescaped(text.substr(*titleBytes + 1, *textBytes));
    text.remove_prefix(*titleBytes + 1 + *textBytes);
    if (!text.empty() && !text.starts_with('|'))
        return malformed;
    takeUntil(text, '|');
    while (!text.empty()) {
        if (auto error = readEventSection(takeUntil(text, '|'), out))
            return error;
    }
    return std::nullopt;
}

ItemCheck readStatsdCheck(std::string_view text, StatsdCheck &out)
{
    text.remove_prefix(4);
    out.name = takeUntil(text, '|');
    const std::string_view status = takeUntil(text, '|');
    if (out.name.empty())
        return ItemError{"bad_name", "The name of the service check is missing."};
    if (status.size() != 1 || status[0] < '0' || status[0] > '3')
        return ItemError{"bad_value",
                         "The status " + quoted(status) + " of a service check is not 0, 1, 2 or 3."};
    out.status = status[0] - '0';
    // The message comes last and may hold anything.
    while (!text.empty() && !text.starts_with("m:")) {
        const std::string_view section = takeUntil(text, '|');
        if (section.starts_with('#'))
            out.tags = section.substr(1);
        else if (section.starts_with("h:"))
            out.host = section.substr(2);
        else if (section.starts_with("d:")) {
            if (auto error = checkTime(section.substr(2), out.timestampMs))
                return error;
        }
    }
    return std::nullopt;
}

} // namespace plimsoll::ingest
