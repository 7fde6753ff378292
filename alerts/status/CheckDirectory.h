#pragma once

#include "alerts/status/StatusView.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace plimsoll::alerts {

/// What pages and uptime need to know of a check.
struct CheckFacts
{
    std::string id;
    std::string name; ///< the label `check` of its series
    std::string kind;
    int64_t createdMs = 0;
    int64_t intervalMs = 60'000;
    PublicState state = PublicState::Unknown;
    int64_t sinceMs = 0; ///< 0: not known
    std::string message;
    bool ready = false;
    bool enabled = true;
};

/// The role of whoever knows the checks of a project; asked on the alert thread.
class CheckDirectory
{
public:
    virtual ~CheckDirectory() = default;
    virtual std::vector<CheckFacts> checks() const = 0;
    virtual std::optional<CheckFacts> check(const std::string &id) const = 0;
    /// Whether a maintenance window is open for it.
    virtual bool inMaintenance(const CheckFacts &check, int64_t atMs) const = 0;
};

/// For a project without checks.
class NoChecks final : public CheckDirectory
{
public:
    std::vector<CheckFacts> checks() const override { return {}; }
    std::optional<CheckFacts> check(const std::string &) const override { return {}; }
    bool inMaintenance(const CheckFacts &, int64_t) const override { return false; }
};

} // namespace plimsoll::alerts
