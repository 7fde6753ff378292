#pragma once

#include "alerts/OutboundHttp.h"

#include <QCoroTask>

#include <span>
#include <string_view>

namespace plimsoll::alerts {

/// What stands in place of a secret wherever settings are shown.
inline constexpr const char *secretMask = "••••";

/// How one kind of channel checks its settings, hides its secrets and sends. A new kind is one file with such
/// a row, and one line in the table in ChannelKind.cpp.
struct ChannelKind
{
    std::string_view name;
    /// Checked and normalised settings, or what is wrong with which field. `previous` are the settings in
    /// force, empty for a new channel; masked secrets are taken from there.
    Result<QJsonObject> (*readSettings)(const QJsonObject &given, const QJsonObject &previous);
    QJsonObject (*maskSecrets)(const QJsonObject &settings);
    /// Sends one notification (the webhook body of server/api/README.md) and says how it went; never throws.
    QCoro::Task<SendOutcome> (*send)(OutboundHttp &http, QJsonObject settings, QJsonObject notification);
};

/// Null where there is no such kind.
const ChannelKind *findChannelKind(std::string_view name);
std::span<const ChannelKind *const> channelKinds();

extern const ChannelKind webhookChannel;

} // namespace plimsoll::alerts
