#pragma once

#include <QMetaType>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace plimsoll::alerts {

/// What one look of a check found.
enum class Outcome { Ok, Degraded, Failed };

/// How one run of a check ended. A value; crosses threads.
struct ProbeResult
{
    Outcome outcome = Outcome::Failed;
    double durationMs = 0;
    /// One plain sentence: what is wrong, or what was found. Valid UTF-8 of at most `maxMessageBytes`; holds
    /// no secret of the check.
    std::string message;
    /// Further figures that become series: name of the metric without labels, value.
    std::vector<std::pair<std::string, double>> figures;

    static constexpr size_t maxMessageBytes = 500;

    static ProbeResult ok(std::string message = {}) { return {Outcome::Ok, 0, std::move(message), {}}; }
    static ProbeResult degraded(std::string message)
    {
        return {Outcome::Degraded, 0, std::move(message), {}};
    }
    static ProbeResult failed(std::string message) { return {Outcome::Failed, 0, std::move(message), {}}; }
};

} // namespace plimsoll::alerts
