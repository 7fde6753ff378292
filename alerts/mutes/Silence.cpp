#include "alerts/mutes/Silence.h"

namespace plimsoll::alerts {

Result<Silence> Silence::fromJson(const QJsonObject &object, int64_t nowMs)
{
    Fields fields(object, "a silence");
    fields.refuseUnknown({"id", "created_ms", "updated_ms", "state", "matchers", "starts_ms", "ends_ms",
                          "duration", "until_episode", "comment", "created_by"});
    Silence silence;
    silence.matchers = LabelTests::read(fields, "matchers");
    if (silence.matchers.empty())
        fields.fail("matchers", fields.has("matchers") ? "is empty." : "is missing.",
                    "Name at least one label; a maintenance window can silence all of a project.");
    else if (silence.matchers.matchesNothing())
        fields.fail("matchers", "match everything that lacks these labels.",
                    "Let at least one of them ask for a value.");
    silence.startsMs = int64_t(fields.number("starts_ms", double(nowMs)));
    const int64_t durationMs = fields.durationMs("duration", 0, maxMs);
    silence.endsMs = int64_t(fields.number("ends_ms", double(silence.startsMs + durationMs)));
    silence.untilEpisode = fields.text("until_episode", 40);
    if (!silence.untilEpisode.empty() && !fields.has("ends_ms") && !fields.has("duration"))
        silence.endsMs = silence.startsMs + maxMs;
    else if (!fields.has("ends_ms") && !fields.has("duration"))
        fields.fail("ends_ms", "is missing.", "Give ends_ms, duration such as \"2h\", or until_episode.");
    else if (silence.endsMs <= silence.startsMs)
        fields.fail("ends_ms", "is not after `starts_ms`.");
    else if (silence.endsMs - silence.startsMs > maxMs)
        fields.fail("ends_ms", "is more than a year after `starts_ms`.");
    silence.comment = fields.text("comment", 2000);
    silence.createdBy = fields.text("created_by", 200);
    if (Status status = fields.status(); !status)
        return status.error();
    return silence;
}

QJsonObject Silence::toJson() const
{
    return {{"id", QString::fromStdString(id)},
            {"created_ms", qint64(createdMs)},
            {"updated_ms", qint64(updatedMs)},
            {"matchers", matchers.toJson()},
            {"starts_ms", qint64(startsMs)},
            {"ends_ms", qint64(endsMs)},
            {"until_episode", untilEpisode.empty() ? QJsonValue() : QString::fromStdString(untilEpisode)},
            {"comment", QString::fromStdString(comment)},
            {"created_by", QString::fromStdString(createdBy)}};
}

QJsonObject Silence::toShownJson(int64_t nowMs) const
{
    QJsonObject object = toJson();
    object.insert("state", isActive(nowMs) ? "active" : nowMs < startsMs ? "pending" : "expired");
    return object;
}

} // namespace plimsoll::alerts
