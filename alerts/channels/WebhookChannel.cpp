#include "alerts/channels/ChannelKind.h"
#include "alerts/channels/HttpSettings.h"
#include "alerts/channels/WebhookBody.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>

namespace plimsoll::alerts {

namespace {

constexpr std::array secrets{SecretField{"headers", SecretField::Sort::EveryValue}, SecretField{"secret"}};
constexpr const char *usualType = "application/json";

/// What every notification has, to try a template with.
QJsonObject exampleNotification()
{
    QJsonObject episode{{"id", "e1"},
                        {"event", "firing"},
                        {"rule", QJsonObject{{"id", "r1"}, {"name", "CPU \"is\" high"}}},
                        {"severity", "critical"},
                        {"labels", QJsonObject{{"instance", "web-1"}}},
                        {"annotations", QJsonObject{{"summary", "It is high"}}},
                        {"expr", "cpu"},
                        {"op", ">"},
                        {"threshold", 90},
                        {"value", 91.5},
                        {"peak", 97},
                        {"message", ""},
                        {"acknowledged_by", ""},
                        {"started_ms", qint64(1795248005000)},
                        {"ended_ms", QJsonValue()},
                        {"url", "http://localhost:9510/alerts/episodes/e1"}};
    QJsonObject example = episode;
    for (const auto &[name, value] : {std::pair<const char *, QJsonValue>("version", 1),
                                      {"id", "d1"},
                                      {"dedup_key", "e1"},
                                      {"episode_id", "e1"},
                                      {"repeat", false},
                                      {"source", "rule"},
                                      {"firing", 1},
                                      {"resolved", 0},
                                      {"left_out", 0},
                                      {"episodes", QJsonArray{episode}},
                                      {"group", QJsonObject{{"labels", QJsonObject()}}}})
        example.insert(QLatin1String(name), value);
    return example;
}

/// What a notification lacks is null, so that a template that was right stays so.
QJsonObject completed(const QJsonObject &notification)
{
    QJsonObject whole = notification;
    const QJsonObject example = exampleNotification();
    for (auto it = example.begin(); it != example.end(); ++it) {
        if (!whole.contains(it.key()))
            whole.insert(it.key(), it->isArray() ? QJsonValue(QJsonArray()) : QJsonValue());
    }
    return whole;
}

void checkTemplate(Fields &fields, const std::string &text, const QString &type)
{
    const auto body = expandWebhookBody(text, type, exampleNotification());
    if (!body)
        return fields.fail("template", "is wrong at " + body.error().message);
    QJsonParseError failure;
    QJsonDocument::fromJson(*body, &failure);
    if (isJsonType(type) && failure.error != QJsonParseError::NoError)
        fields.fail("template",
                    "gives no JSON: " + failure.errorString().toStdString() + " at byte " +
                        std::to_string(failure.offset) + " of what it gives.",
                    "Set content_type if it is not meant to.");
}

QString readType(Fields &fields)
{
    const QString type = QString::fromStdString(fields.text("content_type", 100));
    const bool sound = std::all_of(type.begin(), type.end(), [](QChar c) { return c >= ' ' && c < '\x7f'; });
    if (!type.isEmpty() && (!sound || type.count('/') != 1))
        fields.fail("content_type", "is not a media type.", "It looks like application/json or text/plain");
    return type.isEmpty() ? QString::fromLatin1(usualType) : type;
}

Result<QJsonObject> readSettings(const QJsonObject &given)
{
    Fields fields(given, "a webhook's settings", "settings.");
    fields.refuseUnknown({"url", "headers", "secret", "template", "content_type"});
    const QUrl url = readUrl(fields, "url");
    const QJsonObject headers = readHeaders(fields, "headers");
    const std::string secret = fields.text("secret", 500);
    const std::string text = fields.text("template", 32 * 1024);
    const QString type = readType(fields);
    if (!secret.empty() && secret.size() < 16)
        fields.fail("secret", "must have at least 16 characters.");
    if (text.empty() && !isJsonType(type))
        fields.fail("content_type", "needs a `template`; without one the body is JSON.");
    if (!text.empty() && fields.status())
        checkTemplate(fields, text, type);
    if (Status status = fields.status(); !status)
        return status.error();
    QJsonObject settings{{"url", given.value("url").toString().trimmed()}, {"headers", headers}};
    if (!secret.empty())
        settings.insert("secret", QString::fromStdString(secret));
    if (!text.empty())
        settings.insert("template", QString::fromStdString(text));
    if (type != usualType)
        settings.insert("content_type", type);
    return settings;
}

/// The template's body. One that cannot be expanded must not stop an alarm: then it is the notification.
void useTemplate(OutboundRequest &request, const QJsonObject &settings, const QJsonObject &notification)
{
    const QString type = settings.value("content_type").toString(QString::fromLatin1(usualType));
    const auto body =
        expandWebhookBody(settings.value("template").toString().toStdString(), type, completed(notification));
    if (!body)
        return;
    request.body = *body;
    request.headers.front() = {"Content-Type", type.toUtf8()};
}

void sign(OutboundRequest &request, const QByteArray &secret, const QByteArray &id)
{
    const int64_t seconds = QDateTime::currentSecsSinceEpoch();
    request.ownHeaders.emplace_back("webhook-id", id);
    request.ownHeaders.emplace_back("webhook-timestamp", QByteArray::number(qlonglong(seconds)));
    request.ownHeaders.emplace_back("webhook-signature", webhookSignature(secret, id, seconds, request.body));
}

QCoro::Task<SendOutcome> send(OutboundHttp &http, Channel channel, QJsonObject notification)
{
    const QJsonObject &settings = channel.settings;
    const QUrl url(settings.value("url").toString(), QUrl::StrictMode);
    OutboundRequest request = jsonRequest(url, notification, notification);
    if (settings.contains("template"))
        useTemplate(request, settings, notification);
    addOwnHeaders(request, settings.value("headers").toObject());
    if (const QByteArray secret = settings.value("secret").toString().toUtf8(); !secret.isEmpty())
        sign(request, secret, notification.value("id").toString().toUtf8());
    return http.send(std::move(request));
}

} // namespace

const ChannelKind webhookChannel{"webhook", secrets, {}, readSettings, originOf, send};

} // namespace plimsoll::alerts
