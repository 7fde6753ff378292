#pragma once

#include "storage/model/Varint.h"

#include <optional>
#include <string>
#include <string_view>

namespace plimsoll {

/// A part with its size in front, as a varint.
inline void appendSized(std::string &out, std::string_view part)
{
    appendVarint(out, part.size());
    out += part;
}

/// Takes such a part off the front; nothing where the bytes end early.
inline std::optional<std::string_view> takeSized(std::string_view &bytes)
{
    const auto size = takeVarint(bytes);
    if (!size || *size > bytes.size())
        return std::nullopt;
    const std::string_view part = bytes.substr(0, *size);
    bytes.remove_prefix(*size);
    return part;
}

} // namespace plimsoll
