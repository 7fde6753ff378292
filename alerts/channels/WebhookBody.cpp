#include "alerts/channels/WebhookBody.h"

#include "alerts/templates/Executor.h"
#include "alerts/templates/Parser.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QMessageAuthenticationCode>
#include <QUrl>

#include <cmath>

namespace plimsoll::alerts {

namespace {

using templates::List;
using templates::Table;
using templates::Value;

constexpr double exactWhole = 9007199254740992; ///< 2^53

enum class Escape { None, Json, Form };

Escape escapeOf(const QString &contentType)
{
    if (isJsonType(contentType))
        return Escape::Json;
    return contentType.startsWith("application/x-www-form-urlencoded") ? Escape::Form : Escape::None;
}

std::string jsonOf(const QJsonValue &value)
{
    const QByteArray array = QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
    return array.mid(1, array.size() - 2).toStdString();
}

/// A text so that it stays one where it is put: between the quotes of JSON, or as a value of a form.
std::string escaped(const QString &text, Escape escape)
{
    if (escape == Escape::Form)
        return QUrl::toPercentEncoding(text).toStdString();
    if (escape == Escape::None)
        return text.toStdString();
    const std::string quoted = jsonOf(text);
    return quoted.substr(1, quoted.size() - 2);
}

Value numberOf(double number)
{
    if (number == std::floor(number) && std::abs(number) < exactWhole)
        return int64_t(number);
    return number;
}

Value valueOf(const QJsonValue &json, Escape escape)
{
    if (json.isBool())
        return json.toBool();
    if (json.isDouble())
        return numberOf(json.toDouble());
    if (json.isString())
        return escaped(json.toString(), escape);
    if (json.isArray()) {
        List list;
        for (const QJsonValue each : json.toArray())
            list.push_back(valueOf(each, escape));
        return list;
    }
    if (!json.isObject())
        return std::string();
    Table table;
    const QJsonObject object = json.toObject();
    for (auto it = object.begin(); it != object.end(); ++it)
        table.entries.emplace(it.key().toStdString(), valueOf(*it, escape));
    return table;
}

/// The notification, and beside it under `json` each of its fields as JSON.
Value dotOf(const QJsonObject &notification, Escape escape)
{
    Table table;
    Table asJson;
    table.missing = asJson.missing = Table::Missing::Failure;
    for (auto it = notification.begin(); it != notification.end(); ++it) {
        table.entries.emplace(it.key().toStdString(), valueOf(*it, escape));
        asJson.entries.emplace(it.key().toStdString(), jsonOf(*it));
    }
    table.entries.emplace("json", Value(std::move(asJson)));
    // What templates of rules know, for $labels and $value.
    table.entries.emplace("Labels", valueOf(notification.value("labels").toObject(), escape));
    table.entries.emplace("Value", valueOf(notification.value("value"), escape));
    table.entries.emplace("ExternalLabels", Table());
    table.entries.emplace("ExternalURL", std::string());
    return table;
}

} // namespace

bool isJsonType(const QString &contentType)
{
    const QString type = contentType.section(';', 0, 0).trimmed().toLower();
    return type == "application/json" || type.endsWith("+json");
}

Result<QByteArray> expandWebhookBody(const std::string &text, const QString &contentType,
                                     const QJsonObject &notification)
{
    const auto syntax = templates::parseTemplate(text);
    if (!syntax)
        return syntax.error();
    if (syntax->queries)
        return Error{ErrorCode::Invalid, "`query` cannot be used here.", {}};
    templates::Surroundings surroundings;
    surroundings.nowMs = QDateTime::currentMSecsSinceEpoch();
    const auto body = templates::execute(*syntax, dotOf(notification, escapeOf(contentType)), surroundings);
    if (!body)
        return body.error();
    return QByteArray::fromStdString(*body);
}

QByteArray webhookSignature(const QByteArray &secret, const QByteArray &id, int64_t seconds,
                            const QByteArray &body)
{
    const QByteArray key = secret.startsWith("whsec_") ? QByteArray::fromBase64(secret.mid(6)) : secret;
    const QByteArray signedText = id + "." + QByteArray::number(qlonglong(seconds)) + "." + body;
    return "v1," + QMessageAuthenticationCode::hash(signedText, key, QCryptographicHash::Sha256).toBase64();
}

} // namespace plimsoll::alerts
