#pragma once

#include "tests/conformance/SeriesNotation.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::conformance {

/// What messages of one kind are expected. Each must be met by a message, and where any texts are given each
/// message by one of them.
struct ExpectedNotes
{
    std::optional<bool> any; ///< whether there are to be messages; nothing: either
    std::vector<std::string> texts;
    std::vector<std::string> patterns;
    bool anyText = false; ///< one expectation has no text, which all messages meet

    void expect(std::string_view text);
};

/// One eval with all that is expected of it.
struct Eval
{
    size_t line = 0;
    bool range = false;
    int64_t startMs = 0;
    int64_t endMs = 0;
    int64_t stepMs = 0;
    std::string query;
    ExpectedNotes failure;
    ExpectedNotes warnings;
    ExpectedNotes infos;
    bool ordered = false;
    std::optional<std::string> string;
    std::optional<int64_t> pointsStartMs; ///< of a range vector that an instant query yields
    std::optional<int64_t> pointsStepMs;
    std::vector<NotedSeries> series;
    std::string problem; ///< what could not be read
};

/// Reads "eval instant at 5m foo" and "eval range from 0 to 10m step 1m foo".
Eval parseEval(std::string_view line, size_t lineNumber);
/// Adds a line that follows an eval: an expectation or a series.
void readExpectation(Eval &eval, std::string_view line);

std::string_view trimmed(std::string_view text);
/// "50m", "1h30m", "0", "10.5", "-5m" in milliseconds.
std::optional<int64_t> parseOffset(std::string_view text);

} // namespace plimsoll::conformance
