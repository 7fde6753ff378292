#include "alerts/backtest/NoiseFinder.h"

#include "alerts/Duration.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace plimsoll::alerts {

namespace {

constexpr int64_t minuteMs = 60'000;
constexpr double weekMs = 7.0 * 86'400'000;
constexpr size_t fewest = 5;
constexpr double mostPerWeek = 10;
constexpr int64_t shortMs = 10 * minuteMs;
constexpr std::array<int64_t, 9> steps{30'000,        minuteMs,      2 * minuteMs,
                                       3 * minuteMs,  5 * minuteMs,  10 * minuteMs,
                                       15 * minuteMs, 30 * minuteMs, 60 * minuteMs};

int64_t median(std::vector<int64_t> values)
{
    const auto middle = values.begin() + static_cast<ptrdiff_t>((values.size() - 1) / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

std::vector<int64_t> lengthsOf(const BacktestAnswer &answer)
{
    std::vector<int64_t> lengths;
    for (const ReplayedEpisode &episode : answer.episodes)
        lengths.push_back(episode.lengthMs(answer.toMs));
    return lengths;
}

bool isNoisy(const BacktestAnswer &answer, int64_t medianMs)
{
    const double weeks = std::max(1.0, static_cast<double>(answer.toMs - answer.fromMs) / weekMs);
    const size_t times = answer.episodes.size();
    return times >= fewest && static_cast<double>(times) > mostPerWeek * weeks && medianMs < shortMs;
}

size_t enough(size_t times) { return times / 3; }

/// How many of the episodes would be left if their condition had to hold for so long.
size_t left(const BacktestAnswer &answer, int64_t forMs)
{
    return static_cast<size_t>(
        std::count_if(answer.episodes.begin(), answer.episodes.end(), [&](const ReplayedEpisode &episode) {
            return episode.endedMs.value_or(answer.toMs) - episode.pendingSinceMs > forMs;
        }));
}

Rule withFor(const Rule &rule, int64_t forMs)
{
    Rule changed = rule;
    for (Level &level : changed.levels)
        level.forMs = std::max(level.forMs, forMs);
    return changed;
}

/// Tries the steps beyond what the rule has, beginning with the first that promises enough, and at most two.
void suggestFor(Noise &noise, const BacktestAnswer &answer, const Rule &rule, const BacktestAgain &again)
{
    int tries = 0;
    for (const int64_t forMs : steps) {
        if (forMs <= rule.leastSevere().forMs || left(answer, forMs) > enough(noise.times))
            continue;
        if (tries++ == 2)
            return;
        const Result<BacktestAnswer> then = again(withFor(rule, forMs));
        if (!then)
            return;
        if (then->episodes.size() > enough(noise.times))
            continue;
        noise.field = "for";
        noise.suggestedMs = forMs;
        noise.timesThen = then->episodes.size();
        return;
    }
}

std::string shortDuration(int64_t ms)
{
    char text[32];
    if (ms < minuteMs)
        std::snprintf(text, sizeof text, "%.3g s", static_cast<double>(ms) / 1000);
    else
        std::snprintf(text, sizeof text, "%.3g min", static_cast<double>(ms) / minuteMs);
    return text;
}

} // namespace

std::optional<Noise> findNoise(const BacktestAnswer &answer, const Rule &rule, const BacktestAgain &again)
{
    if (answer.episodes.empty())
        return {};
    Noise noise;
    noise.times = answer.episodes.size();
    noise.medianMs = median(lengthsOf(answer));
    if (!isNoisy(answer, noise.medianMs))
        return {};
    suggestFor(noise, answer, rule, again);
    return noise;
}

std::string Noise::text() const
{
    std::string said = "Fired " + std::to_string(times) + " times, median " + shortDuration(medianMs);
    if (field.empty())
        return said + ".";
    said += ": try " + field + ": " + formatDurationMs(suggestedMs) + " (it would have fired ";
    return said +
           (timesThen == 1   ? "once"
            : timesThen == 0 ? "never"
                             : std::to_string(timesThen) + " times") +
           ").";
}

} // namespace plimsoll::alerts
