#include "server/ingest/LineReader.h"

#include "server/ingest/NameRules.h"

#include <simdjson.h>

namespace plimsoll::ingest {

std::string_view takeLine(std::string_view &text)
{
    const size_t size = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, size);
    text.remove_prefix(std::min(size + 1, text.size()));
    while (line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

std::string shownLine(std::string_view line)
{
    constexpr size_t looksAt = 256; // more than quoted() shows
    std::string shown(line.substr(0, looksAt));
    if (!simdjson::validate_utf8(shown)) {
        for (char &c : shown)
            c = static_cast<unsigned char>(c) < 0x80 ? c : '?';
    }
    return quoted(std::string_view(shown));
}

} // namespace plimsoll::ingest
