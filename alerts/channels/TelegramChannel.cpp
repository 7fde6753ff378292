#include "alerts/channels/ChannelKind.h"
#include "alerts/channels/HttpSettings.h"
#include "alerts/channels/NotificationText.h"

#include <QJsonDocument>
#include <QRegularExpression>

namespace plimsoll::alerts {

// sendMessage of Telegram's Bot API: https://core.telegram.org/bots/api#sendmessage. Rates:
// https://core.telegram.org/bots/faq (20 messages a minute to a group).

namespace {

constexpr std::array secrets{SecretField{"token"}};
constexpr size_t maxTextUnits = 4096; ///< after the entities were parsed
constexpr const char *api = "https://api.telegram.org";

bool matches(const std::string &text, const char *pattern)
{
    return QRegularExpression(QRegularExpression::anchoredPattern(QLatin1String(pattern)))
        .match(QString::fromStdString(text))
        .hasMatch();
}

Result<QJsonObject> readSettings(const QJsonObject &given)
{
    QJsonObject texts = given;
    for (const char *name : {"chat_id", "thread_id"}) {
        if (given.value(QLatin1String(name)).isDouble())
            texts.insert(QLatin1String(name), QString::number(given.value(QLatin1String(name)).toInteger()));
    }
    Fields fields(texts, "a Telegram channel's settings", "settings.");
    fields.refuseUnknown({"url", "token", "chat_id", "thread_id"});
    const QUrl url = readUrl(fields, "url", api);
    const std::string token = fields.requiredText("token", 200);
    const std::string chat = fields.requiredText("chat_id", 100);
    const std::string thread = fields.text("thread_id", 20);
    if (!token.empty() && !matches(token, "[0-9]+:[A-Za-z0-9_-]+"))
        fields.fail("token", "is not the token of a bot.", "@BotFather gives one: 123456:ABC-DEF…");
    if (!chat.empty() && !matches(chat, "-?[0-9]+|@[A-Za-z0-9_]+"))
        fields.fail("chat_id", "must be a number or @name.");
    if (!thread.empty() && !matches(thread, "[0-9]+"))
        fields.fail("thread_id", "must be a number.");
    if (Status status = fields.status(); !status)
        return status.error();
    QJsonObject settings{{"url", url.toString(QUrl::StripTrailingSlash)},
                         {"token", QString::fromStdString(token)},
                         {"chat_id", QString::fromStdString(chat)}};
    if (!thread.empty())
        settings.insert("thread_id", QString::fromStdString(thread));
    return settings;
}

QString escaped(const std::string &text)
{
    return QString::fromStdString(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
}

QJsonObject bodyOf(const Notification &notification, const QJsonObject &settings)
{
    const std::string title = cutUtf16(titleOf(notification), 256);
    const std::string text = cutUtf16(plainText(notification, maxTextUnits - 300, false), maxTextUnits - 300);
    const QString chat = settings.value("chat_id").toString();
    QJsonObject body{{"chat_id", chat.startsWith('@') ? QJsonValue(chat) : QJsonValue(chat.toLongLong())},
                     {"text", "<b>" + escaped(title) + "</b>\n\n" + escaped(text)},
                     {"parse_mode", "HTML"},
                     {"link_preview_options", QJsonObject{{"is_disabled", true}}},
                     {"disable_notification", notification.resolved()}};
    if (settings.contains("thread_id"))
        body.insert("message_thread_id", settings.value("thread_id").toString().toLongLong());
    return body;
}

/// Telegram says in the body what is wrong and how long to wait.
void understand(SendOutcome &outcome)
{
    const auto answer = QJsonDocument::fromJson(QByteArray::fromStdString(outcome.body)).object();
    const QJsonObject parameters = answer.value("parameters").toObject();
    if (outcome.delivered && answer.value("ok").isBool() && !answer.value("ok").toBool())
        outcome.delivered = false;
    if (outcome.delivered)
        return;
    if (const QString why = answer.value("description").toString(); !why.isEmpty())
        outcome.error = "Telegram says: " + why.toStdString();
    if (const qint64 seconds = parameters.value("retry_after").toInteger(-1); seconds >= 0)
        outcome.retryAfterMs = std::min<qint64>(seconds, 3600) * 1000;
    if (const qint64 chat = parameters.value("migrate_to_chat_id").toInteger(); chat != 0)
        outcome.error += " (its chat_id is now " + std::to_string(chat) + ")";
}

QCoro::Task<SendOutcome> send(OutboundHttp &http, Channel channel, QJsonObject notification)
{
    const QJsonObject &settings = channel.settings;
    const QUrl url(settings.value("url").toString() + "/bot" + settings.value("token").toString() +
                       "/sendMessage",
                   QUrl::StrictMode);
    OutboundRequest request =
        jsonRequest(url, bodyOf(Notification::fromJson(notification), settings), notification);
    auto sending = http.send(std::move(request));
    SendOutcome outcome = co_await sending;
    understand(outcome);
    co_return outcome;
}

} // namespace

const ChannelKind telegramChannel{"telegram", secrets, {20, 60'000}, readSettings, originOf, send};

} // namespace plimsoll::alerts
