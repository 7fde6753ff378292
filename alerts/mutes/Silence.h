#pragma once

#include "alerts/mutes/LabelTests.h"

namespace plimsoll::alerts {

/// A time in which nobody is told of the episodes whose labels match. The resource `silences`.
struct Silence
{
    static constexpr const char *collection = "silences";
    static constexpr const char *one = "silence";
    static constexpr int64_t maxMs = 366LL * 86'400'000;

    std::string id;
    int64_t createdMs = 0;
    int64_t updatedMs = 0;
    LabelTests matchers;
    int64_t startsMs = 0;
    int64_t endsMs = 0;       ///< after `startsMs`
    std::string untilEpisode; ///< it ends when this one does; empty: it does not depend on any
    std::string comment;
    std::string createdBy;

    /// Begins at `nowMs` unless `starts_ms` is given; ends at `ends_ms` or after `duration`, with
    /// `until_episode` by itself within a year.
    static Result<Silence> fromJson(const QJsonObject &object, int64_t nowMs);
    QJsonObject toJson() const;
    /// With `state`: "pending", "active" or "expired".
    QJsonObject toShownJson(int64_t nowMs) const;

    bool isActive(int64_t atMs) const { return startsMs <= atMs && atMs < endsMs; }
    /// True where it is over for so long that it need not be kept.
    bool isStale(int64_t nowMs) const { return nowMs - endsMs > 30LL * 86'400'000; }
};

} // namespace plimsoll::alerts
