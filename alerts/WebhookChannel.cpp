#include "alerts/ChannelKind.h"
#include "alerts/Fields.h"

#include <QJsonDocument>

namespace plimsoll::alerts {

namespace {

constexpr std::array<std::string_view, 12> ownHeaders{
    "host",       "content-length",  "content-type", "transfer-encoding", "connection", "idempotency-key",
    "user-agent", "accept-encoding", "te",           "upgrade",           "expect",     "trailer"};

bool isHeaderName(std::string_view name)
{
    return !name.empty() && name.find_first_not_of("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
}

bool isHeaderValue(std::string_view value)
{
    return std::all_of(value.begin(), value.end(),
                       [](char c) { return c == '\t' || (uint8_t(c) >= 32 && c != 127); });
}

Status checkHeader(const std::string &name, const std::string &value)
{
    const std::string lower = QString::fromStdString(name).toLower().toStdString();
    const std::string field = "`settings.headers." + name + "` ";
    if (!isHeaderName(name))
        return Error{ErrorCode::Invalid, field + "is not a header name.", {}};
    if (std::find(ownHeaders.begin(), ownHeaders.end(), lower) != ownHeaders.end())
        return Error{ErrorCode::Invalid, field + "is set by the appliance itself.", "Leave it out."};
    if (!isHeaderValue(value))
        return Error{ErrorCode::Invalid, field + "holds a line break or another control character.", {}};
    return {};
}

Result<QJsonObject> readSettings(const QJsonObject &given, const QJsonObject &previous)
{
    Fields fields(given, "a webhook's settings", "settings.");
    fields.refuseUnknown({"url", "headers"});
    const std::string url = fields.requiredText("url", 2048);
    const Fields::Texts headers = fields.texts("headers", 20, 4096);
    if (Status status = fields.status(); !status)
        return status.error();
    if (Status status = OutboundPolicy::checkUrl(QUrl(QString::fromStdString(url), QUrl::StrictMode));
        !status)
        return Error{ErrorCode::Invalid, status.error().message, status.error().hint};
    const QJsonObject kept = previous.value("headers").toObject();
    QJsonObject read;
    for (const auto &[name, value] : headers) {
        const QString key = QString::fromStdString(name);
        const bool masked = value == secretMask;
        if (masked && !kept.contains(key))
            return Error{ErrorCode::Invalid, "`settings.headers." + name + "` is only the mask of a value.",
                         "Give the value itself."};
        if (Status status = checkHeader(name, masked ? std::string() : value); !status)
            return status.error();
        read.insert(key, masked ? kept.value(key) : QJsonValue(QString::fromStdString(value)));
    }
    return QJsonObject{{"url", QString::fromStdString(url)}, {"headers", read}};
}

QJsonObject maskSecrets(const QJsonObject &settings)
{
    QJsonObject headers;
    for (const QString &name : settings.value("headers").toObject().keys())
        headers.insert(name, QString::fromUtf8(secretMask));
    QJsonObject masked = settings;
    masked.insert("headers", headers);
    return masked;
}

QCoro::Task<SendOutcome> send(OutboundHttp &http, QJsonObject settings, QJsonObject notification)
{
    OutboundRequest request;
    request.url = QUrl(settings.value("url").toString(), QUrl::StrictMode);
    request.body = QJsonDocument(notification).toJson(QJsonDocument::Compact);
    request.headers = {{"Content-Type", "application/json"},
                       {"Idempotency-Key", notification.value("id").toString().toUtf8()}};
    const QJsonObject headers = settings.value("headers").toObject();
    for (auto it = headers.begin(); it != headers.end(); ++it)
        request.headers.emplace_back(it.key().toUtf8(), it->toString().toUtf8());
    return http.post(std::move(request));
}

} // namespace

const ChannelKind webhookChannel{"webhook", readSettings, maskSecrets, send};

} // namespace plimsoll::alerts
