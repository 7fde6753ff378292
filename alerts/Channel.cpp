#include "alerts/Channel.h"

#include "alerts/Fields.h"
#include "alerts/channels/ChannelKind.h"

namespace plimsoll::alerts {

namespace {

std::string knownKinds()
{
    std::string names;
    for (const ChannelKind *kind : channelKinds())
        names += (names.empty() ? "" : ", ") + std::string(kind->name);
    return names;
}

/// Settings as they are stored; a masked secret is the one that is kept, unless it would now go to somebody
/// else.
Result<QJsonObject> readSettings(const ChannelKind &kind, const QJsonObject &given,
                                 const QJsonObject &previous)
{
    std::vector<std::string> kept;
    const Result<QJsonObject> clear = keepSecrets(kind.secrets, given, previous, kept);
    if (!clear)
        return clear.error();
    Result<QJsonObject> settings = kind.readSettings(*clear);
    if (settings && !kept.empty() && kind.receiver(*settings) != kind.receiver(previous))
        return Error{ErrorCode::Invalid,
                     "`" + kept.front() + "` must be given again, because it would go to another host.",
                     "Give the value itself."};
    return settings;
}

QJsonArray toArray(const std::vector<std::string> &texts)
{
    QJsonArray array;
    for (const std::string &text : texts)
        array.append(QString::fromStdString(text));
    return array;
}

} // namespace

Result<Channel> Channel::fromJson(const QJsonObject &object, const Channel *previous)
{
    Fields fields(object, "a channel");
    fields.refuseUnknown({"id", "created_ms", "updated_ms", "name", "kind", "settings"});
    Channel channel;
    channel.name = fields.requiredText("name", 200);
    channel.kind = fields.requiredText("kind", 32);
    if (!fields.has("settings"))
        fields.fail("settings", "is missing.");
    const QJsonObject given = fields.object("settings");
    if (Status status = fields.status(); !status)
        return status.error();
    const ChannelKind *kind = findChannelKind(channel.kind);
    if (!kind)
        return Error{ErrorCode::Unprocessable, "`kind` must be one of: " + knownKinds() + ".", {}};
    const bool sameKind = previous && previous->kind == channel.kind;
    Result<QJsonObject> settings = readSettings(*kind, given, sameKind ? previous->settings : QJsonObject());
    if (!settings)
        return settings.error();
    channel.settings = *settings;
    return channel;
}

QJsonObject Channel::toJson() const
{
    return {{"id", QString::fromStdString(id)},     {"created_ms", qint64(createdMs)},
            {"updated_ms", qint64(updatedMs)},      {"name", QString::fromStdString(name)},
            {"kind", QString::fromStdString(kind)}, {"settings", settings}};
}

QJsonObject Channel::toMaskedJson() const
{
    QJsonObject object = toJson();
    const ChannelKind *known = findChannelKind(kind);
    object.insert("settings", known ? maskSecrets(known->secrets, settings) : QJsonObject());
    if (!missingSecrets.empty())
        object.insert("missing_secrets", toArray(missingSecrets));
    return object;
}

} // namespace plimsoll::alerts
