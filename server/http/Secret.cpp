#include "server/http/Secret.h"

#include <sodium.h>

#include <array>
#include <cstdlib>

namespace plimsoll::http {

namespace {

/// libsodium must be set up once before anything else of it.
void prepareSodium()
{
    static const bool ready = sodium_init() >= 0;
    if (!ready)
        std::abort();
}

template<size_t Size>
std::string base64url(const std::array<unsigned char, Size> &bytes)
{
    constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    std::string text(sodium_base64_ENCODED_LEN(Size, variant), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), variant);
    text.pop_back(); // the terminating NUL
    return text;
}

} // namespace

std::string randomSecret()
{
    prepareSodium();
    std::array<unsigned char, 32> bytes;
    randombytes_buf(bytes.data(), bytes.size());
    return base64url(bytes);
}

std::string randomId()
{
    prepareSodium();
    std::array<unsigned char, 8> bytes;
    randombytes_buf(bytes.data(), bytes.size());
    std::string text(bytes.size() * 2 + 1, '\0');
    sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
    text.pop_back();
    return text;
}

std::string secretHash(std::string_view secret, std::string_view context)
{
    prepareSodium();
    crypto_generichash_state state;
    std::array<unsigned char, 32> hash;
    const auto bytes = [](std::string_view text) {
        return reinterpret_cast<const unsigned char *>(text.data());
    };
    crypto_generichash_init(&state, nullptr, 0, hash.size());
    crypto_generichash_update(&state, bytes(context), context.size());
    crypto_generichash_update(&state, bytes(std::string_view("\0", 1)), 1);
    crypto_generichash_update(&state, bytes(secret), secret.size());
    crypto_generichash_final(&state, hash.data(), hash.size());
    return base64url(hash);
}

bool equalInConstantTime(std::string_view left, std::string_view right)
{
    prepareSodium();
    return left.size() == right.size() && sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string passwordHash(const std::string &password)
{
    prepareSodium();
    std::array<char, crypto_pwhash_STRBYTES> hash{};
    if (crypto_pwhash_str_alg(hash.data(), password.data(), password.size(),
                              crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        return {};
    return hash.data();
}

bool passwordMatchesHash(const std::string &hash, const std::string &password)
{
    prepareSodium();
    return !hash.empty() && crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

} // namespace plimsoll::http
