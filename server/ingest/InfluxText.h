#pragma once

#include "server/ingest/ItemError.h"
#include "storage/model/Labels.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plimsoll::ingest {

/// The first byte of `stops` in the text that no backslash escapes, or its size.
size_t findUnescaped(std::string_view text, std::string_view stops);

/// Without the backslashes that escape one of `special`; others stand for themselves.
std::string unescapeInflux(std::string_view text, std::string_view special);

/// The name and the tags of `measurement,tag=value,…`, as they stand before the fields of a line.
struct InfluxKey
{
    std::string measurement;
    Labels tags;
};
/// What is wrong with the text, in InfluxDB's words, or nothing.
ItemCheck readInfluxKey(std::string_view raw, InfluxKey &out);

/// A field's value.
struct InfluxValue
{
    enum Type { Bad, Number, Text };
    Type type = Bad;
    double number = 0;
    size_t size = 0; ///< bytes that it takes
};
/// Reads the value at the start of the text, which ends at a comma, a blank, a line feed or the end.
InfluxValue readInfluxValue(std::string_view text);

/// How many of a precision's units a millisecond has, or milliseconds a unit.
class InfluxPrecision
{
public:
    /// Nothing where the word is not known. The empty word is nanoseconds; "auto" tells the unit by the size
    /// of each number, as version 3 does.
    static std::optional<InfluxPrecision> fromWord(std::string_view word);
    /// Rounded down; nothing for what is before 1970 or does not fit.
    std::optional<int64_t> toMs(int64_t timestamp) const;

private:
    int64_t m_perMs = 0;  ///< units in a millisecond, where the unit is not longer
    int64_t m_unitMs = 0; ///< milliseconds in a unit, where it is longer
    bool m_bySize = false;
};

} // namespace plimsoll::ingest
