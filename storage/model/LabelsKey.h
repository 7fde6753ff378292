#pragma once

#include "storage/model/Varint.h"

#include <optional>
#include <string_view>

namespace plimsoll {

/// A label as it stands in a canonical key (Labels::key()).
struct LabelView
{
    std::string_view name;
    std::string_view value;
};

/// Takes the next label off the front of a canonical key; nothing at its end and where the bytes are none.
inline std::optional<LabelView> takeLabel(std::string_view &key)
{
    LabelView label;
    for (std::string_view *part : {&label.name, &label.value}) {
        const auto size = takeVarint(key);
        if (!size || *size > key.size())
            return std::nullopt;
        *part = key.substr(0, *size);
        key.remove_prefix(*size);
    }
    return label;
}

/// Whether bytes are what Labels::key() gives: names rising, no value empty.
inline bool isLabelsKey(std::string_view key)
{
    std::string_view last;
    for (bool first = true; !key.empty(); first = false) {
        const auto label = takeLabel(key);
        if (!label || label->value.empty() || (!first && last >= label->name))
            return false;
        last = label->name;
    }
    return true;
}

} // namespace plimsoll
