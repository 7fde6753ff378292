#include "alerts/channels/ChannelKind.h"
#include "alerts/channels/HttpSettings.h"
#include "alerts/channels/Notification.h"
#include "alerts/channels/NotificationText.h"

#include <QJsonArray>

namespace plimsoll::alerts {

// What Alertmanager 0.25 sends to a receiver of the kind `webhook`, data version 4:
// https://prometheus.io/docs/alerting/latest/configuration/#webhook_config

namespace {

using Texts = NotifiedEpisode::Texts;

constexpr std::array secrets{SecretField{"headers", SecretField::Sort::EveryValue}};
constexpr const char *noEnd = "0001-01-01T00:00:00Z"; ///< Go's zero time: it still fires

Result<QJsonObject> readSettings(const QJsonObject &given)
{
    Fields fields(given, "an Alertmanager receiver's settings", "settings.");
    fields.refuseUnknown({"url", "headers"});
    const QUrl url = readUrl(fields, "url");
    const QJsonObject headers = readHeaders(fields, "headers");
    if (Status status = fields.status(); !status)
        return status.error();
    return QJsonObject{{"url", given.value("url").toString().trimmed()}, {"headers", headers}};
}

/// The labels as a rule of Prometheus would give them: `alertname` and `severity` too.
Texts labelsFor(const NotifiedEpisode &episode)
{
    Texts labels = episode.labels;
    labels.try_emplace("alertname", episode.name);
    if (!episode.severity.empty())
        labels.try_emplace("severity", episode.severity);
    return labels;
}

/// Prometheus' fingerprint of a label set: FNV-1a of 64 bits over sorted names and values, each ended by 255.
QString fingerprint(const Texts &labels)
{
    uint64_t hash = 14695981039346656037ULL;
    const auto add = [&hash](const std::string &text) {
        for (const char c : text + '\xff')
            hash = (hash ^ uint8_t(c)) * 1099511628211ULL;
    };
    for (const auto &[name, value] : labels) {
        add(name);
        add(value);
    }
    return QStringLiteral("%1").arg(qulonglong(hash), 16, 16, QLatin1Char('0'));
}

/// What all of them have in common.
Texts common(const std::vector<Texts> &all)
{
    Texts shared = all.front();
    for (const Texts &texts : all)
        std::erase_if(shared, [&](const auto &entry) {
            const auto found = texts.find(entry.first);
            return found == texts.end() || found->second != entry.second;
        });
    return shared;
}

QJsonObject alertOf(const NotifiedEpisode &episode)
{
    const Texts labels = labelsFor(episode);
    return {{"status", episode.firing ? "firing" : "resolved"},
            {"labels", textsToJson(labels)},
            {"annotations", textsToJson(episode.annotations)},
            {"startsAt", QString::fromStdString(rfc3339(episode.startedMs))},
            {"endsAt", episode.endedMs ? QString::fromStdString(rfc3339(*episode.endedMs)) : QString(noEnd)},
            {"generatorURL", QString::fromStdString(episode.url)},
            {"fingerprint", fingerprint(labels)}};
}

/// `{}:{alertname="CPU is high"}`
QString groupKey(const Texts &labels)
{
    QString text;
    for (const auto &[name, value] : labels) {
        QString escaped = QString::fromStdString(value);
        escaped.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        text += (text.isEmpty() ? "" : ", ") + QString::fromStdString(name) + "=\"" + escaped + "\"";
    }
    return "{}:{" + text + "}";
}

QJsonObject bodyOf(const Notification &notification, const std::string &receiver)
{
    std::vector<Texts> labels;
    std::vector<Texts> annotations;
    QJsonArray alerts;
    for (const NotifiedEpisode &episode : notification.episodes) {
        labels.push_back(labelsFor(episode));
        annotations.push_back(episode.annotations);
        alerts.append(alertOf(episode));
    }
    Texts group = notification.groupLabels;
    if (group.empty())
        group = notification.episodes.size() == 1 ? labels.front()
                                                  : Texts{{"alertname", labels.front().at("alertname")}};
    return {{"version", "4"},
            {"groupKey", groupKey(group)},
            {"truncatedAlerts", qint64(notification.leftOut)},
            {"status", notification.resolved() ? "resolved" : "firing"},
            {"receiver", QString::fromStdString(receiver)},
            {"groupLabels", textsToJson(group)},
            {"commonLabels", textsToJson(common(labels))},
            {"commonAnnotations", textsToJson(common(annotations))},
            {"externalURL", QString::fromStdString(notification.baseUrl())},
            {"alerts", alerts}};
}

QCoro::Task<SendOutcome> send(OutboundHttp &http, Channel channel, QJsonObject notification)
{
    const QUrl url(channel.settings.value("url").toString(), QUrl::StrictMode);
    const QJsonObject body = bodyOf(Notification::fromJson(notification), channel.name);
    OutboundRequest request = jsonRequest(url, body, notification);
    addOwnHeaders(request, channel.settings.value("headers").toObject());
    return http.send(std::move(request));
}

} // namespace

const ChannelKind alertmanagerChannel{"alertmanager", secrets, {}, readSettings, originOf, send};

} // namespace plimsoll::alerts
