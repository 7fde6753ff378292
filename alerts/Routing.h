#pragma once

#include "alerts/Fields.h"

namespace plimsoll::alerts {

/// How the episodes of one rule or check are put together into notices, per channel. The fields `group_by`,
/// `group_wait`, `group_interval` and `repeat_interval` of a definition.
struct NoticeRhythm
{
    static constexpr int64_t maxMs = 31LL * 86'400'000;

    /// Episodes that agree in these labels share a notice; empty: all of the rule do. `...` alone: each has
    /// its own.
    std::vector<std::string> groupBy;
    int64_t waitMs = 0; ///< from the first episode of a group to its notice; who ends before is not told of
    int64_t intervalMs = 60'000; ///< between notices of a group; one that is clear as a whole is told at once
    int64_t repeatMs = 4LL * 3'600'000; ///< of a group that still fires and nobody acknowledged; 0: never

    /// Reads the four fields; what is wrong is noted in `fields`.
    static NoticeRhythm read(Fields &fields);
    /// Adds the four fields.
    void write(QJsonObject &object) const;
    /// Their names, for Fields::refuseUnknown().
    static constexpr std::array<std::string_view, 4> fieldNames{"group_by", "group_wait", "group_interval",
                                                                "repeat_interval"};

    bool operator==(const NoticeRhythm &) const = default;
};

/// Who is told of an episode, and when not. Kept with the episode as it was when it began.
struct Routing
{
    std::vector<std::string> channels;  ///< ids
    std::vector<std::string> dependsOn; ///< ids of rules and checks: while one fires nobody is told
    NoticeRhythm rhythm;

    QJsonObject toJson() const;
    static Routing fromJson(const QJsonObject &object);

    bool operator==(const Routing &) const = default;
};

} // namespace plimsoll::alerts
