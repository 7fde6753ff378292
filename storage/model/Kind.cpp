#include "storage/model/Kind.h"

#include <array>

namespace plimsoll {

namespace {
constexpr std::array<std::string_view, 6> names{"gauge",     "counter",      "delta",
                                                "histogram", "distribution", "untyped"};
}

std::string_view kindName(Kind kind) { return names[static_cast<size_t>(kind)]; }

std::optional<Kind> kindFromName(std::string_view name)
{
    for (size_t i = 0; i < names.size(); i++) {
        if (names[i] == name)
            return static_cast<Kind>(i);
    }
    return std::nullopt;
}

} // namespace plimsoll
