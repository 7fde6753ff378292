#pragma once

#include "storage/model/Result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace plimsoll::alerts {

/// A host and a port: "db.internal:5432", "10.0.0.7:6379", "[::1]:443".
struct Endpoint
{
    std::string host; ///< IPv6 without brackets
    uint16_t port = 0;

    /// `defaultPort` 0 means that the port must be given. The message continues a sentence that began with
    /// the field.
    static Result<Endpoint> parse(std::string_view text, uint16_t defaultPort);
    std::string toString() const;
};

} // namespace plimsoll::alerts
