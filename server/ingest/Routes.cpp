#include "server/ingest/Routes.h"

#include "server/http/ContentCoding.h"
#include "server/http/PercentCoding.h"
#include "server/http/ReplyConnection.h"
#include "server/ingest/IdempotencyKey.h"
#include "server/ingest/InfluxRoutes.h"
#include "server/ingest/IngestAnswer.h"
#include "server/ingest/OtlpAnswer.h"
#include "server/ingest/RouteDescriptions.h"

#include <atomic>

namespace plimsoll::ingest {
namespace {

constexpr qint64 maxIngestBytes = 64 << 20;
constexpr qint64 maxInlineBytes = 64 << 10; ///< larger bodies are decoded on the decoder thread
constexpr qsizetype maxHeldBytes = 1 << 20; ///< of a larger body only the head is kept for its refusals
constexpr qsizetype headBytes = 64 << 10;

/// The size that a body may have, as it comes and decompressed.
qint64 sizeLimit(const http::Request &request)
{
    const qint64 own = request.principal.quota->maxBodyBytes;
    return own > 0 ? std::min(own, maxIngestBytes) : maxIngestBytes;
}

/// Whether a request is wrong in itself, so that it is worth looking at later; the others come again.
bool isWorthKeeping(ErrorCode code)
{
    return code == ErrorCode::Invalid || code == ErrorCode::TooLarge || code == ErrorCode::Unprocessable ||
           code == ErrorCode::Unsupported;
}

/// One request on its way from its bytes to its answer. Shared by the callbacks on the way.
struct Delivery
{
    Delivery(http::RequestPtr theRequest, http::Reply theReply, const Format &theFormat)
        : request(std::move(theRequest))
        , reply(std::move(theReply))
        , format(theFormat)
    {
    }
    http::RequestPtr request;
    http::Reply reply;
    const Format &format;
    std::optional<Batch::Idempotency> idempotency;
    QByteArray body; ///< as far as it is decompressed, or the head of that: for whoever keeps what is refused
    bool cut = false;   ///< it is the head
    std::string coding; ///< that it still has
    Told told;          ///< of a replay: who waits for the outcome, and keeps what is refused
    std::vector<uint32_t> histogramItems; ///< for formats that count them apart

    http::Response answer(const CommitReceipt &receipt) const
    {
        return format.answerBySort ? format.answerBySort(receipt, histogramItems) : format.answer(receipt);
    }
};
using DeliveryPtr = std::shared_ptr<Delivery>;

/// Keeps the answer of a replay, which nobody waits for on a connection.
class NoConnection final : public http::Reply::Connection
{
public:
    void send(http::Response) override { m_answered = true; }
    std::shared_ptr<http::Stream> startStream(http::Response) override { return {}; }
    bool answered() const override { return m_answered; }
    bool clientGone() const override { return false; }
    void onClientGone(std::function<void()>) override {}

private:
    std::atomic<bool> m_answered = false;
};

/// The handler of all write paths that decode to a batch.
class Door
{
public:
    explicit Door(const IngestParts &parts)
        : m_parts(parts)
        , m_decoders(std::make_shared<Decoders>(parts.prices, parts.book))
    {
    }

    void open(http::RequestPtr request, http::Reply reply, const Format &format) const
    {
        open(std::make_shared<Delivery>(std::move(request), std::move(reply), format));
    }

    void replay(http::RequestPtr request, const Format &format, Told told) const
    {
        const auto delivery = std::make_shared<Delivery>(
            std::move(request), http::Reply(std::make_shared<NoConnection>()), format);
        delivery->told = std::move(told);
        open(delivery);
    }

private:
    void open(const DeliveryPtr &delivery) const
    {
        const Format &format = delivery->format;
        auto key = idempotencyOf(*delivery->request);
        if (!key) {
            refuse(delivery, key.error());
            return;
        }
        delivery->idempotency = *key;
        hold(*delivery, delivery->request->body,
             std::string(delivery->request->header("content-encoding").value_or("")));
        const qint64 limit = sizeLimit(*delivery->request);
        if (delivery->request->body.size() > limit) {
            refuse(delivery,
                   {ErrorCode::TooLarge, "The body is larger than " + std::to_string(limit) + " bytes.",
                    "Send it in smaller parts."});
            return;
        }
        if (auto refusal = format.refusal ? format.refusal(*delivery->request) : std::nullopt) {
            refuse(delivery, {ErrorCode::Unsupported, "The content type is not taken.", {}},
                   std::move(*refusal));
            return;
        }
        auto coding = delivery->request->header("content-encoding").value_or("");
        if (coding == format.ownCoding)
            coding = {};
        const bool plain = coding.empty() || coding == "identity";
        if (plain && delivery->request->body.size() <= maxInlineBytes && m_parts.thread.isCurrentThread())
            decode(delivery, delivery->request->body, *m_decoders);
        else
            decodeElsewhere(delivery, std::string(coding));
    }

    void decodeElsewhere(const DeliveryPtr &delivery, const std::string &coding) const
    {
        const auto bytes = static_cast<size_t>(delivery->request->body.size());
        if (!m_parts.thread.reserve(bytes)) {
            refuse(delivery, {ErrorCode::Unavailable, "Too many samples wait to be stored.",
                              "Send again in a moment."});
            return;
        }
        const std::shared_ptr<void> room(
            nullptr, [&thread = m_parts.thread, bytes](void *) { thread.giveBack(bytes); });
        m_parts.decoders.run([this, delivery, coding, room](Decoders &decoders) {
            const auto plain =
                http::decodeContent(coding, delivery->request->body, sizeLimit(*delivery->request));
            if (plain.ok() && !coding.empty())
                hold(*delivery, plain.body, {});
            if (plain.ok())
                decode(delivery, plain.body, decoders);
            else
                refuseCoding(delivery, plain);
        });
    }

    /// A body whose coding cannot be undone; a coding that nobody knows has a status that no error has.
    void refuseCoding(const DeliveryPtr &delivery, const http::Decoded &plain) const
    {
        const Error error{plain.status == 413 ? ErrorCode::TooLarge : ErrorCode::Invalid, plain.message, {}};
        if (plain.status == 415)
            refuse(delivery, error, plain.refusal());
        else
            refuse(delivery, error);
    }

    static void hold(Delivery &delivery, const QByteArray &body, std::string coding)
    {
        delivery.coding = std::move(coding);
        delivery.cut = body.size() > maxHeldBytes;
        delivery.body = delivery.cut ? body.left(headBytes) : body;
    }

    /// Hands what was refused to whoever keeps it, and sends the answer.
    void settle(Delivery &delivery, const CommitReceipt &receipt, http::Response response) const
    {
        const int status = response.status;
        const std::string text = delivery.told ? response.body.toStdString() : std::string();
        // Who looks for what was refused once it has the answer shall find it.
        if (!delivery.told && receipt.status && receipt.accepted > 0 && !receipt.replayed)
            show(delivery);
        if (!delivery.told && (!receipt.status || !receipt.rejections.empty()))
            keep(delivery, receipt);
        delivery.reply.send(std::move(response));
        if (delivery.told)
            delivery.told(receipt, status, text);
    }

    static bool isHidden(const http::Request &request)
    {
        const auto &quota = request.principal.quota;
        return quota && (quota->personalData == http::PersonalData::Hash ||
                         quota->personalData == http::PersonalData::Drop);
    }

    void show(const Delivery &delivery) const
    {
        const http::Request &request = *delivery.request;
        const std::string_view body(delivery.body.constData(), size_t(delivery.body.size()));
        m_parts.came({delivery.format.source, request.principal.project, request.principal.keyId,
                      request.header("content-type").value_or(""), body, !delivery.coding.empty(),
                      isHidden(request), request.receivedMs});
    }

    void keep(const Delivery &delivery, const CommitReceipt &receipt) const
    {
        if (receipt.replayed || (!receipt.status && !isWorthKeeping(receipt.status.error().code)))
            return;
        const http::Request &request = *delivery.request;
        RefusedInput input;
        input.source = delivery.format.source;
        input.project = request.principal.project;
        input.keyId = request.principal.keyId;
        input.path = request.path;
        input.query = request.rawQuery;
        input.subject = request.parameter("name");
        input.contentType = request.header("content-type").value_or("");
        input.coding = delivery.coding;
        input.body = delivery.body;
        input.cut = delivery.cut;
        input.hidden = isHidden(request);
        input.receivedMs = request.receivedMs;
        input.accepted = receipt.accepted;
        input.refused = static_cast<uint32_t>(receipt.rejections.size());
        const size_t shown = std::min(receipt.rejections.size(), RefusedInput::maxRejections);
        input.rejections.assign(receipt.rejections.begin(), receipt.rejections.begin() + ptrdiff_t(shown));
        if (!receipt.status)
            input.error = receipt.status.error();
        input.observed = receipt.committedMs > 0;
        m_parts.refusals.refused(std::move(input));
    }

    /// On the thread that the decoders belong to.
    void decode(const DeliveryPtr &delivery, const QByteArray &body, Decoders &decoders) const
    {
        Payload payload;
        payload.body = {body.data(), static_cast<size_t>(body.size())};
        payload.project = delivery->request->principal.project;
        payload.nowMs = m_parts.clock.nowMs();
        payload.prices = decoders.pricesOf(payload.project);
        payload.subject = delivery->request->parameter("name");
        payload.arguments = http::formPairs(delivery->request->rawQuery);
        Batch batch = m_parts.thread.takeBatch();
        const Status decoded = decoders.of(delivery->format).decode(payload, batch);
        if (!decoded)
            refuse(delivery, decoded.error());
        else if (batch.empty())
            answerEmpty(delivery, std::move(batch));
        else
            submit(delivery, std::move(batch));
    }

    void submit(const DeliveryPtr &delivery, Batch batch) const
    {
        const http::Principal &principal = delivery->request->principal;
        batch.idempotency = delivery->idempotency;
        batch.keyId = principal.keyId;
        if (m_parts.rules)
            batch.rule = m_parts.rules->of(principal.project, principal.quota);
        m_parts.charge(principal, batch.sampleCount());
        if (delivery->format.answerBySort) {
            for (const auto &sample : batch.histograms)
                delivery->histogramItems.push_back(sample.item);
        }
        const int64_t receivedMs = delivery->request->receivedMs;
        m_parts.thread.submit(
            std::move(batch),
            [this, delivery](const CommitReceipt &receipt) {
                settle(*delivery, receipt, delivery->answer(receipt));
            },
            delivery->format.source, receivedMs);
    }

    /// Nothing to store: there is nothing to wait for, and a repeated key with a corrected body is welcome.
    void answerEmpty(const DeliveryPtr &delivery, Batch batch) const
    {
        CommitReceipt receipt;
        receipt.rejections = std::move(batch.rejections);
        settle(*delivery, receipt, delivery->answer(receipt));
        if (receipt.rejections.empty())
            return;
        m_parts.thread.refused(delivery->format.source, delivery->request->principal.project,
                               {ErrorCode::Invalid, receipt.rejections.front().message, {}});
    }

    void refuse(const DeliveryPtr &delivery, const Error &error) const
    {
        CommitReceipt receipt;
        receipt.status = error;
        refuse(delivery, error, delivery->answer(receipt));
    }
    void refuse(const DeliveryPtr &delivery, const Error &error, http::Response response) const
    {
        CommitReceipt receipt;
        receipt.status = error;
        settle(*delivery, receipt, std::move(response));
        m_parts.thread.refused(delivery->format.source, delivery->request->principal.project, error);
    }

    IngestParts m_parts;
    std::shared_ptr<Decoders> m_decoders; ///< of the ingest thread
};

/// The source of the format that a request is in, for doors of several.
using ChooseSource = const char *(*)(const http::Request &request);

void addRoute(http::Router &router, const std::shared_ptr<Door> &door, const char *pattern,
              const char *source, ChooseSource choose = nullptr)
{
    http::Route route;
    route.method = http::Method::Post;
    route.pattern = pattern;
    route.access = http::Access::Ingest;
    route.handler = [door, choose, &format = formatOf(source)](http::RequestPtr request, http::Reply reply) {
        const Format &chosen = choose ? formatOf(choose(*request)) : format;
        door->open(std::move(request), std::move(reply), chosen);
    };
    route.about = describeIngest(pattern);
    route.onIngestThread = true;
    route.rawBody = true;
    route.maxBodyBytes = maxIngestBytes;
    router.add(std::move(route));
}

} // namespace

Replay registerIngestRoutes(http::Router &router, const IngestParts &parts)
{
    const auto door = std::make_shared<Door>(parts);
    addRoute(router, door, "/ingest", "ingest");
    addRoute(router, door, "/track/{name}", "track");
    addRoute(router, door, "/api/v1/import/prometheus", "import");
    addRoute(router, door, "/api/v1/import/plimsoll", "export");
    addRoute(router, door, "/api/v1/write", "remote_write", remoteWriteSource);
    addRoute(router, door, "/write", "influx");
    addRoute(router, door, "/api/v2/write", "influx");
    addRoute(router, door, "/api/v3/write_lp", "influx");
    addRoute(router, door, "/collectd", "collectd");
    addRoute(router, door, "/v1/metrics", "otlp", otlpSource);
    addRoute(router, door, "/api/v1/otlp/v1/metrics", "otlp", otlpSource);
    addInfluxRoutes(router);
    return [door](http::RequestPtr request, const Format &format, Told told) {
        door->replay(std::move(request), format, std::move(told));
    };
}

} // namespace plimsoll::ingest
