#include "server/api/StorageSettings.h"

#include "server/api/InQuotes.h"
#include "server/api/TimeArgument.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTimeZone>

#include <charconv>

namespace plimsoll::api {

namespace {

constexpr const char *settingsExample =
    R"({"retention":{"raw":"35d","hourly":"2y","daily":"10y","prefixes":[{"prefix":"debug_","raw":"7d",
    "hourly":"7d","daily":"7d"}]},"storage":{"max_bytes":0},"journal":{"max_bytes":0},"time_zone":"UTC",
    "restart_required":false})";

using http::Access;
using http::Method;
using http::Reply;
using http::Response;

constexpr const char *collection = "settings";
constexpr const char *documentId = "storage";
constexpr ProjectId appliance = 0;
constexpr int64_t minRetentionMs = 3'600'000;

Error bad(const std::string &field, const std::string &what, const std::string &hint)
{
    return {ErrorCode::Invalid, '`' + field + "` " + what + '.', hint};
}

QString durationText(int64_t ms)
{
    static constexpr std::pair<int64_t, const char *> units[] = {
        {31'536'000'000, "y"}, {86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1000, "s"}};
    for (const auto &[unit, letter] : units) {
        if (ms > 0 && ms % unit == 0)
            return QString::number(ms / unit) + QLatin1String(letter);
    }
    return QString::number(ms) + QLatin1String("ms");
}

Status takeDuration(const QJsonObject &from, const char *name, const std::string &where, int64_t &ms)
{
    if (!from.contains(QLatin1String(name)))
        return {};
    const auto parsed = parseDuration(from[QLatin1String(name)].toString().toStdString());
    const std::string field = where + '.' + name;
    if (!parsed)
        return bad(field, "is not a length of time", "Write it like 35d, 12h or 2y.");
    if (*parsed < minRetentionMs)
        return bad(field, "is shorter than an hour", "Write at least 1h.");
    ms = *parsed;
    return {};
}

Status takeRetention(const QJsonObject &from, const std::string &where, Retention &retention)
{
    Status done = takeDuration(from, "raw", where, retention.rawMs);
    if (done)
        done = takeDuration(from, "hourly", where, retention.hourlyMs);
    if (done)
        done = takeDuration(from, "daily", where, retention.dailyMs);
    if (done && (retention.hourlyMs < retention.rawMs || retention.dailyMs < retention.hourlyMs))
        return bad(where, "would keep coarse data for a shorter time than fine data",
                   "raw must be at most hourly, and hourly at most daily.");
    return done;
}

Status takePrefixes(const QJsonArray &prefixes, const Retention &otherwise,
                    std::map<std::string, Retention> &into)
{
    into.clear();
    for (const auto &value : prefixes) {
        const QJsonObject entry = value.toObject();
        const std::string prefix = entry["prefix"].toString().toStdString();
        if (prefix.empty())
            return bad("retention.prefixes", "has an entry without a prefix",
                       "Write {\"prefix\":\"debug_\",…}.");
        Retention retention = otherwise;
        if (Status done = takeRetention(entry, "retention.prefixes[" + prefix + "]", retention); !done)
            return done;
        into[prefix] = retention;
    }
    return {};
}

Status takeBytes(const QJsonObject &from, const char *section, uint64_t &bytes)
{
    const QJsonValue value = from[QLatin1String(section)].toObject().value(QLatin1String("max_bytes"));
    if (value.isUndefined())
        return {};
    const auto parsed = value.isString()           ? parseByteSize(value.toString().toStdString())
                        : value.toInteger(-1) >= 0 ? Result<uint64_t>(uint64_t(value.toInteger()))
                                                   : Error{ErrorCode::Invalid, {}, {}};
    if (!parsed)
        return bad(std::string(section) + ".max_bytes", "is not a number of bytes", "Write 0 or 2GiB.");
    bytes = *parsed;
    return {};
}

QJsonObject retentionJson(const Retention &retention)
{
    return {{"raw", durationText(retention.rawMs)},
            {"hourly", durationText(retention.hourlyMs)},
            {"daily", durationText(retention.dailyMs)}};
}

Retention retentionIn(const EngineOptions &options)
{
    return {options.rawRetentionMs, options.hourlyRetentionMs, options.dailyRetentionMs};
}

/// Adds the members of a patch to what is there; objects member by member.
QJsonObject merged(QJsonObject into, const QJsonObject &patch)
{
    for (auto it = patch.begin(); it != patch.end(); ++it) {
        if (it.value().isNull())
            into.remove(it.key());
        else if (it.value().isObject())
            into[it.key()] = merged(into[it.key()].toObject(), it.value().toObject());
        else
            into[it.key()] = it.value();
    }
    return into;
}

/// The settings that will hold after the next start.
Result<QJsonObject> answerOf(const QJsonObject &stored, const EngineOptions &configured,
                             const EngineOptions &running)
{
    EngineOptions next = configured;
    if (Status applied = applySettings(stored, next); !applied)
        return applied.error();
    QJsonObject answer = settingsOf(next);
    answer["restart_required"] = answer != settingsOf(running);
    return answer;
}

void patch(const http::RequestPtr &request, Reply reply, DocumentStore &documents,
           const EngineOptions &configured, const EngineOptions &running)
{
    const QJsonDocument body = QJsonDocument::fromJson(request->body);
    if (!body.isObject())
        return reply.send(Response::error({ErrorCode::Invalid, "The body must be a JSON object.", {}}));
    const auto stored = storedSettings(documents);
    if (!stored)
        return reply.send(Response::error(stored.error()));
    const QJsonObject wanted = merged(*stored, body.object());
    const auto answer = answerOf(wanted, configured, running);
    if (!answer)
        return reply.send(Response::error(answer.error()));
    const auto shared = std::make_shared<Reply>(std::move(reply));
    Document document{documentId, QJsonDocument(wanted).toJson(QJsonDocument::Compact).toStdString(),
                      request->receivedMs};
    documents.put(appliance, collection, std::move(document), [shared, answer = *answer](const Status &done) {
        shared->send(done ? Response::json(answer) : Response::error(done.error()));
    });
}

} // namespace

Result<uint64_t> parseByteSize(std::string_view text)
{
    static const std::map<std::string, uint64_t, std::less<>> units{
        {"", 1},          {"B", 1},           {"kB", 1000},          {"KB", 1000},
        {"MB", 1000000},  {"GB", 1000000000}, {"TB", 1000000000000}, {"KiB", 1ULL << 10},
        {"MiB", 1 << 20}, {"GiB", 1 << 30},   {"TiB", 1ULL << 40}};
    uint64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    std::string_view unit(end, size_t(text.data() + text.size() - end));
    while (unit.starts_with(' '))
        unit.remove_prefix(1);
    const auto factor = units.find(unit);
    if (failure != std::errc() || factor == units.end() || number > UINT64_MAX / 2 / factor->second)
        return Error{ErrorCode::Invalid, inQuotes(text) + " is not a number of bytes.",
                     "Write it like 500MB or 2GiB."};
    return number * factor->second;
}

QJsonObject settingsOf(const EngineOptions &options)
{
    QJsonObject retention = retentionJson(retentionIn(options));
    QJsonArray prefixes;
    for (const auto &[prefix, own] : options.prefixRetention) {
        QJsonObject entry = retentionJson(own);
        entry["prefix"] = QString::fromStdString(prefix);
        prefixes.append(entry);
    }
    retention["prefixes"] = prefixes;
    return {{"retention", retention},
            {"storage", QJsonObject{{"max_bytes", qint64(options.storageMaxBytes)}}},
            {"journal", QJsonObject{{"max_bytes", qint64(options.journalMaxBytes)}}},
            {"time_zone", QString::fromStdString(options.timeZone)}};
}

Status applySettings(const QJsonObject &settings, EngineOptions &options)
{
    const QJsonObject wanted = settings["retention"].toObject();
    Retention retention = retentionIn(options);
    if (Status done = takeRetention(wanted, "retention", retention); !done)
        return done;
    options.rawRetentionMs = retention.rawMs;
    options.hourlyRetentionMs = retention.hourlyMs;
    options.dailyRetentionMs = retention.dailyMs;
    if (wanted.contains(QLatin1String("prefixes"))) {
        if (Status done = takePrefixes(wanted["prefixes"].toArray(), retention, options.prefixRetention);
            !done)
            return done;
    }
    if (Status done = takeBytes(settings, "storage", options.storageMaxBytes); !done)
        return done;
    if (Status done = takeBytes(settings, "journal", options.journalMaxBytes); !done)
        return done;
    if (settings.contains(QLatin1String("time_zone"))) {
        const QByteArray zone = settings["time_zone"].toString().toUtf8();
        if (!QTimeZone(zone).isValid())
            return bad("time_zone", "is not a time zone", "Write an IANA name such as Europe/Berlin.");
        options.timeZone = zone.toStdString();
    }
    return {};
}

Result<QJsonObject> storedSettings(const DocumentStore &documents)
{
    const auto document = documents.get(appliance, collection, documentId);
    if (document)
        return QJsonDocument::fromJson(QByteArray::fromStdString(document->body)).object();
    return document.error().code == ErrorCode::NotFound ? Result<QJsonObject>(QJsonObject())
                                                        : document.error();
}

void addSettingsRoutes(http::Router &router, DocumentStore &documents, const EngineOptions &configured,
                       const EngineOptions &running)
{
    router.get("/api/app/settings", Access::Read,
               [&documents, configured, running](const http::RequestPtr &, Reply reply) {
                   const auto stored = storedSettings(documents);
                   const auto answer = stored ? answerOf(*stored, configured, running) : stored.error();
                   reply.send(answer ? Response::json(*answer) : Response::error(answer.error()));
               },
               {.group = "Upkeep",
                .summary = "Retention, bounds of storage, time zone",
                .text = {},
                .answers = {{.text = "The settings.", .example = settingsExample}}});
    http::Route change;
    change.method = Method::Patch;
    change.pattern = "/api/app/settings";
    change.access = Access::Appliance;
    change.handler = [&documents, configured, running](const http::RequestPtr &request, Reply reply) {
        patch(request, std::move(reply), documents, configured, running);
    };
    change.about = {.group = "Upkeep",
                    .summary = "Changes settings, from the next start on",
                    .text = "They win over flags and file; null takes a field back.",
                    .bodies = {{.example = R"({"retention":{"raw":"35d"}})"}},
                    .answers = {{.text = "The settings.", .example = settingsExample}}};
    router.add(std::move(change));
}

} // namespace plimsoll::api
