#include "server/ingest/scrape/TargetRecord.h"

#include "server/ingest/NameRules.h"
#include "server/ingest/scrape/RelabelYaml.h"
#include "server/ingest/scrape/YamlFields.h"
#include "storage/model/AddressSort.h"
#include "storage/query/Duration.h"

#include <QHostAddress>
#include <QJsonArray>
#include <QJsonDocument>
#include <QUrl>
#include <QUrlQuery>

#include <array>
#include <set>

namespace plimsoll::ingest {
namespace {

constexpr const char *mask = "***";
constexpr int64_t shortestMs = 1000;
constexpr int64_t longestMs = 24LL * 3600 * 1000;
constexpr qsizetype mostHeaders = 32;
constexpr qsizetype mostTextBytes = 64 * 1024;

/// Fields that hold a secret, by the object that they are in.
constexpr std::pair<const char *, const char *> secretFields[] = {
    {"auth", "password"}, {"auth", "token"}, {"tls", "key"}};

/// Takes typed fields out of an object and keeps the first fault.
class FieldReader
{
public:
    FieldReader(const QJsonObject &object, std::string prefix = {})
        : m_object(object)
        , m_prefix(std::move(prefix))
    {
    }

    bool has(const char *name) const { return !m_object.value(QLatin1String(name)).isUndefined(); }
    QJsonValue take(const char *name)
    {
        m_taken.insert(QLatin1String(name));
        const QJsonValue value = m_object.value(QLatin1String(name));
        return value.isNull() ? QJsonValue(QJsonValue::Undefined) : value;
    }
    std::string text(const char *name, const std::string &fallback = {})
    {
        const QJsonValue value = take(name);
        if (value.isUndefined())
            return fallback;
        if (!value.isString() || value.toString().size() > mostTextBytes)
            fail(name, "must be a text.");
        return value.toString().toStdString();
    }
    bool flag(const char *name, bool fallback)
    {
        const QJsonValue value = take(name);
        if (!value.isUndefined() && !value.isBool())
            fail(name, "must be true or false.");
        return value.toBool(fallback);
    }
    uint64_t count(const char *name)
    {
        const QJsonValue value = take(name);
        const double number = value.toDouble(0);
        if (!value.isUndefined() &&
            (!value.isDouble() || number < 0 || number > 1e12 || number != std::floor(number)))
            fail(name, "must be a whole number.");
        return static_cast<uint64_t>(std::clamp(number, 0.0, 1e12));
    }
    int64_t durationMs(const char *name, int64_t fallbackMs)
    {
        if (!has(name))
            return take(name), fallbackMs;
        const auto ms = promql::parseDuration(text(name));
        if (!ms || *ms < shortestMs || *ms > longestMs)
            fail(name, "must be a duration from 1s to 1d, such as 15s.");
        return ms.value_or(fallbackMs);
    }
    QJsonObject object(const char *name)
    {
        const QJsonValue value = take(name);
        if (!value.isUndefined() && !value.isObject())
            fail(name, "must be an object.");
        return value.toObject();
    }

    void fail(const std::string &name, const std::string &what)
    {
        if (!m_fault)
            m_fault = Error{ErrorCode::Unprocessable, '`' + m_prefix + name + "` " + what, {}};
    }
    void refuseUnknown()
    {
        for (const QString &key : m_object.keys()) {
            if (!m_taken.contains(key))
                fail(key.toStdString(), "is not known here.");
        }
    }
    Status status() const { return m_fault ? Status(*m_fault) : Status(); }

private:
    const QJsonObject m_object;
    const std::string m_prefix;
    std::set<QString> m_taken;
    std::optional<Error> m_fault;
};

std::string originOf(const QString &address)
{
    const QUrl url(address);
    const int port = url.port(url.scheme() == QLatin1String("https") ? 443 : 80);
    return (url.scheme() + QLatin1String("://") + url.host() + QLatin1Char(':') + QString::number(port))
        .toStdString();
}

/// The reason why an address may not be asked for; empty where it may.
std::string urlFault(const QUrl &url)
{
    if (!url.isValid() || url.isRelative() || url.host().isEmpty())
        return "must be a whole URL, such as http://127.0.0.1:9100/metrics.";
    if (url.scheme() != QLatin1String("http") && url.scheme() != QLatin1String("https"))
        return "must begin with http:// or https://.";
    if (!url.userInfo().isEmpty())
        return "must not hold a user or password; they go into `auth`.";
    const QHostAddress literal(url.host());
    if (literal.isNull())
        return {};
    AddressSort sort;
    if (literal.protocol() == QAbstractSocket::IPv6Protocol) {
        const Q_IPV6ADDR bytes = literal.toIPv6Address();
        sort = AddressSort::of({bytes.c, sizeof bytes.c});
    } else {
        const quint32 number = literal.toIPv4Address();
        const std::array<uint8_t, 4> bytes{uint8_t(number >> 24), uint8_t(number >> 16), uint8_t(number >> 8),
                                           uint8_t(number)};
        sort = AddressSort::of(bytes);
    }
    return sort.reach == AddressSort::Reach::Refused
               ? std::string("leads to ") + sort.what + ", where scrapes never go."
               : std::string();
}

/// Puts the secrets of the record before where the mask stands.
Status unmask(QJsonObject &given, const TargetRecord *previous)
{
    const QJsonObject before = previous ? previous->given : QJsonObject();
    const bool same =
        previous && originOf(before.value("url").toString()) == originOf(given.value("url").toString());
    const auto restored = [&](const QJsonValue &value, const QJsonValue &old,
                              const std::string &name) -> Result<QJsonValue> {
        if (value.toString() != QLatin1String(mask))
            return value;
        if (!same || !old.isString())
            return Error{ErrorCode::Unprocessable, '`' + name + "` must be given.",
                         "A secret that was kept goes only to the scheme, host and port it was given for."};
        return old;
    };
    for (const auto &[object, field] : secretFields) {
        QJsonObject part = given.value(QLatin1String(object)).toObject();
        if (!part.contains(QLatin1String(field)))
            continue;
        const auto value =
            restored(part.value(QLatin1String(field)),
                     before.value(QLatin1String(object)).toObject().value(QLatin1String(field)),
                     std::string(object) + '.' + field);
        if (!value)
            return value.error();
        part.insert(QLatin1String(field), *value);
        given.insert(QLatin1String(object), part);
    }
    QJsonObject headers = given.value("headers").toObject();
    for (const QString &name : headers.keys()) {
        const auto value = restored(headers.value(name), before.value("headers").toObject().value(name),
                                    "headers." + name.toStdString());
        if (!value)
            return value.error();
        headers.insert(name, *value);
    }
    if (!headers.isEmpty())
        given.insert("headers", headers);
    return {};
}

Labels labelsOf(FieldReader &fields)
{
    std::vector<Labels::Pair> pairs;
    const QJsonObject object = fields.object("labels");
    for (auto it = object.begin(); it != object.end(); ++it) {
        if (!it.value().isString())
            fields.fail("labels." + it.key().toStdString(), "must be a text.");
        pairs.emplace_back(it.key().toStdString(), it.value().toString().toStdString());
    }
    const Labels labels{std::move(pairs)};
    if (const auto fault = checkLabels(labels))
        fields.fail("labels", "are not valid: " + fault->message);
    return labels;
}

Result<ScrapeAuth> authOf(const QJsonObject &object)
{
    ScrapeAuth auth;
    if (object.isEmpty())
        return auth;
    FieldReader fields(object, "auth.");
    const std::string type = fields.text("type");
    if (type == "basic") {
        auth.kind = ScrapeAuth::Kind::Basic;
        auth.user = fields.text("username");
        auth.secret.text = fields.text("password");
    } else if (type == "bearer") {
        auth.kind = ScrapeAuth::Kind::Header;
        auth.secret.text = fields.text("token");
        if (auth.secret.text.empty())
            fields.fail("token", "is missing.");
    } else {
        fields.fail("type", "must be basic or bearer.");
    }
    fields.refuseUnknown();
    if (const Status status = fields.status(); !status)
        return status.error();
    return auth;
}

Result<ScrapeTls> tlsOf(const QJsonObject &object)
{
    ScrapeTls tls;
    FieldReader fields(object, "tls.");
    tls.ca.text = fields.text("ca");
    tls.certificate.text = fields.text("cert");
    tls.key.text = fields.text("key");
    tls.serverName = fields.text("server_name");
    tls.insecureSkipVerify = fields.flag("insecure_skip_verify", false);
    if (tls.certificate.empty() != tls.key.empty())
        fields.fail(tls.key.empty() ? "key" : "cert", "is missing: they go together.");
    fields.refuseUnknown();
    if (const Status status = fields.status(); !status)
        return status.error();
    return tls;
}

void readHeaders(FieldReader &fields, ScrapeTarget &target)
{
    const QJsonObject object = fields.object("headers");
    if (object.size() > mostHeaders)
        fields.fail("headers", "are too many.");
    for (auto it = object.begin(); it != object.end(); ++it) {
        const std::string name = it.key().toStdString();
        const std::string value = it.value().toString().toStdString();
        const bool isToken = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
            return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
        });
        const QString lower = it.key().toLower();
        if (!isToken || !it.value().isString() || value.find_first_of("\r\n") != std::string::npos)
            fields.fail("headers." + name, "is not a header.");
        else if (lower == "host" || lower == "authorization" || lower == "content-length" ||
                 lower == "transfer-encoding" || lower == "connection" || lower == "accept" ||
                 lower == "accept-encoding")
            fields.fail("headers." + name, "cannot be set here.");
        target.headers.push_back({name, {value, {}}});
    }
}

/// The URL with the parameters that were given beside it.
QUrl addressOf(FieldReader &fields)
{
    QUrl url(QString::fromStdString(fields.text("url")).trimmed(), QUrl::StrictMode);
    if (const std::string fault = urlFault(url); !fault.empty())
        fields.fail("url", fault);
    url.setFragment({});
    if (url.path().isEmpty())
        url.setPath("/metrics");
    QUrlQuery query(url);
    const QJsonObject parameters = fields.object("params");
    for (auto it = parameters.begin(); it != parameters.end(); ++it) {
        const QJsonArray values = it.value().isArray() ? it.value().toArray() : QJsonArray{it.value()};
        for (const QJsonValue &value : values) {
            if (!value.isString())
                fields.fail("params." + it.key().toStdString(), "must be a text or a list of texts.");
            query.addQueryItem(QString::fromLatin1(QUrl::toPercentEncoding(it.key())),
                               QString::fromLatin1(QUrl::toPercentEncoding(value.toString())));
        }
    }
    url.setQuery(query);
    return url;
}

void readBounds(FieldReader &fields, ScrapeBounds &bounds)
{
    bounds.samples = fields.count("sample_limit");
    bounds.labels = fields.count("label_limit");
    if (fields.has("body_size_limit")) {
        const auto size = parseSize(fields.text("body_size_limit"));
        if (!size || *size < 1 || *size > ScrapeBounds::mostBodyBytes)
            fields.fail("body_size_limit", "must be a size up to 512MiB, such as 16MiB.");
        bounds.bodyBytes = size.value_or(bounds.bodyBytes);
    }
}

Status readTarget(const QJsonObject &given, TargetRecord &record)
{
    FieldReader fields(given);
    ScrapeTarget &target = record.target;
    const QUrl url = addressOf(fields);
    target.url = url.toEncoded().toStdString();
    const int port = url.port(url.scheme() == QLatin1String("https") ? 443 : 80);
    const std::string host = url.host(QUrl::FullyEncoded).toStdString();
    const std::string address =
        (url.host().contains(':') ? '[' + host + ']' : host) + ':' + std::to_string(port);
    target.pool = fields.text("job", host);
    target.labels = labelsOf(fields);
    if (target.pool.empty() || target.pool.size() > maxLabelValueBytes)
        fields.fail("job", "must be a text of up to 1,024 bytes.");
    if (!target.labels.contains("job"))
        target.labels.set("job", target.pool);
    if (!target.labels.contains("instance"))
        target.labels.set("instance", address);
    target.discovered = target.labels;
    target.discovered.remove("instance");
    target.discovered.set("__address__", address);
    target.discovered.set("__scheme__", url.scheme().toStdString());
    target.discovered.set("__metrics_path__", url.path(QUrl::FullyEncoded).toStdString());
    target.intervalMs = fields.durationMs("interval", target.intervalMs);
    target.timeoutMs =
        fields.durationMs("timeout", std::min(target.timeoutMs, std::max(target.intervalMs, shortestMs)));
    if (target.timeoutMs > target.intervalMs)
        fields.fail("timeout", "must not be longer than `interval`.");
    record.enabled = fields.flag("enabled", true);
    target.honorLabels = fields.flag("honor_labels", false);
    target.honorTimestamps = fields.flag("honor_timestamps", true);
    target.followRedirects = fields.flag("follow_redirects", true);
    if (fields.has("fallback_scrape_protocol")) {
        target.fallback = scrapeProtocolNamed(fields.text("fallback_scrape_protocol"));
        if (!target.fallback)
            fields.fail("fallback_scrape_protocol", "must be PrometheusText0.0.4, PrometheusText1.0.0, "
                                                    "OpenMetricsText0.0.1 or OpenMetricsText1.0.0.");
    }
    readBounds(fields, target.bounds);
    readHeaders(fields, target);
    const QJsonObject auth = fields.object("auth");
    const QJsonObject tls = fields.object("tls");
    const QJsonValue relabel = fields.take("metric_relabel_configs");
    fields.refuseUnknown();
    if (const Status status = fields.status(); !status)
        return status;
    const auto readAuth = authOf(auth);
    if (!readAuth)
        return readAuth.error();
    target.auth = *readAuth;
    const auto readTls = tlsOf(tls);
    if (!readTls)
        return readTls.error();
    target.tls = *readTls;
    if (relabel.isUndefined())
        return {};
    const QByteArray json = QJsonDocument(QJsonObject{{"list", relabel}}).object().value("list").isArray()
                                ? QJsonDocument(relabel.toArray()).toJson(QJsonDocument::Compact)
                                : QByteArray("0");
    const auto rules = readRelabelJson(json.toStdString(), "metric_relabel_configs");
    if (!rules)
        return rules.error();
    target.metricRelabel = *rules;
    return {};
}

} // namespace

Result<TargetRecord> TargetRecord::fromJson(QJsonObject given, const TargetRecord *previous)
{
    for (const char *ours : {"id", "created_ms", "updated_ms", "state"})
        given.remove(QLatin1String(ours));
    TargetRecord record;
    if (const Status whole = unmask(given, previous); !whole)
        return whole.error();
    if (const Status read = readTarget(given, record); !read)
        return read.error();
    record.given = given;
    if (previous) {
        record.id = previous->id;
        record.createdMs = previous->createdMs;
    }
    return record;
}

QJsonObject TargetRecord::toJson() const
{
    return {{"created_ms", qint64(createdMs)}, {"updated_ms", qint64(updatedMs)}, {"target", given}};
}

Result<TargetRecord> TargetRecord::fromStored(const std::string &id, const QJsonObject &stored)
{
    TargetRecord record;
    record.id = id;
    record.createdMs = stored.value("created_ms").toInteger();
    record.updatedMs = stored.value("updated_ms").toInteger();
    record.given = stored.value("target").toObject();
    if (const Status read = readTarget(record.given, record); !read)
        return read.error();
    return record;
}

QJsonObject TargetRecord::toShown() const
{
    QJsonObject shown = given;
    const auto set = [&](const char *name, const QJsonValue &value) {
        if (!shown.contains(QLatin1String(name)))
            shown.insert(QLatin1String(name), value);
    };
    set("job", QString::fromStdString(target.pool));
    set("interval", QString::fromStdString(promql::formatDuration(target.intervalMs)));
    set("timeout", QString::fromStdString(promql::formatDuration(target.timeoutMs)));
    set("labels", QJsonObject());
    set("enabled", enabled);
    for (const auto &[object, field] : secretFields) {
        QJsonObject part = shown.value(QLatin1String(object)).toObject();
        if (!part.contains(QLatin1String(field)))
            continue;
        part.insert(QLatin1String(field), mask);
        shown.insert(QLatin1String(object), part);
    }
    QJsonObject headers = shown.value("headers").toObject();
    for (const QString &name : headers.keys())
        headers.insert(name, mask);
    if (!headers.isEmpty())
        shown.insert("headers", headers);
    shown.insert("id", QString::fromStdString(id));
    shown.insert("created_ms", qint64(createdMs));
    shown.insert("updated_ms", qint64(updatedMs));
    return shown;
}

} // namespace plimsoll::ingest
