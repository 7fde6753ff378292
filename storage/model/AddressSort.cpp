#include "storage/model/AddressSort.h"

#include <array>
#include <cstddef>

namespace plimsoll {
namespace {

using Reach = AddressSort::Reach;

struct Range4
{
    uint32_t network;
    unsigned bits;
    AddressSort sort;
};

constexpr uint32_t ip4(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    return a << 24 | b << 16 | c << 8 | d;
}

constexpr std::array ranges4{
    Range4{ip4(168, 63, 129, 16), 32, {Reach::Refused, "a metadata address"}},
    Range4{ip4(100, 100, 100, 200), 32, {Reach::Refused, "a metadata address"}},
    Range4{ip4(0, 0, 0, 0), 8, {Reach::Refused, "an unspecified address"}},
    Range4{ip4(169, 254, 0, 0), 16, {Reach::Refused, "a link-local or metadata address"}},
    Range4{ip4(192, 0, 0, 0), 24, {Reach::Refused, "a reserved address"}},
    Range4{ip4(224, 0, 0, 0), 4, {Reach::Refused, "a multicast address"}},
    Range4{ip4(240, 0, 0, 0), 4, {Reach::Refused, "a reserved address"}},
    Range4{ip4(127, 0, 0, 0), 8, {Reach::Private, "a loopback address"}},
    Range4{ip4(10, 0, 0, 0), 8, {Reach::Private, "a private address"}},
    Range4{ip4(172, 16, 0, 0), 12, {Reach::Private, "a private address"}},
    Range4{ip4(192, 168, 0, 0), 16, {Reach::Private, "a private address"}},
    Range4{ip4(100, 64, 0, 0), 10, {Reach::Private, "a private address"}},
    Range4{ip4(198, 18, 0, 0), 15, {Reach::Private, "a private address"}},
    Range4{ip4(192, 0, 2, 0), 24, {Reach::Private, "a documentation address"}},
    Range4{ip4(198, 51, 100, 0), 24, {Reach::Private, "a documentation address"}},
    Range4{ip4(203, 0, 113, 0), 24, {Reach::Private, "a documentation address"}},
};

struct Range6
{
    std::array<uint8_t, 16> network;
    unsigned bits;
    AddressSort sort;
};

constexpr std::array ranges6{
    Range6{{}, 128, {Reach::Refused, "an unspecified address"}},
    Range6{{0xfe, 0x80}, 10, {Reach::Refused, "a link-local address"}},
    Range6{{0xfd, 0x00, 0x0e, 0xc2}, 32, {Reach::Refused, "a metadata address"}},
    Range6{{0xfd, 0x20, 0x00, 0xce}, 32, {Reach::Refused, "a metadata address"}},
    Range6{{0x20, 0x01, 0x00, 0x00}, 32, {Reach::Refused, "a tunnel address"}},
    Range6{{0xff}, 8, {Reach::Refused, "a multicast address"}},
    Range6{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, {Reach::Private, "a loopback address"}},
    Range6{{0xfc}, 7, {Reach::Private, "a private address"}},
    Range6{{0xfe, 0xc0}, 10, {Reach::Private, "a private address"}},
    Range6{{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, {Reach::Private, "a private address"}},
    Range6{{0x20, 0x01, 0x0d, 0xb8}, 32, {Reach::Private, "a documentation address"}},
};

/// Networks of IPv6 that hold an IPv4 address, and where in it.
struct Wrapping
{
    std::array<uint8_t, 16> network;
    unsigned bits;
    size_t offset;
};

constexpr std::array wrappings{
    Wrapping{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 12},
    Wrapping{{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 12},
    Wrapping{{0x00, 0x64, 0xff, 0x9b}, 96, 12},
    Wrapping{{0x20, 0x02}, 16, 2},
    Wrapping{{}, 96, 12},
};

bool isWithin(std::span<const uint8_t> address, std::span<const uint8_t> network, unsigned bits)
{
    for (size_t i = 0; i < address.size() && bits > 0; i++) {
        const unsigned taken = bits < 8 ? bits : 8;
        const auto mask = static_cast<uint8_t>(0xff00u >> taken);
        if ((address[i] & mask) != (network[i] & mask))
            return false;
        bits -= taken;
    }
    return true;
}

AddressSort sortOf4(std::span<const uint8_t> bytes)
{
    const uint32_t address = ip4(bytes[0], bytes[1], bytes[2], bytes[3]);
    for (const Range4 &range : ranges4) {
        if ((address ^ range.network) >> (32 - range.bits) == 0)
            return range.sort;
    }
    return {Reach::Public, "a public address"};
}

} // namespace

AddressSort AddressSort::of(std::span<const uint8_t> address)
{
    if (address.size() == 4)
        return sortOf4(address);
    if (address.size() != 16)
        return {};
    for (const Range6 &range : ranges6) {
        if (isWithin(address, range.network, range.bits))
            return range.sort;
    }
    for (const Wrapping &wrapping : wrappings) {
        if (isWithin(address, wrapping.network, wrapping.bits))
            return sortOf4(address.subspan(wrapping.offset, 4));
    }
    return {Reach::Public, "a public address"};
}

} // namespace plimsoll
