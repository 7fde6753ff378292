#pragma once

#include <optional>
#include <string>

namespace plimsoll::ingest {

/// Why one item of a request is refused. Codes are stable words that clients may test:
/// "bad_json", "bad_item", "bad_name", "bad_label", "bad_value", "not_finite", "bad_type", "bad_ts",
/// "too_many_labels". The engine adds its own ("kind_conflict", "too_old", "in_future", …).
struct ItemError
{
    std::string code;
    std::string message; ///< one plain sentence that names the field
};

using ItemCheck = std::optional<ItemError>; ///< nothing where all is well

} // namespace plimsoll::ingest
