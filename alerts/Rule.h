#pragma once

#include "alerts/Condition.h"
#include "alerts/Routing.h"
#include "alerts/RuleStateMachine.h"
#include "storage/query/Query.h"

#include <memory>

namespace plimsoll::alerts {

enum class Severity { Warning, Critical };
std::string_view severityName(Severity severity);
std::optional<Severity> severityFromName(std::string_view name);

/// A line and what it means to be above it. Without a comparison the expression holds it, and every series
/// that it yields is in breach.
struct Level
{
    Severity severity = Severity::Warning;
    std::optional<Comparison> comparison;
    double threshold = 0;
    int64_t forMs = 0;

    bool operator==(const Level &) const = default;
};

/// The group that a rule is evaluated in: one rule after the other by `position`, so that each sees what the
/// recording rules before it wrote. A rule without a group (the name is empty) is by itself. The settings of
/// a group are those of its first rule.
struct RuleGroup
{
    std::string name;
    std::string file;          ///< where it was read from; groups are told apart by file and name
    int64_t intervalMs = 0;    ///< 0: the appliance's
    int64_t queryOffsetMs = 0; ///< how long before its time it is evaluated, for data that comes late
    uint32_t limit = 0; ///< series that one rule may yield; 0: no limit. Beyond it the evaluation fails
    uint32_t position = 0;

    bool operator==(const RuleGroup &) const = default;
};

/// An alert definition, or a recording rule: then `record` is the name under which its results are stored,
/// and levels, channels and what else is for alerts is empty. Values; the queries in `condition` may be
/// shared with other threads.
struct Rule
{
    std::string id;
    uint32_t version = 1; ///< raised by every change; receipts name it
    int64_t createdMs = 0;
    int64_t updatedMs = 0;
    std::string name;
    std::string expr;          ///< as it was written
    std::vector<Level> levels; ///< the most severe first, each severity once; at least one
    int64_t keepFiringForMs = 0;
    NoDataPolicy noData = NoDataPolicy::Ok;
    std::string record; ///< empty for an alert
    RuleGroup group;
    Fields::Texts labels;
    Fields::Texts annotations;
    Fields::Texts variables;            ///< `$name` and `${name}` in `expr` stand for these texts
    std::vector<std::string> channels;  ///< ids, in order, without repeats
    std::vector<std::string> dependsOn; ///< ids of rules and checks; while one of them fires nobody is told
    NoticeRhythm rhythm;
    bool enabled = true;
    bool provisioned = false; ///< from a file on this machine; cannot be changed through the API
    Condition condition;      ///< what is evaluated; follows from expr, variables and the least severe level

    static constexpr int64_t maxForMs = 366LL * 86'400'000;

    bool isRecording() const { return !record.empty(); }
    const Level &mostSevere() const { return levels.front(); }
    const Level &leastSevere() const { return levels.back(); }
    /// What `level` (a position in `levels`) holds against its line.
    Condition conditionOf(size_t level) const;
    /// The levels that a measured value breaches.
    LevelSet breachedBy(double value) const;
    /// The position of a level in `levels`.
    std::optional<uint8_t> levelOf(Severity severity) const;
    /// For a machine that evaluates it every `intervalMs`, unless its group says otherwise.
    RuleTiming timing(int64_t intervalMs) const;

    /// Reads the definition fields from what a client or the store holds; id, version and times are the
    /// caller's. Fails with Invalid or Unprocessable, naming the field and, within `expr`, the position
    /// (line:column from 1). A rule of a group may do what Prometheus allows and we advise against: always
    /// fire.
    static Result<Rule> fromJson(const QJsonObject &object);
    /// The definition without runtime fields. One level stands at the top, several in `levels`.
    QJsonObject toJson() const;
};

/// The definition `current` with an RFC 7386 patch applied; a patch of top-level level fields or of `levels`
/// wins over the form that was stored.
QJsonObject patchRule(const QJsonObject &current, const QJsonObject &patch);

} // namespace plimsoll::alerts
