#include "server/ingest/Prices.h"

#include "server/ingest/Timestamp.h"

#include <cmath>

namespace plimsoll::ingest {
namespace {

/// List prices as the providers published them, in USD per million tokens; the text tier without batch or
/// long-context surcharges. A new price is a new row with its own day, never a change of an old one.
struct Row
{
    const char *provider;
    const char *model;
    const char *validFrom; ///< UTC day
    double input;
    double output;
    double cacheRead;
    double cacheWrite;
};

constexpr Row shippedRows[] = {
    {"openai", "gpt-3.5-turbo*", "2024-01-25", 0.50, 1.50, 0.50, 0.50},
    {"openai", "gpt-4", "2023-03-14", 30, 60, 30, 30},
    {"openai", "gpt-4-0*", "2023-03-14", 30, 60, 30, 30},
    {"openai", "gpt-4-turbo*", "2023-11-06", 10, 30, 10, 10},
    {"openai", "gpt-4o", "2024-05-13", 5, 15, 5, 5},
    {"openai", "gpt-4o", "2024-10-02", 2.50, 10, 1.25, 2.50},
    {"openai", "gpt-4o-2024-05-13", "2024-05-13", 5, 15, 5, 5},
    {"openai", "gpt-4o-2024-08-06", "2024-08-06", 2.50, 10, 1.25, 2.50},
    {"openai", "gpt-4o-2024-11-20", "2024-11-20", 2.50, 10, 1.25, 2.50},
    {"openai", "gpt-4o-mini*", "2024-07-18", 0.15, 0.60, 0.075, 0.15},
    {"openai", "gpt-4.1", "2025-04-14", 2, 8, 0.50, 2},
    {"openai", "gpt-4.1-2*", "2025-04-14", 2, 8, 0.50, 2},
    {"openai", "gpt-4.1-mini*", "2025-04-14", 0.40, 1.60, 0.10, 0.40},
    {"openai", "gpt-4.1-nano*", "2025-04-14", 0.10, 0.40, 0.025, 0.10},
    {"openai", "gpt-5", "2025-08-07", 1.25, 10, 0.125, 1.25},
    {"openai", "gpt-5-2*", "2025-08-07", 1.25, 10, 0.125, 1.25},
    {"openai", "gpt-5-mini*", "2025-08-07", 0.25, 2, 0.025, 0.25},
    {"openai", "gpt-5-nano*", "2025-08-07", 0.05, 0.40, 0.005, 0.05},
    {"openai", "o1", "2024-12-17", 15, 60, 7.50, 15},
    {"openai", "o1-2*", "2024-12-17", 15, 60, 7.50, 15},
    {"openai", "o1-preview*", "2024-09-12", 15, 60, 7.50, 15},
    {"openai", "o1-mini*", "2025-01-31", 1.10, 4.40, 0.55, 1.10},
    {"openai", "o3", "2025-04-16", 10, 40, 2.50, 10},
    {"openai", "o3", "2025-06-10", 2, 8, 0.50, 2},
    {"openai", "o3-2*", "2025-04-16", 10, 40, 2.50, 10},
    {"openai", "o3-2*", "2025-06-10", 2, 8, 0.50, 2},
    {"openai", "o3-mini*", "2025-01-31", 1.10, 4.40, 0.55, 1.10},
    {"openai", "o4-mini*", "2025-04-16", 1.10, 4.40, 0.275, 1.10},
    {"openai", "text-embedding-3-small", "2024-01-25", 0.02, 0, 0.02, 0.02},
    {"openai", "text-embedding-3-large", "2024-01-25", 0.13, 0, 0.13, 0.13},
    {"openai", "text-embedding-ada-002", "2023-06-13", 0.10, 0, 0.10, 0.10},

    {"anthropic", "claude-3-haiku*", "2024-03-13", 0.25, 1.25, 0.03, 0.30},
    {"anthropic", "claude-3-sonnet*", "2024-03-04", 3, 15, 0.30, 3.75},
    {"anthropic", "claude-3-opus*", "2024-03-04", 15, 75, 1.50, 18.75},
    {"anthropic", "claude-3-5-haiku*", "2024-10-22", 1, 5, 0.10, 1.25},
    {"anthropic", "claude-3-5-haiku*", "2024-12-03", 0.80, 4, 0.08, 1},
    {"anthropic", "claude-3-5-sonnet*", "2024-06-20", 3, 15, 0.30, 3.75},
    {"anthropic", "claude-3-7-sonnet*", "2025-02-24", 3, 15, 0.30, 3.75},
    {"anthropic", "claude-sonnet-4*", "2025-05-22", 3, 15, 0.30, 3.75},
    {"anthropic", "claude-opus-4-0*", "2025-05-22", 15, 75, 1.50, 18.75},
    {"anthropic", "claude-opus-4-2*", "2025-05-22", 15, 75, 1.50, 18.75},
    {"anthropic", "claude-opus-4-1*", "2025-08-05", 15, 75, 1.50, 18.75},
    {"anthropic", "claude-opus-4-5*", "2025-11-24", 5, 25, 0.50, 6.25},
    {"anthropic", "claude-haiku-4-5*", "2025-10-15", 1, 5, 0.10, 1.25},

    {"google", "gemini-1.5-flash*", "2024-08-12", 0.075, 0.30, 0.01875, 0.075},
    {"google", "gemini-1.5-pro*", "2024-10-01", 1.25, 5, 0.3125, 1.25},
    {"google", "gemini-2.0-flash", "2025-02-05", 0.10, 0.40, 0.025, 0.10},
    {"google", "gemini-2.0-flash-0*", "2025-02-05", 0.10, 0.40, 0.025, 0.10},
    {"google", "gemini-2.0-flash-lite*", "2025-02-25", 0.075, 0.30, 0.075, 0.075},
    {"google", "gemini-2.5-pro*", "2025-06-17", 1.25, 10, 0.125, 1.25},
    {"google", "gemini-2.5-flash", "2025-06-17", 0.30, 2.50, 0.03, 0.30},
    {"google", "gemini-2.5-flash-lite*", "2025-07-22", 0.10, 0.40, 0.01, 0.10},

    {"mistral", "mistral-large*", "2024-11-18", 2, 6, 2, 2},
    {"mistral", "mistral-medium*", "2025-05-07", 0.40, 2, 0.40, 0.40},
    {"mistral", "mistral-small*", "2025-01-30", 0.10, 0.30, 0.10, 0.10},
    {"mistral", "codestral*", "2025-01-13", 0.30, 0.90, 0.30, 0.30},
    {"mistral", "ministral-8b*", "2024-10-16", 0.10, 0.10, 0.10, 0.10},
    {"mistral", "ministral-3b*", "2024-10-16", 0.04, 0.04, 0.04, 0.04},

    {"deepseek", "deepseek-chat", "2025-02-08", 0.27, 1.10, 0.07, 0.27},
    {"deepseek", "deepseek-chat", "2025-09-05", 0.56, 1.68, 0.07, 0.56},
    {"deepseek", "deepseek-chat", "2025-09-29", 0.28, 0.42, 0.028, 0.28},
    {"deepseek", "deepseek-reasoner", "2025-01-20", 0.55, 2.19, 0.14, 0.55},
    {"deepseek", "deepseek-reasoner", "2025-09-05", 0.56, 1.68, 0.07, 0.56},
    {"deepseek", "deepseek-reasoner", "2025-09-29", 0.28, 0.42, 0.028, 0.28},

    {"xai", "grok-3", "2025-04-09", 3, 15, 0.75, 3},
    {"xai", "grok-3-mini*", "2025-04-09", 0.30, 0.50, 0.075, 0.30},
    {"xai", "grok-4", "2025-07-09", 3, 15, 0.75, 3},
    {"xai", "grok-4-0*", "2025-07-09", 3, 15, 0.75, 3},

    {"cohere", "command-r-plus*", "2024-08-30", 2.50, 10, 2.50, 2.50},
    {"cohere", "command-r-0*", "2024-08-30", 0.15, 0.60, 0.15, 0.15},
    {"cohere", "command-a*", "2025-03-13", 2.50, 10, 2.50, 2.50},
};

Price::NanoUsdPerMillion nano(double usd) { return std::llround(usd * 1e9); }

} // namespace

Prices Prices::shipped()
{
    std::vector<Price> prices;
    for (const Row &row : shippedRows) {
        Price &price = prices.emplace_back();
        price.id = std::string("shipped-") + row.provider + '-' + row.model + '-' + row.validFrom;
        price.provider = row.provider;
        price.model = row.model;
        price.validFromMs = timestampFromText(std::string(row.validFrom) + "T00:00:00Z").value_or(0);
        price.input = nano(row.input);
        price.output = nano(row.output);
        price.cacheRead = nano(row.cacheRead);
        price.cacheWrite = nano(row.cacheWrite);
    }
    return Prices(std::move(prices));
}

} // namespace plimsoll::ingest
