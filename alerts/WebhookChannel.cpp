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

bool sameOrigin(const QUrl &a, const QUrl &b)
{
    return a.scheme() == b.scheme() && a.host() == b.host() && a.port() == b.port();
}

/// The header as it is stored; a masked value is the one that is kept, unless it would now go to somebody
/// else.
Result<QString> readHeader(const std::string &name, const std::string &value, const QJsonObject &kept,
                           bool sameReceiver)
{
    if (Status status = checkHeader(name, value); !status)
        return status.error();
    if (value != secretMask)
        return QString::fromStdString(value);
    const QJsonValue old = kept.value(QString::fromStdString(name));
    if (old.isString() && sameReceiver)
        return old.toString();
    return Error{ErrorCode::Invalid,
                 "`settings.headers." + name + "` " +
                     (old.isString() ? "must be given again, because the URL goes to another host."
                                     : "is only the mask of a value."),
                 "Give the value itself."};
}

Result<QJsonObject> readSettings(const QJsonObject &given, const QJsonObject &previous)
{
    Fields fields(given, "a webhook's settings", "settings.");
    fields.refuseUnknown({"url", "headers"});
    const QUrl url(QString::fromStdString(fields.requiredText("url", 2048)), QUrl::StrictMode);
    const Fields::Texts headers = fields.texts("headers", 20, 4096);
    if (fields.status()) {
        if (Status status = OutboundPolicy::checkUrl(url); !status)
            fields.fail("url", status.error().message, status.error().hint);
    }
    if (Status status = fields.status(); !status)
        return status.error();
    const bool sameReceiver = sameOrigin(url, QUrl(previous.value("url").toString()));
    QJsonObject read;
    for (const auto &[name, value] : headers) {
        const Result<QString> header =
            readHeader(name, value, previous.value("headers").toObject(), sameReceiver);
        if (!header)
            return header.error();
        read.insert(QString::fromStdString(name), *header);
    }
    return QJsonObject{{"url", given.value("url").toString().trimmed()}, {"headers", read}};
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
