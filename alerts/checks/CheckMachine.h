#pragma once

#include "alerts/checks/ProbeResult.h"

#include <QJsonObject>

#include <cstdint>
#include <optional>
#include <string_view>

namespace plimsoll::alerts {

/// What a check is said to be: the word on every screen, `state` in the API.
enum class CheckState { Unknown, Ok, Degraded, Down };

std::string_view checkStateName(CheckState state); ///< "unknown", "ok", "degraded", "down"
std::optional<CheckState> checkStateFromName(std::string_view name);

/// A change of what a check is said to be.
struct CheckChange
{
    CheckState from = CheckState::Unknown;
    CheckState to = CheckState::Unknown;
    int64_t atMs = 0;    ///< the result that settled it
    int64_t sinceMs = 0; ///< the first result of the run that led to it
};

/// The state of a check from the outcomes of its runs. Pure: times and outcomes come in, changes go out.
///
/// It gets worse only after `retries` further bad outcomes in a row (Down: failed ones; Degraded: degraded or
/// failed ones), and better at the first good one. From Unknown the first good outcome settles it, bad ones
/// as above. Outcomes that lie further apart than `gapMs`, or go back in time, are no run of bad ones: what
/// was counted begins anew, since nobody looked in between. The state itself stays.
class CheckMachine
{
public:
    struct Settings
    {
        int retries = 2;
        int64_t gapMs = 180'000;
    };

    explicit CheckMachine(const Settings &settings)
        : m_settings(settings)
    {
    }

    /// Takes the outcome of a run that ended at `nowMs`.
    std::optional<CheckChange> advance(int64_t nowMs, Outcome outcome);
    /// For a check whose definition changed: what was counted is forgotten, the state stays.
    void setSettings(const Settings &settings);

    CheckState state() const { return m_state; }
    int64_t sinceMs() const { return m_sinceMs; } ///< when the state began; 0 while Unknown
    std::optional<int64_t> lastMs() const { return m_lastMs; }
    int failures() const { return m_failed; } ///< failed outcomes in a row
    /// True while bad outcomes are counted that have not changed the state yet: the next run should be soon.
    bool confirming() const;
    /// The first bad outcome of those in a row; nothing after a good one.
    std::optional<int64_t> troubledSinceMs() const { return m_troubledSinceMs; }

    QJsonObject toJson() const;
    /// Takes up what toJson() gave; what cannot be read stays as it is.
    void restore(const QJsonObject &object);

private:
    void count(int64_t nowMs, Outcome outcome);
    CheckState judged(Outcome outcome) const;

    Settings m_settings;
    CheckState m_state = CheckState::Unknown;
    int64_t m_sinceMs = 0;
    std::optional<int64_t> m_lastMs;
    int m_failed = 0;
    int m_troubled = 0;
    std::optional<int64_t> m_troubledSinceMs;
    std::optional<int64_t> m_failedSinceMs;
};

} // namespace plimsoll::alerts
