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
    /// USD per million tokens in millionths of a dollar: 2.50 USD is 2'500'000. Also: 10^-12 USD per token.
    using MicroUsdPerMillion = int64_t;

    std::string provider; ///< lower case
    std::string model;    ///< lower case; a "*" at the end stands for any rest ("gpt-4o*")
    int64_t validFromMs = 0;
    MicroUsdPerMillion input = 0;
    MicroUsdPerMillion output = 0;
    MicroUsdPerMillion cacheRead = 0;
    MicroUsdPerMillion cacheWrite = 0;
};

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

    /// The price that was valid at a time: of the patterns that fit, the longest; of its rows, the latest
    /// that had begun. Nothing where the model is unknown or had no price yet. Providers are known by their
    /// usual other names too ("gemini" for "google"); a model's path ("models/…", "anthropic/…") and letter
    /// case do not matter.
    const Price *find(std::string_view provider, std::string_view model, int64_t atMs) const;

    std::span<const Price> rows() const { return m_rows; }

private:
    std::vector<Price> m_rows;
};

/// The cost of a call in nano-dollars (10^-9 USD), exact to the half nano-dollar and rounded half up once per
/// call; nothing where it exceeds 9 million dollars.
std::optional<int64_t> costNanoUsd(const Price &price, const TokenCounts &tokens);

} // namespace plimsoll::ingest
