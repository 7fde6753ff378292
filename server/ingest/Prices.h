#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::ingest {

/// What one provider asks for one family of models from a day on.
struct Price
{
    /// USD per million tokens in 10^-9 dollars: 2.50 USD is 2'500'000'000. Also: 10^-15 USD per token.
    using NanoUsdPerMillion = int64_t;

    std::string id;
    std::string provider; ///< lower case
    std::string model;    ///< lower case; a "*" at the end stands for any rest ("gpt-4o*")
    int64_t validFromMs = 0;
    NanoUsdPerMillion input = 0;
    NanoUsdPerMillion output = 0;
    NanoUsdPerMillion cacheRead = 0;
    NanoUsdPerMillion cacheWrite = 0;
    bool own = false; ///< of a project, not shipped

    /// Whether calls of this provider and model are its business, at whatever time.
    bool covers(std::string_view callsProvider, std::string_view callsModel) const;
};

/// The name by which prices know a provider ("google" for "Gemini").
std::string providerOfPrices(std::string_view provider);
/// A model as prices know it: lower case, without a path.
std::string modelOfPrices(std::string_view model);

/// Tokens of one call by the price they cost. Cache tokens are not part of input.
struct TokenCounts
{
    int64_t input = 0;
    int64_t output = 0;
    int64_t cacheRead = 0;
    int64_t cacheWrite = 0;
};

/// The dated price table. Immutable once shared between threads.
class Prices
{
public:
    Prices() = default;
    explicit Prices(std::vector<Price> rows);

    /// The table that comes with the program.
    static Prices shipped();

    /// The price that was valid at a time: the model named whole, else the longest pattern that fits; of its
    /// rows, the latest that had begun; an own one before a shipped one of the same time. Nothing where the
    /// model is unknown or had no price yet. Providers are known by their usual other names too ("gemini" for
    /// "google"); a model's path ("models/…", "anthropic/…") and letter case do not matter.
    const Price *find(std::string_view provider, std::string_view model, int64_t atMs) const;

    /// By provider.
    std::span<const Price> rows() const { return m_rows; }

private:
    std::vector<Price> m_rows;
};

/// The cost of a call in nano-dollars (10^-9 USD), exact to the half nano-dollar and rounded half up once per
/// call; nothing where it exceeds 9 million dollars.
std::optional<int64_t> costNanoUsd(const Price &price, const TokenCounts &tokens);

} // namespace plimsoll::ingest
