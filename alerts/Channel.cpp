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

/// Settings of an unknown kind are not shown at all.
QJsonObject masked(const std::string &kind, const QJsonObject &settings)
{
    const ChannelKind *known = findChannelKind(kind);
    return known ? maskSecrets(known->secrets, settings) : QJsonObject();
}

/// Shows that something is there which is not: "token" or "headers.Authorization".
void insertMask(QJsonObject &settings, const QString &path)
{
    const qsizetype dot = path.indexOf('.');
    if (dot < 0) {
        settings.insert(path, QString::fromUtf8(secretMask));
        return;
    }
    QJsonObject values = settings.value(path.left(dot)).toObject();
    values.insert(path.mid(dot + 1), QString::fromUtf8(secretMask));
    settings.insert(path.left(dot), values);
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
    return read(object, previous, false);
}

/// `checked`: the settings are taken as they are.
Result<Channel> Channel::read(const QJsonObject &object, const Channel *previous, bool checked)
{
    Fields fields(object, "a channel");
    fields.refuseUnknown(
        {"id", "created_ms", "updated_ms", "name", "kind", "settings", "quiet_hours", "missing_secrets"});
    Channel channel;
    channel.name = fields.requiredText("name", 200);
    channel.kind = fields.requiredText("kind", 32);
    if (!fields.has("settings"))
        fields.fail("settings", "is missing.");
    const QJsonObject given = fields.object("settings");
    channel.quietHours = QuietHours::read(fields);
    if (Status status = fields.status(); !status)
        return status.error();
    const ChannelKind *kind = findChannelKind(channel.kind);
    if (!kind)
        return Error{ErrorCode::Unprocessable, "`kind` must be one of: " + knownKinds() + ".", {}};
    if (checked) {
        channel.settings = given;
        return channel;
    }
    const bool sameKind = previous && previous->kind == channel.kind;
    Result<QJsonObject> settings = readSettings(*kind, given, sameKind ? previous->settings : QJsonObject());
    if (!settings)
        return settings.error();
    channel.settings = *settings;
    return channel;
}

QJsonObject Channel::toJson() const
{
    QJsonObject object{{"id", QString::fromStdString(id)},     {"created_ms", qint64(createdMs)},
                       {"updated_ms", qint64(updatedMs)},      {"name", QString::fromStdString(name)},
                       {"kind", QString::fromStdString(kind)}, {"settings", settings}};
    if (quietHours)
        object.insert("quiet_hours", quietHours->toJson());
    return object;
}

Result<Channel> Channel::fromStored(const QJsonObject &object, const SecretBox &box)
{
    std::vector<std::string> missing;
    QJsonObject clear = object;
    clear.insert("settings", box.unseal(object.value("settings").toObject(), "settings", missing));
    Result<Channel> channel = read(clear, nullptr, true);
    if (!channel)
        return channel;
    channel->id = object.value("id").toString().toStdString();
    channel->createdMs = object.value("created_ms").toInteger();
    channel->updatedMs = object.value("updated_ms").toInteger();
    channel->missingSecrets = std::move(missing);
    return channel;
}

QJsonObject Channel::toStored(const SecretBox &box) const
{
    QJsonObject object = toJson();
    object.insert("settings", box.seal(settings, masked(kind, settings)));
    return object;
}

bool Channel::holdsClear(const QJsonObject &object)
{
    const QJsonObject settings = object.value("settings").toObject();
    return SecretBox::holdsClear(settings, masked(object.value("kind").toString().toStdString(), settings));
}

QJsonObject Channel::toMaskedJson() const
{
    QJsonObject object = toJson();
    QJsonObject shown = masked(kind, settings);
    for (const std::string &path : missingSecrets)
        insertMask(shown, QString::fromStdString(path).section('.', 1));
    object.insert("settings", shown);
    if (!missingSecrets.empty())
        object.insert("missing_secrets", toArray(missingSecrets));
    return object;
}

} // namespace plimsoll::alerts
