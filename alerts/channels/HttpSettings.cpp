#include "alerts/channels/HttpSettings.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace plimsoll::alerts {

namespace {

constexpr std::array<std::string_view, 15> ownHeaders{
    "host",    "content-length", "content-type",    "transfer-encoding", "connection",
    "te",      "upgrade",        "idempotency-key", "user-agent",        "accept-encoding",
    "trailer", "expect",         "webhook-id",      "webhook-timestamp", "webhook-signature"};

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

void checkHeader(Fields &fields, const std::string &field, const std::string &name, const std::string &value)
{
    const std::string lower = QString::fromStdString(name).toLower().toStdString();
    if (!isHeaderName(name))
        return fields.fail(field, "is not a header name.");
    if (std::find(ownHeaders.begin(), ownHeaders.end(), lower) != ownHeaders.end())
        return fields.fail(field, "is set by the appliance itself.", "Leave it out.");
    if (!isHeaderValue(value))
        return fields.fail(field, "holds a line break or another control character.");
}

} // namespace

QUrl readUrl(Fields &fields, const char *name, const char *fallback)
{
    const std::string text = *fallback ? fields.text(name, 2048) : fields.requiredText(name, 2048);
    const QUrl url(text.empty() ? QString::fromUtf8(fallback) : QString::fromStdString(text).trimmed(),
                   QUrl::StrictMode);
    if (!fields.status())
        return url;
    if (Status status = OutboundPolicy::checkUrl(url); !status)
        fields.fail(name, status.error().message, status.error().hint);
    return url;
}

QJsonObject readHeaders(Fields &fields, const char *name)
{
    QJsonObject read;
    for (const auto &[header, value] : fields.texts(name, 20, 4096)) {
        checkHeader(fields, std::string(name) + "." + header, header, value);
        read.insert(QString::fromStdString(header), QString::fromStdString(value));
    }
    return read;
}

std::string originOf(const QJsonObject &settings)
{
    const QUrl url(settings.value("url").toString());
    const int usual = url.scheme() == "https" ? 443 : 80;
    return url.scheme().toStdString() + "://" + url.host().toStdString() + ":" +
           std::to_string(url.port(usual));
}

OutboundRequest jsonRequest(const QUrl &url, const QJsonValue &body, const QJsonObject &notification)
{
    OutboundRequest request;
    request.url = url;
    request.body = (body.isArray() ? QJsonDocument(body.toArray()) : QJsonDocument(body.toObject()))
                       .toJson(QJsonDocument::Compact);
    request.headers = {{"Content-Type", "application/json"},
                       {"Idempotency-Key", notification.value("id").toString().toUtf8()}};
    return request;
}

void addOwnHeaders(OutboundRequest &request, const QJsonObject &headers)
{
    for (auto it = headers.begin(); it != headers.end(); ++it)
        request.ownHeaders.emplace_back(it.key().toUtf8(), it->toString().toUtf8());
}

} // namespace plimsoll::alerts
