#pragma once

#include "alerts/Routing.h"
#include "alerts/Rule.h"
#include "storage/model/Labels.h"

namespace plimsoll::alerts {

/// One value that was evaluated, kept as a receipt.
struct EvaluatedPoint
{
    int64_t timestampMs = 0;
    double value = 0;
};

/// Why nobody was told of an episode for a while, kept in its receipt.
struct Mute
{
    enum class By { Silence, Maintenance, QuietHours, Dependency };

    By by = By::Silence;
    std::string id;        ///< of the silence, the window, or the episode that it depends on
    std::string reason;    ///< the comment or name, for people
    std::string who;       ///< who made it, where that is known
    std::string channelId; ///< of quiet hours, which are those of one channel; else empty: all
    int64_t fromMs = 0;
    std::optional<int64_t> untilMs; ///< nothing: it holds, or it held when the episode ended

    QJsonObject toJson() const;
    static std::optional<Mute> fromJson(const QJsonObject &object);
    /// The same cause for the same channel, whenever.
    bool sameCause(const Mute &other) const
    {
        return by == other.by && id == other.id && channelId == other.channelId;
    }
};

/// One firing of a rule for one label set, or one time of trouble of a check, with what is needed to prove it
/// later: the query and the rule's version as they were then. The evaluated points and the deliveries are
/// records of their own under the episode's id.
struct Episode
{
    enum class End { None, Cleared, Disappeared, RuleRemoved, RuleDisabled, RuleChanged };
    enum class Source { Rule, Check };

    static constexpr size_t maxMutes = 32; ///< the first ones and the latest are kept

    std::string id; ///< begins with the time, so that ids sort by it
    Source source = Source::Rule;
    std::string ruleId; ///< of the rule or check
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
    std::string message; ///< of a check: what is wrong, as it said last; of a rule: what is missing
    Routing routing;
    std::vector<Mute> mutes;

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
