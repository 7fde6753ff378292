#include "alerts/channels/ChannelKind.h"
#include "alerts/channels/HttpSettings.h"
#include "alerts/channels/NotificationText.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QUrlQuery>

namespace plimsoll::alerts {

// Webhooks of Discord: https://discord.com/developers/docs/resources/webhook#execute-webhook, limits of
// embeds in /resources/message, of rates in /topics/rate-limits (and 30 messages a minute of a channel).

namespace {

constexpr std::array secrets{SecretField{"url", SecretField::Sort::BehindHost}};
constexpr size_t maxTitleUnits = 256;
constexpr size_t maxDescriptionUnits = 4096;

Result<QJsonObject> readSettings(const QJsonObject &given)
{
    Fields fields(given, "a Discord channel's settings", "settings.");
    fields.refuseUnknown({"url", "username"});
    const QUrl url = readUrl(fields, "url");
    const std::string username = fields.text("username", 80);
    if (Status status = fields.status(); !status)
        return status.error();
    if (url.path().size() < 2)
        return Error{ErrorCode::Invalid, "`settings.url` is not a webhook of Discord.",
                     "It looks like https://discord.com/api/webhooks/…/…"};
    QJsonObject settings{{"url", given.value("url").toString().trimmed()}};
    if (!username.empty())
        settings.insert("username", QString::fromStdString(username));
    return settings;
}

/// What Markdown would take for itself loses its meaning.
std::string escaped(const std::string &text)
{
    std::string out;
    for (const char c : text) {
        if (std::string_view("\\*_~`|>#[]()-").find(c) != std::string_view::npos)
            out += '\\';
        out += c;
    }
    return out;
}

int colourOf(const Notification &notification)
{
    if (notification.resolved())
        return 0x2e7d32;
    if (notification.isTest())
        return 0x757575;
    return notification.severity() == "critical" ? 0xc62828 : 0xef6c00;
}

std::string descriptionOf(const Notification &notification)
{
    std::string text;
    size_t told = 0;
    for (const NotifiedEpisode &episode : notification.episodes) {
        std::string next = told > 0 ? "\n" : "";
        for (const std::string &line : linesOf(episode))
            next.append(escaped(line)).append("\n");
        if (told > 0 && text.size() + next.size() + 32 > maxDescriptionUnits)
            break;
        text += next;
        told++;
    }
    if (const size_t more = notification.leftOut + notification.episodes.size() - told; more > 0)
        text += "and " + std::to_string(more) + " more";
    return cutUtf16(text, maxDescriptionUnits);
}

QJsonObject bodyOf(const Notification &notification, const QJsonObject &settings)
{
    const int64_t atMs = notification.first().endedMs.value_or(notification.first().startedMs);
    QJsonObject embed{{"title", QString::fromStdString(cutUtf16(titleOf(notification), maxTitleUnits))},
                      {"description", QString::fromStdString(descriptionOf(notification))},
                      {"color", colourOf(notification)},
                      {"timestamp", QString::fromStdString(rfc3339(atMs))}};
    if (!notification.first().url.empty())
        embed.insert("url", QString::fromStdString(notification.first().url));
    QJsonObject body{{"embeds", QJsonArray{embed}},
                     {"allowed_mentions", QJsonObject{{"parse", QJsonArray()}}}};
    if (settings.contains("username"))
        body.insert("username", settings.value("username"));
    return body;
}

/// With `wait` Discord answers when the message is there, not when the request is.
QUrl waiting(const QString &text)
{
    QUrl url(text, QUrl::StrictMode);
    QUrlQuery query(url);
    query.removeAllQueryItems("wait");
    query.addQueryItem("wait", "true");
    url.setQuery(query);
    return url;
}

QCoro::Task<SendOutcome> send(OutboundHttp &http, Channel channel, QJsonObject notification)
{
    const QJsonObject body = bodyOf(Notification::fromJson(notification), channel.settings);
    auto sending =
        http.send(jsonRequest(waiting(channel.settings.value("url").toString()), body, notification));
    SendOutcome outcome = co_await sending;
    if (outcome.status == 429) {
        const auto answer = QJsonDocument::fromJson(QByteArray::fromStdString(outcome.body)).object();
        if (const double seconds = answer.value("retry_after").toDouble(-1); seconds >= 0)
            outcome.retryAfterMs = int64_t(std::min(seconds, 3600.0) * 1000);
    }
    co_return outcome;
}

} // namespace

const ChannelKind discordChannel{"discord", secrets, {5, 10'000}, readSettings, originOf, send};

} // namespace plimsoll::alerts
