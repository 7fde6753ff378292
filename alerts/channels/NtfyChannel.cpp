#include "alerts/channels/ChannelKind.h"
#include "alerts/channels/HttpSettings.h"
#include "alerts/channels/NotificationText.h"

#include <QJsonArray>

namespace plimsoll::alerts {

// ntfy, published as JSON: https://docs.ntfy.sh/publish/#publish-as-json. Limits: /#limitations.

namespace {

constexpr std::array secrets{SecretField{"token"}, SecretField{"password"}};
constexpr size_t maxMessageBytes = 4096; ///< a longer one becomes an attachment
constexpr size_t maxTitleBytes = 250;

Result<QJsonObject> readSettings(const QJsonObject &given)
{
    Fields fields(given, "an ntfy channel's settings", "settings.");
    fields.refuseUnknown({"url", "token", "user", "password"});
    const QUrl url = readUrl(fields, "url");
    const std::string token = fields.text("token", 200);
    const std::string user = fields.text("user", 200);
    const std::string password = fields.text("password", 200);
    if (!token.empty() && !user.empty())
        fields.fail("token", "and `settings.user` exclude each other.");
    if (user.empty() != password.empty())
        fields.fail(user.empty() ? "user" : "password", "is missing; give both or none.");
    if (token.find_first_of("\r\n") != std::string::npos)
        fields.fail("token", "holds a line break.");
    if (fields.status() && url.path().section('/', -1).isEmpty())
        fields.fail("url", "does not end in a topic.", "It looks like https://ntfy.sh/my-topic");
    if (Status status = fields.status(); !status)
        return status.error();
    QJsonObject settings{{"url", given.value("url").toString().trimmed()}};
    for (const auto &[name, value] : {std::pair("token", token), {"user", user}, {"password", password}}) {
        if (!value.empty())
            settings.insert(QLatin1String(name), QString::fromStdString(value));
    }
    return settings;
}

int priorityOf(const Notification &notification)
{
    if (notification.resolved() || notification.isTest())
        return 3;
    return notification.severity() == "critical" ? 5 : 4;
}

QString tagOf(const Notification &notification)
{
    if (notification.resolved())
        return "white_check_mark";
    if (notification.isTest())
        return "wave";
    return notification.severity() == "critical" ? "rotating_light" : "warning";
}

QJsonObject bodyOf(const Notification &notification, const QString &topic)
{
    QJsonObject body{{"topic", topic},
                     {"title", QString::fromStdString(cutBytes(titleOf(notification), maxTitleBytes))},
                     {"message", QString::fromStdString(plainText(notification, maxMessageBytes, false))},
                     {"priority", priorityOf(notification)},
                     {"tags", QJsonArray{tagOf(notification)}}};
    if (!notification.first().url.empty())
        body.insert("click", QString::fromStdString(notification.first().url));
    return body;
}

QCoro::Task<SendOutcome> send(OutboundHttp &http, Channel channel, QJsonObject notification)
{
    const QJsonObject &settings = channel.settings;
    QUrl url(settings.value("url").toString(), QUrl::StrictMode);
    const QString topic = url.path().section('/', -1);
    url.setPath(url.path().chopped(topic.size()));
    OutboundRequest request =
        jsonRequest(url, bodyOf(Notification::fromJson(notification), topic), notification);
    const QByteArray pair =
        (settings.value("user").toString() + ':' + settings.value("password").toString()).toUtf8();
    if (settings.contains("token"))
        request.ownHeaders = {{"Authorization", "Bearer " + settings.value("token").toString().toUtf8()}};
    else if (settings.contains("user"))
        request.ownHeaders = {{"Authorization", "Basic " + pair.toBase64()}};
    return http.send(std::move(request));
}

} // namespace

const ChannelKind ntfyChannel{"ntfy", secrets, {60, 300'000}, readSettings, originOf, send};

} // namespace plimsoll::alerts
