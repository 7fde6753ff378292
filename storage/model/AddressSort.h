#pragma once

#include <cstdint>
#include <span>

namespace plimsoll {

/// Where an IP address leads, judged on its bytes, never on a name (DESIGN section 7).
///
/// IPv4 inside IPv6 (mapped, compatible, NAT64, 6to4) is judged as the IPv4 it is. Sources: the
/// special-purpose address registries of IANA, RFC 6890; the documented addresses of the metadata services of
/// clouds.
struct AddressSort
{
    enum class Reach {
        Public,
        Private, ///< loopback, RFC 1918, 6598, 4193, 2544, documentation: allowed to some
        Refused, ///< unspecified, link-local, metadata, multicast, reserved: nobody connects there
    };

    Reach reach = Reach::Refused;
    const char *what = "no address"; ///< with its article: "a link-local or metadata address"

    /// 4 or 16 bytes in network order; any other number is refused.
    static AddressSort of(std::span<const uint8_t> address);
};

} // namespace plimsoll
