#pragma once

#include "alerts/Condition.h"
#include "alerts/Fields.h"
#include "alerts/Routing.h"
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

/// An alert definition. Values; the queries in `condition` may be shared with other threads.
struct Rule
{
    std::string id;
    uint32_t version = 1; ///< raised by every change; receipts name it
    int64_t createdMs = 0;
    int64_t updatedMs = 0;
    std::string name;
    std::string expr; ///< as it was written
    Level level;
    Fields::Texts labels;
    Fields::Texts annotations;
    std::vector<std::string> channels; ///< ids, in order, without repeats
    NoticeRhythm rhythm;
    bool enabled = true;
    Condition condition; ///< what is evaluated; follows from expr and level

    static constexpr int64_t maxForMs = 31LL * 86'400'000;

    /// Reads the definition fields from what a client or the store holds; id, version and times are the
    /// caller's. Fails with Invalid or Unprocessable, naming the field and, within `expr`, the position
    /// (line:column from 1).
    static Result<Rule> fromJson(const QJsonObject &object);
    /// The definition without runtime fields.
    QJsonObject toJson() const;
};

/// The definition `current` with an RFC 7386 patch applied; a patch of top-level level fields or of `levels`
/// wins over the form that was stored.
QJsonObject patchRule(const QJsonObject &current, const QJsonObject &patch);

} // namespace plimsoll::alerts
