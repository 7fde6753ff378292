#include "alerts/channels/ChannelKind.h"

#include <array>

namespace plimsoll::alerts {

namespace {
constexpr std::array kinds{&webhookChannel,  &alertmanagerChannel, &emailChannel,
                           &slackChannel,    &discordChannel,      &ntfyChannel,
                           &telegramChannel, &pagerdutyChannel,    &opsgenieChannel};

SendOutcome notSent(std::string why)
{
    SendOutcome outcome;
    outcome.error = std::move(why);
    outcome.connected = false;
    return outcome;
}

std::string listed(const std::vector<std::string> &names)
{
    std::string text;
    for (const std::string &name : names)
        text.append(text.empty() ? "`" : ", `").append(name).append("`");
    return text;
}

} // namespace

std::span<const ChannelKind *const> channelKinds() { return kinds; }

const ChannelKind *findChannelKind(std::string_view name)
{
    for (const ChannelKind *kind : kinds) {
        if (kind->name == name)
            return kind;
    }
    return nullptr;
}

QCoro::Task<SendOutcome> sendNotification(OutboundHttp &http, Channel channel, QJsonObject notification)
{
    const ChannelKind *kind = findChannelKind(channel.kind);
    if (!kind)
        co_return notSent("This version has no channels of the kind \"" + channel.kind + "\".");
    if (!channel.missingSecrets.empty())
        co_return notSent("The channel lacks " + listed(channel.missingSecrets) +
                          ": enter them again, they could not be read from the store.");
    const std::vector<std::string> secrets = secretValues(kind->secrets, channel.settings);
    auto sending = kind->send(http, std::move(channel), std::move(notification));
    SendOutcome outcome = co_await sending;
    hideSecrets(secrets, outcome.body);
    hideSecrets(secrets, outcome.error);
    co_return outcome;
}

} // namespace plimsoll::alerts
