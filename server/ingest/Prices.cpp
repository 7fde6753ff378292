#include "server/ingest/Prices.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace plimsoll::ingest {
namespace {

std::string lower(std::string_view text)
{
    std::string out(text);
    for (char &c : out) {
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

bool fits(std::string_view pattern, std::string_view model)
{
    if (pattern.ends_with('*'))
        return model.starts_with(pattern.substr(0, pattern.size() - 1));
    return pattern == model;
}

/// How much of a name a pattern says: all of it, or so many bytes.
size_t precision(const Price &price)
{
    return price.model.ends_with('*') ? price.model.size() - 1 : std::string::npos;
}

bool betterThan(const Price &a, const Price &b)
{
    if (precision(a) != precision(b))
        return precision(a) > precision(b);
    return a.validFromMs != b.validFromMs ? a.validFromMs > b.validFromMs : a.own && !b.own;
}

} // namespace

std::string providerOfPrices(std::string_view provider)
{
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 14> otherNames{{
        {"gemini", "google"},
        {"vertex", "google"},
        {"vertexai", "google"},
        {"vertex_ai", "google"},
        {"google_genai", "google"},
        {"google-genai", "google"},
        {"googleai", "google"},
        {"azure", "openai"},
        {"azure_openai", "openai"},
        {"azure-openai", "openai"},
        {"claude", "anthropic"},
        {"mistralai", "mistral"},
        {"grok", "xai"},
        {"x.ai", "xai"},
    }};
    const std::string name = lower(provider);
    for (const auto &[other, canonical] : otherNames) {
        if (name == other)
            return std::string(canonical);
    }
    return name;
}

std::string modelOfPrices(std::string_view model)
{
    std::string name = lower(model);
    if (const size_t slash = name.rfind('/'); slash != std::string::npos)
        name.erase(0, slash + 1);
    return name;
}

bool Price::covers(std::string_view callsProvider, std::string_view callsModel) const
{
    return provider == providerOfPrices(callsProvider) && fits(model, modelOfPrices(callsModel));
}

Prices::Prices(std::vector<Price> rows)
    : m_rows(std::move(rows))
{
    std::ranges::stable_sort(m_rows, {}, &Price::provider);
}

const Price *Prices::find(std::string_view provider, std::string_view model, int64_t atMs) const
{
    const std::string vendor = providerOfPrices(provider);
    const std::string name = modelOfPrices(model);
    const Price *best = nullptr;
    const auto first = std::ranges::lower_bound(m_rows, vendor, {}, &Price::provider);
    const auto last = std::ranges::upper_bound(m_rows, vendor, {}, &Price::provider);
    for (const Price &row : std::span(first, last)) {
        const bool candidate = row.validFromMs <= atMs && fits(row.model, name);
        if (candidate && (!best || betterThan(row, *best)))
            best = &row;
    }
    return best;
}

std::optional<int64_t> costNanoUsd(const Price &price, const TokenCounts &tokens)
{
    __extension__ using Int128 = __int128;
    const Int128 femtoUsd = Int128(price.input) * tokens.input + Int128(price.output) * tokens.output +
                            Int128(price.cacheRead) * tokens.cacheRead +
                            Int128(price.cacheWrite) * tokens.cacheWrite;
    const Int128 nanoUsd = (femtoUsd + 500'000) / 1'000'000;
    constexpr Int128 exactInDouble = Int128(1) << 53;
    if (nanoUsd > exactInDouble)
        return std::nullopt;
    return static_cast<int64_t>(nanoUsd);
}

} // namespace plimsoll::ingest
