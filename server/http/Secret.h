#pragma once

#include <string>
#include <string_view>

namespace plimsoll::http {

/// 256 random bits of the system's generator as 43 base64url characters.
std::string randomSecret();

/// Short random id of a record: 16 lower-case hexadecimal digits.
std::string randomId();

/// BLAKE2b-256 as 43 base64url characters. `context` keeps hashes for different uses apart.
std::string secretHash(std::string_view secret, std::string_view context);

/// Compares without telling by its time where the difference is.
bool equalInConstantTime(std::string_view left, std::string_view right);

/// An argon2id hash with its parameters (about 50 ms and 64 MiB); empty if memory is short.
std::string passwordHash(const std::string &password);
bool passwordMatchesHash(const std::string &hash, const std::string &password);

} // namespace plimsoll::http
