#include "alerts/checks/CheckKind.h"

#include "alerts/OutboundPolicy.h"
#include "alerts/channels/Secrets.h"
#include "alerts/checks/HttpProbe.h"

namespace plimsoll::alerts {

namespace {

constexpr size_t maxBodyBytes = 64 * 1024;
constexpr std::array<std::string_view, 7> methods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
constexpr std::array<std::string_view, 8> ownHeaders{
    "host", "content-length", "transfer-encoding", "connection", "te", "upgrade", "expect", "trailer"};

bool sameOrigin(const QUrl &a, const QUrl &b)
{
    return a.scheme() == b.scheme() && a.host() == b.host() && a.port() == b.port();
}

std::string headerProblem(const std::string &name, const std::string &value)
{
    const std::string lower = QString::fromStdString(name).toLower().toStdString();
    if (name.empty() || name.find_first_not_of("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos)
        return "is not a header name.";
    if (std::find(ownHeaders.begin(), ownHeaders.end(), lower) != ownHeaders.end())
        return "is set by the appliance itself.";
    const bool clean = std::all_of(value.begin(), value.end(),
                                   [](char c) { return c == '\t' || (uint8_t(c) >= 32 && c != 127); });
    return clean ? std::string() : "holds a line break or another control character.";
}

/// Values are secrets: many hold a token.
QJsonObject readHeaders(Fields &fields, const QJsonObject &kept, bool sameReceiver)
{
    QJsonObject headers;
    for (const auto &[name, value] : fields.texts("headers", 20, 4096)) {
        const QString key = QString::fromStdString(name);
        const std::string field = "headers." + name;
        if (const std::string problem = headerProblem(name, value); !problem.empty())
            fields.fail(field, problem);
        if (value != secretMask) {
            headers.insert(key, QString::fromStdString(value));
            continue;
        }
        if (!kept.value(key).isString())
            fields.fail(field, "is only the mask of a value.", "Give the value itself.");
        else if (!sameReceiver)
            fields.fail(field, "must be given again, because the target is another host.");
        headers.insert(key, kept.value(key));
    }
    return headers;
}

void readTls(Fields &whole, QJsonObject &settings)
{
    const QJsonObject given = whole.object("tls");
    Fields fields(given, "the TLS settings of an http check", "settings.tls.");
    fields.refuseUnknown({"verify", "min_version"});
    const std::string version = fields.has("min_version") ? fields.text("min_version", 3) : "1.2";
    if (version != "1.0" && version != "1.1" && version != "1.2" && version != "1.3")
        fields.fail("min_version", "must be \"1.0\", \"1.1\", \"1.2\" or \"1.3\".");
    settings.insert("tls", QJsonObject{{"verify", fields.flag("verify", true)},
                                       {"min_version", QString::fromStdString(version)}});
    whole.take(fields.status());
}

void read(Fields &fields, const QJsonObject &definition, const Check *previous, Check &check)
{
    const QUrl url(QString::fromStdString(check.target), QUrl::StrictMode);
    if (const Status status = OutboundPolicy::checkUrl(url); !status)
        fields.fail("target", status.error().message, status.error().hint);
    const QJsonObject kept = previous ? previous->settings : QJsonObject();
    const bool same = previous && sameOrigin(url, QUrl(QString::fromStdString(previous->target)));
    Part settings(fields, definition, "settings", {"method", "headers", "body", "redirects", "tls"});
    std::string method = settings->has("method") ? settings->text("method", 10) : "GET";
    method = QString::fromStdString(method).toUpper().toStdString();
    if (std::find(methods.begin(), methods.end(), method) == methods.end())
        settings->fail("method", "must be GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS.");
    settings->text("body", maxBodyBytes);
    const double redirects = settings->number("redirects", 5);
    if (redirects < 0 || redirects > 20)
        settings->fail("redirects", "must be from 0 (redirects are not followed) to 20.");
    check.settings = {{"method", QString::fromStdString(method)},
                      {"headers", readHeaders(*settings, kept.value("headers").toObject(), same)},
                      {"body", settings.object().value("body").toString()},
                      {"redirects", int(redirects)}};
    readTls(*settings, check.settings);
    Part expect(fields, definition, "expect", {"status", "text", "not_text", "matches", "json"});
    check.expect = HttpExpectation::read(*expect, expect.object());
}

QJsonObject maskHeaders(const QJsonObject &settings)
{
    QJsonObject headers;
    for (const QString &name : settings.value("headers").toObject().keys())
        headers.insert(name, QString::fromUtf8(secretMask));
    QJsonObject masked = settings;
    masked.insert("headers", headers);
    return masked;
}

std::unique_ptr<Probe> makeProbe(const Check &check, ProbeContext &context)
{
    return std::make_unique<HttpProbe>(check, context);
}

} // namespace

const CheckKind httpCheck{"http", read, maskHeaders, makeProbe};

} // namespace plimsoll::alerts
