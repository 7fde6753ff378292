#include "server/ingest/DeadLetterRoutes.h"

#include "server/ingest/IdempotencyKey.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QStringDecoder>

#include <charconv>

namespace plimsoll::ingest {
namespace {

using http::Access;
using http::Method;
using http::Reply;
using http::RequestPtr;
using http::Response;

constexpr size_t maxPage = 100;
constexpr size_t maxReplays = 500;
constexpr qsizetype shownBytes = 1024; ///< of a payload in a list
constexpr qsizetype maxEditBytes = 64 << 10;

const Error stopping{ErrorCode::Unavailable, "Plimsoll is busy with other dead letters, or stopping.",
                     "Try again in a moment."};

Error unknownLetter() { return {ErrorCode::NotFound, "There is no such dead letter.", {}}; }

std::optional<uint64_t> numberIn(std::string_view text)
{
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

QJsonObject toJson(const DeadLetter &letter, qsizetype most)
{
    QJsonObject object = letter.head();
    object["id"] = QString::number(letter.id);
    object["payload_bytes"] = qint64(letter.payload.size());
    QByteArray bytes = QByteArray::fromStdString(letter.payload);
    QStringDecoder decoder(QStringDecoder::Utf8);
    QString text = decoder.decode(bytes);
    const bool isText = !decoder.hasError();
    if (bytes.size() > most) {
        bytes.truncate(most);
        // A character may have been cut in two; what is left of it goes.
        text = QString::fromUtf8(bytes);
        while (text.endsWith(QChar::ReplacementCharacter))
            text.chop(1);
    }
    object["payload"] = isText ? text : QString::fromLatin1(bytes.toBase64());
    object["payload_encoding"] = isText ? "utf-8" : "base64";
    return object;
}

/// Whose letters a request asks for, and how its answer gets back from their thread.
struct Call
{
    RequestPtr request;
    std::shared_ptr<Reply> reply;

    void send(Response response) const { reply->send(std::move(response)); }
    void fail(const Error &error) const { send(Response::error(error)); }
};

/// What a letter was, as a request that goes through its door again.
RequestPtr requestOf(const DeadLetter &letter, ProjectId project, const http::QuotaPtr &quota)
{
    auto request = std::make_shared<http::Request>();
    request->method = Method::Post;
    request->path = letter.path;
    request->rawQuery = letter.query;
    if (!letter.subject.empty())
        request->parameters.emplace_back("name", letter.subject);
    if (!letter.contentType.empty())
        request->headers.emplace_back("content-type", letter.contentType);
    if (!letter.coding.empty())
        request->headers.emplace_back("content-encoding", letter.coding);
    request->body = QByteArray::fromStdString(letter.payload);
    request->receivedMs = letter.atMs;
    request->principal.role = http::Role::Ingest;
    request->principal.project = project;
    request->principal.keyId = letter.keyId;
    request->principal.quota = quota;
    const auto hashes = idempotency(project, "dead-letter", std::to_string(letter.id), letter.payload);
    request->headers.emplace_back("idempotency-key",
                                  "dead-letter-" + std::to_string(letter.id) + '-' +
                                      std::to_string(hashes.keyHash[0] ^ hashes.bodyHash[0]));
    return request;
}

const Format *formatNamed(std::string_view source)
{
    for (const Format &format : formats()) {
        if (source == format.source)
            return &format;
    }
    return nullptr;
}

Status mayReplay(const DeadLetter &letter, bool force)
{
    if (!formatNamed(letter.source))
        return Error{ErrorCode::Unsupported, "This version has no door \"" + letter.source + "\".", {}};
    if (letter.truncated && !letter.edited)
        return Error{ErrorCode::Conflict, "Only the head of this payload was kept.",
                     "Edit it into something whole, or send the original again."};
    if (letter.whole && letter.accepted > 0 && !letter.edited && !force)
        return Error{ErrorCode::Conflict,
                     "A part of this payload was stored when it came; sent again, its increments would count "
                     "twice.",
                     "Edit it down to what was refused, or replay with force=true."};
    return {};
}

class Handlers
{
public:
    Handlers(DeadLetters &letters, Replay replay, const http::Quotas &quotas)
        : m_letters(letters)
        , m_replay(std::move(replay))
        , m_quotas(quotas)
    {
    }

    void list(const Call &call, DeadLetterBox &box) const
    {
        const auto source = call.request->argument("source");
        const auto code = call.request->argument("code");
        const auto before = numberIn(call.request->argument("cursor").value_or("0"));
        const auto limit = numberIn(call.request->argument("limit").value_or("50"));
        if (!before || !limit || *limit == 0)
            return call.fail({ErrorCode::Invalid, "cursor and limit are numbers, limit is 1 to 100.", {}});
        QJsonArray items;
        QJsonValue next;
        uint64_t last = 0;
        box.each(*before, [&](const DeadLetter &letter) {
            if ((source && *source != letter.source) || (code && *code != letter.code))
                return true;
            if (items.size() >= qsizetype(std::min<uint64_t>(*limit, maxPage))) {
                next = QString::number(last);
                return false;
            }
            items.append(toJson(letter, shownBytes));
            last = letter.id;
            return true;
        });
        call.send(Response::json({{"items", items}, {"next_cursor", next}}));
    }

    void get(const Call &call, DeadLetterBox &box) const
    {
        const auto letter = find(call, box);
        if (!letter)
            return call.fail(unknownLetter());
        call.send(Response::json(toJson(*letter, qsizetype(letter->payload.size()))));
    }

    void edit(const Call &call, DeadLetterBox &box) const
    {
        auto letter = find(call, box);
        if (!letter)
            return call.fail(unknownLetter());
        const QJsonObject body = QJsonDocument::fromJson(call.request->body).object();
        const QString payload = body["payload"].toString();
        const bool isBase64 = body["payload_encoding"] == QLatin1String("base64");
        const QByteArray bytes = isBase64 ? QByteArray::fromBase64(payload.toLatin1()) : payload.toUtf8();
        if (!body["payload"].isString() || bytes.size() > maxEditBytes)
            return call.fail({ErrorCode::Invalid, "`payload` must be text of at most 64 KiB.",
                              "Write {\"payload\":\"…\"}, with \"payload_encoding\":\"base64\" for bytes."});
        letter->payload = bytes.toStdString();
        letter->edited = true;
        if (!box.replace(*letter))
            return call.fail({ErrorCode::NoSpace, "The letter could not be written.", {}});
        call.send(Response::json(toJson(*letter, bytes.size())));
    }

    void remove(const Call &call, DeadLetterBox &box) const
    {
        const auto letter = find(call, box);
        if (!letter)
            return call.fail(unknownLetter());
        box.remove(letter->id);
        call.send(Response::noContent());
    }

    void clear(const Call &call, DeadLetterBox &box) const
    {
        box.clear();
        call.send(Response::noContent());
    }

    void replayOne(const Call &call, DeadLetterBox &box) const
    {
        const auto letter = find(call, box);
        if (!letter)
            return call.fail(unknownLetter());
        if (const Status may = mayReplay(*letter, call.request->argument("force") == "true"); !may)
            return call.fail(may.error());
        send(*letter, call.request->principal.project,
             [call](const CommitReceipt &, int status, const std::string &answer) {
                 const QByteArray bytes = QByteArray::fromStdString(answer);
                 const QJsonDocument json = QJsonDocument::fromJson(bytes);
                 call.send(
                     Response::json({{"status", status},
                                     {"answer", json.isObject() ? QJsonValue(json.object())
                                                                : QJsonValue(QString::fromUtf8(bytes))}}));
             });
    }

    void replayMany(const Call &call, DeadLetterBox &box) const;

    /// Sends a letter through its door; where all of it was taken it is gone, else it has the new reason.
    void send(const DeadLetter &letter, ProjectId project, Told done) const
    {
        const auto told = [this, id = letter.id, project, done = std::move(done)](
                              const CommitReceipt &receipt, int status, const std::string &answer) {
            const bool isTaken = receipt.status.ok() && receipt.rejections.empty();
            const bool asked = m_letters.ask(project, [=](DeadLetterBox &box) {
                if (isTaken)
                    box.remove(id);
                else if (auto kept = box.get(id))
                    box.replace(withReason(std::move(*kept), receipt));
                done(receipt, status, answer);
            });
            if (!asked)
                done(receipt, status, answer);
        };
        m_replay(requestOf(letter, project, m_quotas.of(project, letter.keyId)), *formatNamed(letter.source),
                 told);
    }

private:
    static std::optional<DeadLetter> find(const Call &call, const DeadLetterBox &box)
    {
        const auto id = numberIn(call.request->parameter("id"));
        return id ? box.get(*id) : std::nullopt;
    }

    static DeadLetter withReason(DeadLetter letter, const CommitReceipt &receipt)
    {
        if (!receipt.rejections.empty()) {
            letter.code = receipt.rejections.front().code;
            letter.message = receipt.rejections.front().message;
        } else if (!receipt.status.ok()) {
            letter.message = receipt.status.error().message;
        }
        letter.accepted += receipt.accepted;
        return letter;
    }

    DeadLetters &m_letters;
    Replay m_replay;
    const http::Quotas &m_quotas;
};

/// Replays one letter after the other.
class Series : public std::enable_shared_from_this<Series>
{
public:
    Series(const Handlers &handlers, Call call, std::vector<DeadLetter> letters, qint64 remaining)
        : m_handlers(handlers)
        , m_call(std::move(call))
        , m_letters(std::move(letters))
        , m_remaining(remaining)
    {
    }

    void next()
    {
        if (m_at == m_letters.size()) {
            m_call.send(
                Response::json({{"replayed", m_replayed}, {"failed", m_failed}, {"remaining", m_remaining}}));
            return;
        }
        const DeadLetter &letter = m_letters[m_at++];
        if (const Status may = mayReplay(letter, false); !may) {
            fail(letter.id, 409, may.error().message);
            return next();
        }
        m_handlers.send(letter, m_call.request->principal.project,
                        [self = shared_from_this(), id = letter.id](const CommitReceipt &receipt, int status,
                                                                    const std::string &answer) {
                            if (receipt.status.ok() && receipt.rejections.empty())
                                self->m_replayed++;
                            else
                                self->fail(id, status,
                                           receipt.rejections.empty() ? answer
                                                                      : receipt.rejections.front().message);
                            self->next();
                        });
    }

private:
    void fail(uint64_t id, int status, const std::string &message)
    {
        m_failed.append(QJsonObject{
            {"id", QString::number(id)}, {"status", status}, {"message", QString::fromStdString(message)}});
    }

    const Handlers &m_handlers;
    const Call m_call;
    const std::vector<DeadLetter> m_letters;
    const qint64 m_remaining;
    size_t m_at = 0;
    qint64 m_replayed = 0;
    QJsonArray m_failed;
};

void Handlers::replayMany(const Call &call, DeadLetterBox &box) const
{
    const QJsonObject body = QJsonDocument::fromJson(call.request->body).object();
    std::vector<DeadLetter> letters;
    qint64 remaining = 0;
    const auto take = [&](const DeadLetter &letter) {
        if (letters.size() < maxReplays)
            letters.push_back(letter);
        else
            remaining++;
    };
    if (body.contains("ids")) {
        for (const auto &value : body["ids"].toArray()) {
            const auto id = numberIn(value.toString().toStdString());
            if (const auto letter = id ? box.get(*id) : std::nullopt)
                take(*letter);
        }
    } else {
        const QString source = body["source"].toString();
        const QString code = body["code"].toString();
        box.each(0, [&](const DeadLetter &letter) {
            if ((source.isEmpty() || source.toStdString() == letter.source) &&
                (code.isEmpty() || code.toStdString() == letter.code))
                take(letter);
            return true;
        });
    }
    std::make_shared<Series>(*this, call, std::move(letters), remaining)->next();
}

using Handle = void (Handlers::*)(const Call &, DeadLetterBox &) const;

constexpr const char *letterExample =
    R"({"id":"7","at_ms":1790000000000,"source":"ingest","code":"bad_value","message":"metrics[1]: value is missing.",
    "path":"/ingest","query":"","subject":"","content_type":"application/json","content_encoding":"","key_id":"",
    "accepted":1,"refused":1,"more":0,"whole":false,"truncated":false,"edited":false,
    "payload":"{\"metrics\":[{\"name\":\"cpu\"}]}","payload_encoding":"utf-8","payload_bytes":29})";

void add(http::Router &router, DeadLetters &letters, const std::shared_ptr<Handlers> &handlers, Method method,
         const std::string &pattern, Access access, Handle handle, http::RouteDescription about)
{
    about.group = "Dead letters";
    http::Route route;
    route.method = method;
    route.pattern = "/api/app/dead-letters" + pattern;
    route.access = access;
    route.about = std::move(about);
    route.handler = [&letters, handlers, handle](RequestPtr request, Reply reply) {
        const ProjectId project = request->principal.project;
        const Call call{std::move(request), std::make_shared<Reply>(std::move(reply))};
        if (!letters.ask(project, [=](DeadLetterBox &box) { (*handlers.*handle)(call, box); }))
            call.fail(stopping);
    };
    router.add(std::move(route));
}

} // namespace

void addDeadLetterRoutes(http::Router &router, DeadLetters &letters, Replay replay,
                         const http::Quotas &quotas)
{
    const auto handlers = std::make_shared<Handlers>(letters, std::move(replay), quotas);
    const auto route = [&](Method method, const char *pattern, Access access, Handle handle,
                           http::RouteDescription about) {
        add(router, letters, handlers, method, pattern, access, handle, std::move(about));
    };
    const http::RouteAnswer letter{.text = "The letter.", .example = letterExample};
    const http::RouteAnswer gone{.status = 204, .text = "Gone.", .contentType = {}};
    route(Method::Get, "", Access::Read, &Handlers::list,
          {.summary = "What was refused, the newest first",
           .text = "Kept with its reason and its payload, of which lists show the first 1,024 bytes.",
           .arguments = {{.name = "source", .text = "Only of this door.", .example = "ingest"},
                         {.name = "code", .text = "Only with this reason.", .example = "kind_conflict"},
                         {.name = "limit", .text = "At most 100; 50 unless given.", .type = "integer"},
                         {.name = "cursor", .text = "Where the page before ended."}},
           .answers = {
               {.text = "A page.",
                .example = R"({"items":[)" + std::string(letterExample) + R"(],"next_cursor":null})"}}});
    route(Method::Get, "/{id}", Access::Read, &Handlers::get,
          {.summary = "One dead letter with all of its payload", .answers = {letter}});
    route(Method::Patch, "/{id}", Access::Edit, &Handlers::edit,
          {.summary = "Puts a payload right",
           .bodies = {{.example = R"({"payload":"{\"metrics\":[{\"name\":\"cpu\",\"value\":1}]}"})"}},
           .answers = {letter}});
    route(Method::Delete, "/{id}", Access::Edit, &Handlers::remove,
          {.summary = "Forgets a dead letter", .answers = {gone}});
    route(Method::Delete, "", Access::Edit, &Handlers::clear,
          {.summary = "Forgets all dead letters of the project", .answers = {gone}});
    route(Method::Post, "/{id}/replay", Access::Edit, &Handlers::replayOne,
          {.summary = "Sends a dead letter through its door again",
           .text = "Where all of it is taken the letter is gone, else it stays with the new reason.",
           .arguments = {{.name = "force",
                          .text = "Also where a part of the payload was stored before.",
                          .oneOf = {"true", "false"}}},
           .answers = {{.text = "The door's status and answer.",
                        .example = R"({"status":200,"answer":{"accepted":1,"rejected":0,"errors":[]}})"}}});
    route(Method::Post, "/replay", Access::Edit, &Handlers::replayMany,
          {.summary = "Sends many dead letters again",
           .text = "Those named, or all of a source and code; at most 500 at a time.",
           .bodies = {{.example = R"({"source":"ingest","code":"bad_value"})"}},
           .answers = {{.text = "How many were taken, and why others were not.",
                        .example = R"({"replayed":3,"failed":[],"remaining":0})"}}});
}

} // namespace plimsoll::ingest
