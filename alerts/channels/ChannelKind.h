#pragma once

#include "alerts/Channel.h"
#include "alerts/OutboundHttp.h"
#include "alerts/channels/Secrets.h"

#include <QCoroTask>

#include <span>
#include <string_view>

namespace plimsoll::alerts {

/// How often a receiver takes notifications: `count` at once and in every `perMs` milliseconds. Zero: it does
/// not say.
struct RateLimit
{
    int count = 0;
    int64_t perMs = 0;
};

/// How one kind of channel checks its settings, which of them are secret, and how it sends. A new kind is one
/// file with such a row, and one line in the table in ChannelKind.cpp.
struct ChannelKind
{
    std::string_view name;
    std::span<const SecretField> secrets;
    /// As the receiver's documentation says, or as its default is.
    RateLimit rate;
    /// Checked and normalised settings, or what is wrong with which field. Nothing in them is masked.
    Result<QJsonObject> (*readSettings)(const QJsonObject &given);
    /// To whom the secrets go, such as scheme, host and port: secrets that are kept go to nobody else.
    std::string (*receiver)(const QJsonObject &settings);
    /// Sends one notification (README.md) and says how it went; never throws. Call it through
    /// sendNotification().
    QCoro::Task<SendOutcome> (*send)(OutboundHttp &http, Channel channel, QJsonObject notification);
};

/// Null where there is no such kind.
const ChannelKind *findChannelKind(std::string_view name);
std::span<const ChannelKind *const> channelKinds();

/// Sends one notification and says how it went. Secrets of the channel that the receiver repeats in its
/// answer are masked there.
QCoro::Task<SendOutcome> sendNotification(OutboundHttp &http, Channel channel, QJsonObject notification);

extern const ChannelKind alertmanagerChannel;
extern const ChannelKind discordChannel;
extern const ChannelKind emailChannel;
extern const ChannelKind ntfyChannel;
extern const ChannelKind opsgenieChannel;
extern const ChannelKind pagerdutyChannel;
extern const ChannelKind slackChannel;
extern const ChannelKind telegramChannel;
extern const ChannelKind webhookChannel;

} // namespace plimsoll::alerts
