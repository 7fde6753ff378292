#include "alerts/channels/ChannelKind.h"
#include "alerts/channels/HttpSettings.h"
#include "alerts/channels/NotificationText.h"

#include <QJsonArray>

namespace plimsoll::alerts {

// The Alert API of Opsgenie: https://docs.opsgenie.com/docs/alert-api. The limits are those of its fields.

namespace {

constexpr std::array secrets{SecretField{"api_key"}};
constexpr const char *api = "https://api.opsgenie.com";
constexpr size_t maxMessageUnits = 130;
constexpr size_t maxAliasBytes = 512;
constexpr size_t maxDescriptionBytes = 15'000;
constexpr size_t maxDetailsBytes = 8'000;

Result<QJsonObject> readSettings(const QJsonObject &given)
{
    Fields fields(given, "an Opsgenie channel's settings", "settings.");
    fields.refuseUnknown({"url", "api_key", "team"});
    const QUrl url = readUrl(fields, "url", api);
    const std::string key = fields.requiredText("api_key", 200);
    const std::string team = fields.text("team", 100);
    if (key.find_first_of("\r\n ") != std::string::npos)
        fields.fail("api_key", "holds a space or a line break.");
    if (Status status = fields.status(); !status)
        return status.error();
    QJsonObject settings{{"url", url.toString(QUrl::StripTrailingSlash)},
                         {"api_key", QString::fromStdString(key)}};
    if (!team.empty())
        settings.insert("team", QString::fromStdString(team));
    return settings;
}

QString priorityOf(const Notification &notification)
{
    if (notification.isTest())
        return "P5";
    return notification.severity() == "critical" ? "P1" : "P3";
}

QString aliasOf(const Notification &notification)
{
    return QString::fromStdString(cutBytes(notification.dedupKey, maxAliasBytes));
}

/// Labels as details, as many as fit.
QJsonObject detailsOf(const NotifiedEpisode &episode)
{
    QJsonObject details;
    size_t bytes = 0;
    for (const auto &[name, value] : episode.labels) {
        bytes += name.size() + value.size();
        if (bytes <= maxDetailsBytes)
            details.insert(QString::fromStdString(name), QString::fromStdString(value));
    }
    return details;
}

QJsonObject alertOf(const Notification &notification, const QJsonObject &settings)
{
    QJsonObject body{{"message", QString::fromStdString(cutUtf16(titleOf(notification), maxMessageUnits))},
                     {"alias", aliasOf(notification)},
                     {"description", QString::fromStdString(plainText(notification, maxDescriptionBytes))},
                     {"details", detailsOf(notification.first())},
                     {"priority", priorityOf(notification)},
                     {"source", "Plimsoll"}};
    if (settings.contains("team"))
        body.insert("responders",
                    QJsonArray{QJsonObject{{"name", settings.value("team")}, {"type", "team"}}});
    return body;
}

QCoro::Task<SendOutcome> post(OutboundHttp &http, QJsonObject settings, QJsonObject body, bool closes,
                              QJsonObject notification)
{
    const Notification read = Notification::fromJson(notification);
    const QString path = closes ? "/v2/alerts/" + QString::fromUtf8(QUrl::toPercentEncoding(aliasOf(read))) +
                                      "/close?identifierType=alias"
                                : QStringLiteral("/v2/alerts");
    OutboundRequest request =
        jsonRequest(QUrl(settings.value("url").toString() + path, QUrl::StrictMode), body, notification);
    request.ownHeaders = {{"Authorization", "GenieKey " + settings.value("api_key").toString().toUtf8()}};
    return http.send(std::move(request));
}

/// A test is closed at once, so that it wakes nobody for long.
QCoro::Task<SendOutcome> send(OutboundHttp &http, Channel channel, QJsonObject notification)
{
    const QPointer<OutboundHttp> alive(&http);
    const Notification read = Notification::fromJson(notification);
    const QJsonObject closing{{"source", "Plimsoll"},
                              {"note", QString::fromStdString(cutBytes(plainText(read, 10'000), 10'000))}};
    auto posting = post(http, channel.settings, read.resolved() ? closing : alertOf(read, channel.settings),
                        read.resolved(), notification);
    SendOutcome outcome = co_await posting;
    if (read.isTest() && outcome.delivered && alive) {
        auto ending = post(http, channel.settings, closing, true, notification);
        co_await ending;
    }
    co_return outcome;
}

} // namespace

const ChannelKind opsgenieChannel{"opsgenie", secrets, {60, 60'000}, readSettings, originOf, send};

} // namespace plimsoll::alerts
