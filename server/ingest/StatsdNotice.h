#pragma once

#include "server/ingest/ItemError.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::ingest {

/// An event of DogStatsD: `_e{<bytes of title>,<bytes of text>}:title|text|d:…|h:…|k:…|p:…|s:…|t:…|#tags`.
struct StatsdEvent
{
    std::string title;
    std::string text;
    std::optional<int64_t> timestampMs;
    std::string host;
    std::string aggregationKey;
    std::string priority;  ///< "normal" or "low"
    std::string source;    ///< source type name
    std::string alertType; ///< "info", "success", "warning" or "error"
    std::vector<std::string> tags;
};

/// A service check of DogStatsD: `_sc|name|status|d:…|h:…|#tags|m:message`; views into the line.
struct StatsdCheck
{
    std::string_view name;
    int status = 0; ///< 0 ok, 1 warning, 2 critical, 3 unknown
    std::optional<int64_t> timestampMs;
    std::string_view host;
    std::string_view tags;
};

/// `text` begins with "_e{".
ItemCheck readStatsdEvent(std::string_view text, StatsdEvent &out);
/// `text` begins with "_sc|".
ItemCheck readStatsdCheck(std::string_view text, StatsdCheck &out);

} // namespace plimsoll::ingest
