#include "server/ingest/PersonalData.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace plimsoll::ingest {
namespace {

constexpr size_t minEmailBytes = 6;
constexpr size_t minCardDigits = 13;
constexpr size_t maxCardDigits = 19;
constexpr size_t minPrefixedBytes = 20; ///< of a credential with a known prefix
constexpr size_t minRandomBytes = 32;   ///< of one without
constexpr double minRandomBits = 4.2;   ///< of entropy per character

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool isLower(char c) { return c >= 'a' && c <= 'z'; }
bool isLetter(char c) { return isUpper(c) || isLower(c); }
bool isLocalPart(char c)
{
    return isLetter(c) || isDigit(c) || std::string_view("._%+-").find(c) != std::string_view::npos;
}
bool isDomain(char c) { return isLetter(c) || isDigit(c) || c == '.' || c == '-'; }

/// Whether the '@' at a place stands between a mailbox and a domain with a dot and letters at its end.
bool isEmailAt(std::string_view value, size_t at)
{
    if (at == 0 || !isLocalPart(value[at - 1]))
        return false;
    size_t end = at + 1;
    while (end < value.size() && isDomain(value[end]))
        end++;
    std::string_view domain = value.substr(at + 1, end - at - 1);
    while (domain.ends_with('.') || domain.ends_with('-'))
        domain.remove_suffix(1);
    const size_t dot = domain.rfind('.');
    if (dot == std::string_view::npos || dot == 0)
        return false;
    const std::string_view top = domain.substr(dot + 1);
    return top.size() >= 2 && std::all_of(top.begin(), top.end(), isLetter);
}

bool hasEmail(std::string_view value)
{
    if (value.size() < minEmailBytes)
        return false;
    for (size_t at = value.find('@'); at != std::string_view::npos; at = value.find('@', at + 1)) {
        if (isEmailAt(value, at))
            return true;
    }
    return false;
}

/// Ranges of the first four digits, and how long such numbers are.
struct Issuer
{
    int from;
    int to;
    size_t shortest;
    size_t longest;
};
constexpr Issuer issuers[] = {{4000, 4999, 16, 16}, {5100, 5599, 16, 16}, {2221, 2720, 16, 16},
                              {3400, 3499, 15, 15}, {3700, 3799, 15, 15}, {6011, 6011, 16, 19},
                              {6440, 6599, 16, 19}, {3000, 3059, 14, 14}, {3600, 3699, 14, 14},
                              {3800, 3899, 14, 14}, {3528, 3589, 16, 19}};

bool isCard(const std::array<uint8_t, maxCardDigits> &digits, size_t count)
{
    const int start = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3];
    const bool issued = std::any_of(std::begin(issuers), std::end(issuers), [&](const Issuer &issuer) {
        return start >= issuer.from && start <= issuer.to && count >= issuer.shortest &&
               count <= issuer.longest;
    });
    if (!issued)
        return false;
    int sum = 0;
    for (size_t i = 0; i < count; i++) {
        const int digit = digits[count - 1 - i];
        const int twice = digit * 2;
        sum += i % 2 == 0 ? digit : twice > 9 ? twice - 9 : twice;
    }
    return sum % 10 == 0;
}

/// Digits with single spaces or dashes between them, and no digit or letter beside.
bool hasCard(std::string_view value)
{
    std::array<uint8_t, maxCardDigits> digits{};
    for (size_t at = 0; at < value.size();) {
        if (!isDigit(value[at])) {
            at++;
            continue;
        }
        const bool apart = at == 0 || !isLetter(value[at - 1]);
        size_t count = 0;
        bool fits = true;
        while (at < value.size()) {
            if (isDigit(value[at])) {
                fits = fits && count < maxCardDigits;
                if (fits)
                    digits[count++] = static_cast<uint8_t>(value[at] - '0');
                at++;
            } else if ((value[at] == ' ' || value[at] == '-') && at + 1 < value.size() &&
                       isDigit(value[at + 1])) {
                at++;
            } else {
                break;
            }
        }
        const bool ends = at >= value.size() || !isLetter(value[at]);
        if (apart && ends && fits && count >= minCardDigits && isCard(digits, count))
            return true;
    }
    return false;
}

constexpr std::string_view prefixes[] = {
    "ghp_",     "gho_",     "ghu_",     "ghs_",    "ghr_",   "github_pat_", "glpat-", "sk-",
    "sk_live_", "sk_test_", "rk_live_", "whsec_",  "xoxb-",  "xoxp-",       "xoxa-",  "xoxr-",
    "xapp-",    "AKIA",     "ASIA",     "AIza",    "ya29.",  "npm_",        "pypi-",  "hf_",
    "dop_v1_",  "SG.",      "plm_",     "Bearer ", "Basic ", "-----BEGIN "};

bool isTokenText(char c)
{
    return isLetter(c) || isDigit(c) || std::string_view("-_.+/=~").find(c) != std::string_view::npos;
}

bool isJsonWebToken(std::string_view value)
{
    return value.starts_with("eyJ") && std::count(value.begin(), value.end(), '.') == 2;
}

bool isPrefixed(std::string_view value)
{
    if (value.size() < minPrefixedBytes || isJsonWebToken(value))
        return value.size() >= minPrefixedBytes;
    return std::any_of(std::begin(prefixes), std::end(prefixes),
                       [&](std::string_view prefix) { return value.starts_with(prefix); });
}

/// One long word of capitals, small letters and digits that shows no order.
bool isRandom(std::string_view value)
{
    if (value.size() < minRandomBytes || !std::all_of(value.begin(), value.end(), isTokenText))
        return false;
    if (value.find('/') != std::string_view::npos && value.front() == '/')
        return false;
    std::array<uint16_t, 256> counts{};
    size_t uppers = 0;
    size_t lowers = 0;
    size_t digits = 0;
    for (const char c : value) {
        counts[static_cast<uint8_t>(c)]++;
        uppers += isUpper(c);
        lowers += isLower(c);
        digits += isDigit(c);
    }
    const size_t few = value.size() / 10;
    if (uppers < few || lowers < few || digits < 3 || uppers + lowers + digits < value.size() * 9 / 10)
        return false;
    double bits = 0;
    for (const uint16_t count : counts) {
        if (count > 0) {
            const double part = double(count) / double(value.size());
            bits -= part * std::log2(part);
        }
    }
    return bits >= minRandomBits;
}

} // namespace

std::string_view looksLikeName(LooksLike what)
{
    switch (what) {
    case LooksLike::Email:
        return "email";
    case LooksLike::Token:
        return "token";
    case LooksLike::Card:
        return "card";
    case LooksLike::Nothing:
        break;
    }
    return {};
}

LooksLike looksLike(std::string_view value)
{
    if (hasEmail(value))
        return LooksLike::Email;
    if (value.size() < minCardDigits)
        return LooksLike::Nothing;
    if (hasCard(value))
        return LooksLike::Card;
    return isPrefixed(value) || isRandom(value) ? LooksLike::Token : LooksLike::Nothing;
}

} // namespace plimsoll::ingest
