#pragma once

#include "alerts/Rule.h"
#include "storage/model/Labels.h"

namespace plimsoll::alerts {

/// One value that was evaluated, kept as a receipt.
struct EvaluatedPoint
{
    int64_t timestampMs = 0;
    double value = 0;
};

/// One firing of a rule for one label set, with what is needed to prove it later: the query and the rule's
/// version as they were then. The evaluated points and the deliveries are records of their own under the
/// episode's id.
struct Episode
{
    enum class End { None, Cleared, Disappeared, RuleRemoved, RuleDisabled };

    std::string id; ///< begins with the time, so that ids sort by it
    std::string ruleId;
    std::string ruleName;
    uint32_t ruleVersion = 0;
    Level level;
    std::string expr;
    Labels labels;       ///< of the series, with the rule's own on top
    Labels seriesLabels; ///< of the series alone: what the state machine goes by
    Fields::Texts annotations;
    int64_t pendingSinceMs = 0;
    int64_t startedMs = 0; ///< when it fired
    std::optional<int64_t> endedMs;
    End end = End::None;
    double peak = 0;
    double value = 0; ///< the last one
    std::optional<int64_t> acknowledgedMs;
    std::string acknowledgedBy;

    bool firing() const { return !endedMs; }

    /// The form that is stored; the API adds the deliveries.
    QJsonObject toJson() const;
    static std::optional<Episode> fromJson(const QJsonObject &object);
};

QJsonObject labelsToJson(const Labels &labels);
Labels labelsFromJson(const QJsonObject &object);

/// The evaluated points of an episode, bounded: beyond `maxPoints` every second one of the older half goes,
/// so that the beginning and the end stay.
class EpisodePoints
{
public:
    static constexpr size_t maxPoints = 240;

    void add(EvaluatedPoint point);
    const std::vector<EvaluatedPoint> &points() const { return m_points; }
    QJsonArray toJson() const; ///< of [ms, value]
    static EpisodePoints fromJson(const QJsonArray &array);

private:
    std::vector<EvaluatedPoint> m_points;
};

} // namespace plimsoll::alerts
