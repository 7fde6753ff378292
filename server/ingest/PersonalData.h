#pragma once

#include <string_view>

namespace plimsoll::ingest {

/// What a label value looks like.
enum class LooksLike { Nothing, Email, Token, Card };

/// "email", "token", "card"; empty for Nothing.
std::string_view looksLikeName(LooksLike what);

/// Tells values that should not be labels by their looks: an email address anywhere in it; a credential by
/// its issuer's prefix, or because it is long and random; a payment card number by its issuer, length and
/// Luhn digit. UUIDs, hexadecimal digests, paths, addresses of hosts and times are none of these. One pass
/// for most values, no allocation.
LooksLike looksLike(std::string_view value);

} // namespace plimsoll::ingest
