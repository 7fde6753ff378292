#include "server/ingest/ImportSinks.h"

#include "server/ingest/BlockingHttp.h"
#include "server/ingest/Decoder.h"
#include "server/ingest/IdempotencyKey.h"

#include <QDeadlineTimer>

#include <cmath>

namespace plimsoll::ingest {
namespace {

constexpr size_t maxReasons = 3;

const char *pathOf(ImportFormat format)
{
    switch (format) {
    case ImportFormat::Json:
        return "/ingest";
    case ImportFormat::Export:
        return "/api/v1/import/plimsoll";
    default:
        return "/api/v1/import/prometheus";
    }
}

const char *sourceOf(ImportFormat format)
{
    switch (format) {
    case ImportFormat::Json:
        return "ingest";
    case ImportFormat::Export:
        return "export";
    default:
        return "import";
    }
}

class HttpSink
{
public:
    explicit HttpSink(const HttpImportTarget &target)
        : m_target(target)
        , m_http(QUrl(QString::fromStdString(target.url)))
    {
    }

    Result<ImportOutcome> send(const ImportPart &part)
    {
        const QDeadlineTimer patience(m_target.patienceMs);
        const QByteArray body(part.body.data(), static_cast<qsizetype>(part.body.size()));
        for (int64_t pauseMs = 200;; pauseMs = std::min<int64_t>(pauseMs * 2, 5000)) {
            const Answer answer = post(part, body);
            if (answer.status == 200 || answer.status == 400)
                return outcomeOf(answer);
            if (!answer.retryHelps() || patience.hasExpired())
                return Error{
                    answer.status == 0 ? ErrorCode::Unavailable : ErrorCode::Invalid, answer.message(), {}};
            QThread::msleep(static_cast<unsigned long>(std::max(pauseMs, answer.retryAfterMs)));
        }
    }

private:
    struct Answer
    {
        int status = 0; ///< 0: there was none
        QByteArray body;
        std::string networkError;
        bool replayed = false;
        int64_t retryAfterMs = 0;

        bool retryHelps() const { return status == 0 || status == 429 || status == 503 || status == 507; }
        std::string message() const
        {
            const auto error =
                QJsonDocument::fromJson(body).object()["error"].toObject()["message"].toString();
            if (!error.isEmpty())
                return "The appliance answered " + std::to_string(status) + ": " + error.toStdString();
            return status == 0 ? networkError : "The appliance answered " + std::to_string(status) + ".";
        }
    };

    Answer post(const ImportPart &part, const QByteArray &body)
    {
        BlockingHttp::Headers headers{
            {"User-Agent", "plimsoll-import"},
            {"Content-Type", part.format == ImportFormat::Text ? "text/plain" : "application/x-ndjson"},
            {"Idempotency-Key", QByteArray::fromStdString(part.idempotencyKey)}};
        if (!m_target.key.empty())
            headers.append({"Authorization", "Bearer " + QByteArray::fromStdString(m_target.key)});
        const auto got = m_http.post(pathOf(part.format), headers, body, m_target.timeoutMs);
        Answer answer;
        if (!got) {
            answer.networkError = got.error().message;
            return answer;
        }
        answer.status = got->status;
        answer.body = got->body;
        answer.replayed = got->header("Idempotent-Replayed") == "true";
        answer.retryAfterMs = got->header("Retry-After").toInt() * 1000;
        return answer;
    }

    static Result<ImportOutcome> outcomeOf(const Answer &answer)
    {
        const QJsonObject object = QJsonDocument::fromJson(answer.body).object();
        if (!object.contains("accepted"))
            return Error{ErrorCode::Invalid, answer.message(), {}};
        ImportOutcome outcome;
        outcome.accepted = static_cast<uint64_t>(object["accepted"].toInteger());
        outcome.rejected = static_cast<uint64_t>(object["rejected"].toInteger());
        outcome.replayed = answer.replayed;
        for (const auto &error : object["errors"].toArray()) {
            if (outcome.errors.size() < maxReasons)
                outcome.errors.push_back(error.toObject()["error"].toString().toStdString());
        }
        return outcome;
    }

    HttpImportTarget m_target;
    BlockingHttp m_http;
};

class EngineSink
{
public:
    EngineSink(Engine &engine, const Prices &prices, const Clock &clock, ProjectId project)
        : m_engine(engine)
        , m_decoders(prices)
        , m_clock(clock)
        , m_project(project)
    {
    }

    Result<ImportOutcome> send(const ImportPart &part)
    {
        Payload payload;
        payload.body = part.body;
        payload.project = m_project;
        payload.nowMs = m_clock.nowMs();
        m_batch.clear();
        Decoder &decoder = m_decoders.of(sourceOf(part.format));
        if (Status decoded = decoder.decode(payload, m_batch); !decoded)
            return decoded.error();
        if (m_batch.empty())
            return outcomeOf(0, m_batch.rejections, false);
        m_batch.idempotency = idempotency(m_project, part.idempotencyKey,
                                          std::string("POST ") + pathOf(part.format) + '?', part.body);
        const CommitReceipt receipt = m_engine.stage(m_batch);
        if (!receipt.status)
            return receipt.status.error();
        if (Status committed = m_engine.commit(); !committed)
            return committed.error();
        m_engine.maintain();
        return outcomeOf(receipt.accepted, receipt.rejections, receipt.replayed);
    }

private:
    static ImportOutcome outcomeOf(uint32_t accepted, const std::vector<Rejection> &rejections, bool replayed)
    {
        ImportOutcome outcome;
        outcome.accepted = accepted;
        outcome.rejected = rejections.size();
        outcome.replayed = replayed;
        for (size_t i = 0; i < rejections.size() && i < maxReasons; i++)
            outcome.errors.push_back(rejections[i].message);
        return outcome;
    }

    Engine &m_engine;
    Decoders m_decoders;
    const Clock &m_clock;
    ProjectId m_project;
    Batch m_batch;
};

} // namespace

ImportSink httpImportSink(const HttpImportTarget &target)
{
    const auto sink = std::make_shared<HttpSink>(target);
    return [sink](const ImportPart &part) { return sink->send(part); };
}

ImportSink engineImportSink(Engine &engine, const Prices &prices, const Clock &clock, ProjectId project)
{
    const auto sink = std::make_shared<EngineSink>(engine, prices, clock, project);
    return [sink](const ImportPart &part) { return sink->send(part); };
}

} // namespace plimsoll::ingest
