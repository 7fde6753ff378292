#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plimsoll {

/// The role of whoever bounds what a sender may add. It is asked only about series that were never seen
/// before, so it may take a microsecond; known series cost nothing. Safe from any thread. The default knows
/// no bounds.
class NewSeriesRule
{
public:
    struct Refusal
    {
        std::string_view code; ///< a stable word with static storage
        std::string message;
    };

    virtual ~NewSeriesRule() = default;

    /// Why a series may not be added, by its canonical key.
    virtual std::optional<Refusal> refusal(std::string_view) const { return std::nullopt; }
    /// The canonical key under which the series is stored instead. It must not be rewritten again.
    virtual std::optional<std::string> rewritten(std::string_view) const { return std::nullopt; }

    /// The canonical key without the labels that are dropped of its metric, or nothing where it has none.
    /// Asked about stored series too, once after each change, and only where mayMerge() is true of the kind.
    virtual std::optional<std::string> withoutDropped(std::string_view) const { return std::nullopt; }
    /// Whether withoutDropped() can have an answer.
    virtual bool dropsLabels() const { return false; }
    /// Another number after each change of its answers, the same for all rules that one engine meets.
    virtual uint64_t dropsVersion() const { return 0; }

    virtual uint64_t maxActiveSeries() const { return 0; } ///< of the project; 0: no bound
    virtual int64_t maxAgeMs() const { return 0; }         ///< of samples; 0: the engine's bound only
    virtual int64_t maxFutureMs() const { return 0; }      ///< the same ahead of now
};

} // namespace plimsoll
