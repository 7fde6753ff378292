#include "alerts/ChannelKind.h"

#include <array>

namespace plimsoll::alerts {

namespace {
constexpr std::array kinds{&webhookChannel};
} // namespace

std::span<const ChannelKind *const> channelKinds() { return kinds; }

const ChannelKind *findChannelKind(std::string_view name)
{
    for (const ChannelKind *kind : kinds) {
        if (kind->name == name)
            return kind;
    }
    return nullptr;
}

} // namespace plimsoll::alerts
