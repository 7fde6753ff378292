#include "alerts/channels/ChannelKind.h"
#include "alerts/channels/HttpSettings.h"

namespace plimsoll::alerts {

namespace {

constexpr std::array secrets{SecretField{"headers", SecretField::Sort::EveryValue}};

Result<QJsonObject> readSettings(const QJsonObject &given)
{
    Fields fields(given, "a webhook's settings", "settings.");
    fields.refuseUnknown({"url", "headers"});
    const QUrl url = readUrl(fields, "url");
    const QJsonObject headers = readHeaders(fields, "headers");
    if (Status status = fields.status(); !status)
        return status.error();
    return QJsonObject{{"url", given.value("url").toString().trimmed()}, {"headers", headers}};
}

QCoro::Task<SendOutcome> send(OutboundHttp &http, Channel channel, QJsonObject notification)
{
    const QUrl url(channel.settings.value("url").toString(), QUrl::StrictMode);
    OutboundRequest request = jsonRequest(url, notification, notification);
    addOwnHeaders(request, channel.settings.value("headers").toObject());
    return http.send(std::move(request));
}

} // namespace

const ChannelKind webhookChannel{"webhook", secrets, {}, readSettings, originOf, send};

} // namespace plimsoll::alerts
