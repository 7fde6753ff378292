#include "server/ingest/RefusedItems.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace plimsoll::ingest {
namespace {

constexpr qsizetype maxBodyBytes = 1 << 20;
constexpr std::string_view linePlace = "line ";
constexpr std::string_view lineSources[] = {"influx", "import", "scrape", "statsd", "graphite"};
constexpr std::string_view sections[] = {"metrics", "requests", "llm"};

/// The number in "line 12: …"; 0 where there is none.
size_t lineNumberIn(std::string_view message)
{
    size_t number = 0;
    if (message.starts_with(linePlace))
        std::from_chars(message.data() + linePlace.size(), message.data() + message.size(), number);
    return number;
}

std::string_view lineAt(std::string_view body, size_t number)
{
    for (; number > 1; number--) {
        const size_t end = body.find('\n');
        if (end == std::string_view::npos)
            return {};
        body.remove_prefix(end + 1);
    }
    return body.substr(0, body.find('\n'));
}

/// The lines that are items: neither empty nor comments.
std::string_view itemLine(std::string_view body, uint32_t item)
{
    while (!body.empty()) {
        const std::string_view line = body.substr(0, body.find('\n'));
        body.remove_prefix(std::min(body.size(), line.size() + 1));
        const size_t first = line.find_first_not_of(" \t\r");
        if (first == std::string_view::npos || line[first] == '#')
            continue;
        if (item-- == 0)
            return line;
    }
    return {};
}

std::vector<RefusedItem> refusedLines(const RefusedInput &input, std::string_view body)
{
    std::vector<RefusedItem> items;
    for (const Rejection &rejection : input.rejections) {
        const size_t number = lineNumberIn(rejection.message);
        const std::string_view line = number > 0 ? lineAt(body, number) : itemLine(body, rejection.item);
        if (line.empty())
            return {};
        items.push_back({&rejection, std::string(line) + '\n'});
    }
    return items;
}

/// Whether a message names a place that is not in this section.
bool saysAnother(std::string_view message, std::string_view section)
{
    return std::any_of(std::begin(sections), std::end(sections), [&](std::string_view each) {
        return each != section && message.starts_with(std::string(each) + '[');
    });
}

/// Walks documents of own JSON in the order in which their items are counted.
class JsonItems
{
public:
    explicit JsonItems(const RefusedInput &input)
    {
        for (const Rejection &rejection : input.rejections)
            m_wanted.emplace(rejection.item, &rejection);
    }

    std::vector<RefusedItem> find(std::string_view body)
    {
        simdjson::dom::parser parser;
        const simdjson::padded_string padded(body);
        simdjson::dom::document_stream documents;
        if (parser.parse_many(padded, body.size() + 1).get(documents))
            return {};
        for (auto document : documents) {
            simdjson::dom::element element;
            if (document.get(element) || !take(element, true))
                break;
        }
        return std::move(m_found);
    }

private:
    bool take(const simdjson::dom::element &element, bool isDocument)
    {
        simdjson::dom::array array;
        simdjson::dom::object object;
        if (isDocument && !element.get(array)) {
            for (const auto each : array) {
                if (!take(each, false))
                    return false;
            }
            return true;
        }
        if (element.get(object))
            return false;
        bool hasSections = false;
        for (const auto field : object) {
            if (std::find(std::begin(sections), std::end(sections), field.key) == std::end(sections))
                continue;
            hasSections = true;
            simdjson::dom::array entries;
            if (field.value.get(entries))
                return false;
            for (const auto entry : entries)
                count(entry, field.key);
        }
        if (!hasSections)
            count(element, {});
        return m_found.size() < m_wanted.size();
    }

    void count(const simdjson::dom::element &entry, std::string_view section)
    {
        const auto wanted = m_wanted.find(m_next++);
        if (wanted == m_wanted.end() || saysAnother(wanted->second->message, section))
            return;
        std::string text = simdjson::minify(entry);
        if (!section.empty())
            text = "{\"" + std::string(section) + "\":[" + text + "]}";
        m_found.push_back({wanted->second, std::move(text)});
    }

    std::map<uint32_t, const Rejection *> m_wanted;
    std::vector<RefusedItem> m_found;
    uint32_t m_next = 0;
};

} // namespace

std::vector<RefusedItem> refusedItems(const RefusedInput &input)
{
    if (input.cut || input.rejections.empty() || !input.coding.empty() || input.body.size() > maxBodyBytes)
        return {};
    const std::string_view body(input.body.constData(), size_t(input.body.size()));
    const std::string_view source = input.source;
    if (source == "ingest")
        return JsonItems(input).find(body);
    const bool isLines =
        std::find(std::begin(lineSources), std::end(lineSources), source) != std::end(lineSources);
    return isLines ? refusedLines(input, body) : std::vector<RefusedItem>();
}

} // namespace plimsoll::ingest
