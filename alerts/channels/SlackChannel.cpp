#include "alerts/channels/ChannelKind.h"
#include "alerts/channels/HttpSettings.h"
#include "alerts/channels/NotificationText.h"

#include <QJsonArray>

namespace plimsoll::alerts {

// Incoming webhooks of Slack: https://api.slack.com/messaging/webhooks, texts as in
// https://api.slack.com/reference/surfaces/formatting. Mattermost takes the same.

namespace {

constexpr std::array secrets{SecretField{"url", SecretField::Sort::BehindHost}};
constexpr size_t maxSectionUnits = 3000;
constexpr size_t maxHeaderUnits = 150;
constexpr size_t maxEpisodes = 10; ///< of at most 50 blocks in a message

Result<QJsonObject> readSettings(const QJsonObject &given)
{
    Fields fields(given, "a Slack channel's settings", "settings.");
    fields.refuseUnknown({"url"});
    const QUrl url = readUrl(fields, "url");
    if (Status status = fields.status(); !status)
        return status.error();
    if (url.path().size() < 2)
        return Error{ErrorCode::Invalid, "`settings.url` is not an incoming webhook.",
                     "It looks like https://hooks.slack.com/services/T…/B…/…"};
    return QJsonObject{{"url", given.value("url").toString().trimmed()}};
}

/// The three characters that Slack wants escaped.
QString escaped(const std::string &text)
{
    return QString::fromStdString(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
}

/// Cuts before escaping, so that no entity is cut through; a character can become five.
QString fitted(const std::string &text, size_t maxUnits)
{
    QString fit = escaped(cutUtf16(text, maxUnits));
    for (size_t units = maxUnits; size_t(fit.size()) > maxUnits; units -= units / 4 + 1)
        fit = escaped(cutUtf16(text, units));
    return fit;
}

QString colourOf(const Notification &notification)
{
    if (notification.resolved())
        return "#2e7d32";
    if (notification.isTest())
        return "#757575";
    return notification.severity() == "critical" ? "#c62828" : "#ef6c00";
}

QJsonObject section(const QString &markdown)
{
    return {{"type", "section"}, {"text", QJsonObject{{"type", "mrkdwn"}, {"text", markdown}}}};
}

QJsonObject episodeBlock(const NotifiedEpisode &episode)
{
    std::string lines;
    for (const std::string &line : linesOf(episode))
        lines += (lines.empty() ? "" : "\n") + line;
    const QString link =
        episode.url.empty() ? QString() : "\n<" + escaped(episode.url).replace('|', "%7C") + "|Open>";
    return section(fitted(lines, maxSectionUnits - size_t(link.size())) + link);
}

QJsonObject bodyOf(const Notification &notification)
{
    const std::string title = titleOf(notification);
    QJsonArray blocks{
        QJsonObject{{"type", "header"},
                    {"text", QJsonObject{{"type", "plain_text"},
                                         {"text", QString::fromStdString(cutUtf16(title, maxHeaderUnits))},
                                         {"emoji", false}}}}};
    size_t told = 0;
    for (const NotifiedEpisode &episode : notification.episodes) {
        if (told++ < maxEpisodes)
            blocks.append(episodeBlock(episode));
    }
    const size_t more = notification.leftOut + (told > maxEpisodes ? told - maxEpisodes : 0);
    if (more > 0)
        blocks.append(section(QStringLiteral("and %1 more").arg(more)));
    return {{"text", fitted(title, maxSectionUnits)},
            {"attachments", QJsonArray{QJsonObject{{"color", colourOf(notification)}, {"blocks", blocks}}}}};
}

QCoro::Task<SendOutcome> send(OutboundHttp &http, Channel channel, QJsonObject notification)
{
    const QUrl url(channel.settings.value("url").toString(), QUrl::StrictMode);
    const QJsonObject body = bodyOf(Notification::fromJson(notification));
    return http.send(jsonRequest(url, body, notification));
}

} // namespace

const ChannelKind slackChannel{"slack", secrets, {1, 1000}, readSettings, originOf, send};

} // namespace plimsoll::alerts
