#include "alerts/channels/ChannelKind.h"
#include "alerts/channels/HttpSettings.h"
#include "alerts/channels/NotificationText.h"

#include <QJsonArray>

namespace plimsoll::alerts {

// Events of PagerDuty, version 2: https://developer.pagerduty.com/docs/send-alert-event, limits of rates in
// https://developer.pagerduty.com/docs/events-api-v2-overview (120 a minute of an integration key).

namespace {

constexpr std::array secrets{SecretField{"routing_key"}};
constexpr const char *api = "https://events.pagerduty.com/v2/enqueue";
constexpr size_t maxSummaryUnits = 1024;
constexpr size_t maxKeyBytes = 255;
constexpr size_t maxDetailsBytes = 64 * 1024; ///< of the 512 KB that an event may have

Result<QJsonObject> readSettings(const QJsonObject &given)
{
    Fields fields(given, "a PagerDuty channel's settings", "settings.");
    fields.refuseUnknown({"url", "routing_key"});
    const QUrl url = readUrl(fields, "url", api);
    const std::string key = fields.requiredText("routing_key", 200);
    const bool isKey = std::all_of(key.begin(), key.end(), [](char c) { return std::isalnum(uint8_t(c)); });
    if (!key.empty() && (key.size() != 32 || !isKey))
        fields.fail("routing_key", "is not an integration key.",
                    "It is that of an Events API V2 integration: 32 letters and digits.");
    if (Status status = fields.status(); !status)
        return status.error();
    return QJsonObject{{"url", url.toString()}, {"routing_key", QString::fromStdString(key)}};
}

QString sourceOf(const NotifiedEpisode &episode)
{
    for (const char *name : {"instance", "host", "job", "service"}) {
        if (const auto found = episode.labels.find(name); found != episode.labels.end())
            return QString::fromStdString(cutUtf16(found->second, 255));
    }
    return "Plimsoll";
}

QJsonObject payloadOf(const Notification &notification)
{
    const NotifiedEpisode &first = notification.first();
    std::string summary = titleOf(notification);
    if (const auto lines = linesOf(first); !lines.empty() && notification.episodes.size() == 1)
        summary += ": " + lines.front();
    const QString details = QString::fromStdString(plainText(notification, maxDetailsBytes, false));
    return {{"summary", QString::fromStdString(cutUtf16(summary, maxSummaryUnits))},
            {"source", sourceOf(first)},
            {"severity", notification.isTest() ? "info" : QString::fromStdString(notification.severity())},
            {"timestamp", QString::fromStdString(rfc3339(first.startedMs))},
            {"class", QString::fromStdString(cutUtf16(first.name, 255))},
            {"custom_details", QJsonObject{{"text", details}, {"labels", textsToJson(first.labels)}}}};
}

QJsonObject bodyOf(const Notification &notification, const QString &routingKey, bool resolves)
{
    QJsonObject body{{"routing_key", routingKey},
                     {"event_action", resolves ? "resolve" : "trigger"},
                     {"dedup_key", QString::fromStdString(cutBytes(notification.dedupKey, maxKeyBytes))}};
    if (resolves)
        return body;
    body.insert("payload", payloadOf(notification));
    body.insert("client", "Plimsoll");
    if (const QString url = QString::fromStdString(notification.first().url); !url.isEmpty()) {
        body.insert("client_url", url);
        body.insert("links", QJsonArray{QJsonObject{{"href", url}, {"text", "The alarm in Plimsoll"}}});
    }
    return body;
}

QCoro::Task<SendOutcome> post(OutboundHttp &http, QJsonObject settings, QJsonObject notification,
                              bool resolves)
{
    const QUrl url(settings.value("url").toString(), QUrl::StrictMode);
    const QString key = settings.value("routing_key").toString();
    OutboundRequest request =
        jsonRequest(url, bodyOf(Notification::fromJson(notification), key, resolves), notification);
    request.bodyIsSecret = true;
    return http.send(std::move(request));
}

/// A test is triggered and resolved at once, so that it wakes nobody for long.
QCoro::Task<SendOutcome> send(OutboundHttp &http, Channel channel, QJsonObject notification)
{
    const QPointer<OutboundHttp> alive(&http);
    const bool isTest = Notification::fromJson(notification).isTest();
    auto posting =
        post(http, channel.settings, notification, Notification::fromJson(notification).resolved());
    SendOutcome outcome = co_await posting;
    if (isTest && outcome.delivered && alive) {
        auto ending = post(http, channel.settings, notification, true);
        co_await ending;
    }
    co_return outcome;
}

} // namespace

const ChannelKind pagerdutyChannel{"pagerduty", secrets, {120, 60'000}, readSettings, originOf, send};

} // namespace plimsoll::alerts
