#include "server/ingest/Inbox.h"

#include "server/ingest/JsonText.h"
#include "storage/model/Labels.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_set>

namespace plimsoll::ingest {
namespace {

constexpr size_t maxShownBytes = 1'024; ///< of a series or a message

bool isOwn(std::string_view source) { return source == "self" || source == "host"; }

std::string numberText(double number)
{
    if (!std::isfinite(number))
        return "null";
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, number).ptr;
    return std::string(text, end);
}

/// The first sample that was taken.
template<typename Samples>
const typename Samples::value_type *firstTaken(const Samples &samples,
                                               const std::unordered_set<uint32_t> &refused)
{
    for (const auto &sample : samples) {
        if (!refused.contains(sample.item))
            return &sample;
    }
    return nullptr;
}

void showSample(Arrival &arrival, const Batch &batch, const CommitReceipt &receipt)
{
    std::unordered_set<uint32_t> refused;
    for (const Rejection &rejection : receipt.rejections)
        refused.insert(rejection.item);
    if (const auto *number = firstTaken(batch.floats, refused)) {
        arrival.series = batch.series[number->series].canonicalKey();
        arrival.value = number->value;
        arrival.timestampMs = number->timestampMs;
    } else if (const auto *histogram = firstTaken(batch.histograms, refused)) {
        arrival.series = batch.series[histogram->series].canonicalKey();
        arrival.value = histogram->value.sum();
        arrival.timestampMs = histogram->timestampMs;
    }
}

void showRefusal(Arrival &arrival, std::string_view code, std::string_view message)
{
    if (!arrival.code.empty())
        return;
    arrival.code = code;
    arrival.message = message.substr(0, maxShownBytes);
}

ShownBody bodyOf(const RefusedInput &input)
{
    const std::string_view bytes(input.body.constData(), size_t(input.body.size()));
    ShownBody shown = ShownBody::of({input.source, input.project, input.keyId, input.contentType, bytes,
                                     !input.coding.empty(), input.hidden, input.receivedMs});
    if (input.error)
        shown.refusals.emplace_back("refused", input.error->message.substr(0, maxShownBytes));
    for (const Rejection &rejection : input.rejections) {
        if (shown.refusals.size() < ShownBody::maxRefusals)
            shown.refusals.emplace_back(rejection.code, rejection.message.substr(0, maxShownBytes));
    }
    return shown;
}

std::string eventOf(const Arrival &arrival) { return "event: arrival\ndata: " + arrival.toJson() + "\n\n"; }

} // namespace

std::string Arrival::toJson() const
{
    std::string out = "{\"at_ms\":" + std::to_string(atMs) + ",\"source\":" + quoteJson(source) +
                      ",\"key_id\":" + quoteJson(keyId) + ",\"requests\":" + std::to_string(requests) +
                      ",\"accepted\":" + std::to_string(accepted) +
                      ",\"rejected\":" + std::to_string(rejected);
    const auto labels = series.empty() ? std::nullopt : Labels::fromKey(series);
    out += ",\"sample\":";
    if (labels)
        out += "{\"series\":" + quoteJson(labels->toString().substr(0, maxShownBytes)) +
               ",\"value\":" + numberText(value) + ",\"timestamp_ms\":" + std::to_string(timestampMs) + '}';
    else
        out += "null";
    out += std::string(",\"has_body\":") + (hasBody ? "true" : "false") + ",\"error\":";
    out +=
        code.empty() ? "null" : "{\"code\":" + quoteJson(code) + ",\"message\":" + quoteJson(message) + '}';
    return out + '}';
}

std::deque<Arrival> &Inbox::ringOf(ProjectId project, std::string_view keyId)
{
    if (m_last && m_lastKey.first == project && m_lastKey.second == keyId)
        return *m_last;
    m_lastKey = {project, std::string(keyId)};
    if (m_rings.size() >= maxKeys && !m_rings.contains(m_lastKey))
        m_rings.erase(std::min_element(m_rings.begin(), m_rings.end(), [](const auto &a, const auto &b) {
            return a.second.back().atMs < b.second.back().atMs;
        }));
    m_last = &m_rings[m_lastKey];
    return *m_last;
}

const Arrival *Inbox::begun(ProjectId project, std::string_view keyId, std::string_view source,
                            int64_t atMs) const
{
    const std::deque<Arrival> *ring = m_last;
    if (!m_last || m_lastKey.first != project || m_lastKey.second != keyId) {
        const auto found = m_rings.find({project, std::string(keyId)});
        ring = found == m_rings.end() ? nullptr : &found->second;
    }
    if (!ring || ring->empty() || ring->back().source != source)
        return nullptr;
    const bool within = atMs < ring->back().atMs + windowMs && atMs >= ring->back().atMs - windowMs;
    return within ? &ring->back() : nullptr;
}

void Inbox::came(const CameIn &came)
{
    const std::lock_guard lock(m_mutex);
    const Arrival *arrival = begun(came.project, came.keyId, came.source, came.receivedMs);
    if (arrival && arrival->hasBody)
        return;
    const auto [coming, isNew] =
        m_coming.try_emplace({came.project, std::string(came.keyId), std::string(came.source)});
    if (isNew)
        coming->second = ShownBody::of(came);
    if (m_coming.size() > maxComing)
        m_coming.erase(m_coming.begin());
}

std::pair<Arrival *, bool> Inbox::current(ProjectId project, std::string_view keyId, std::string_view source,
                                          int64_t atMs)
{
    std::deque<Arrival> &ring = ringOf(project, keyId);
    if (!ring.empty() && ring.back().source == source && atMs < ring.back().atMs + windowMs &&
        atMs >= ring.back().atMs - windowMs)
        return {&ring.back(), false};
    if (ring.size() >= perKey)
        ring.pop_front();
    Arrival &arrival = ring.emplace_back();
    arrival.atMs = atMs;
    arrival.source = source;
    arrival.keyId = keyId;
    return {&arrival, true};
}

void Inbox::batchCommitted(const Batch &batch, const CommitReceipt &receipt, std::string_view source,
                           int64_t receivedMs)
{
    if (isOwn(source) || receipt.replayed)
        return;
    const std::lock_guard lock(m_mutex);
    const auto [arrival, isNew] =
        current(batch.project, batch.keyId, source, receivedMs > 0 ? receivedMs : receipt.committedMs);
    arrival->requests++;
    arrival->accepted += receipt.accepted;
    arrival->rejected += receipt.rejections.size();
    if (arrival->series.empty() && receipt.accepted > 0)
        showSample(*arrival, batch, receipt);
    if (!receipt.rejections.empty())
        showRefusal(*arrival, receipt.rejections.front().code, receipt.rejections.front().message);
    const auto coming =
        m_coming.empty() ? m_coming.end() : m_coming.find({batch.project, batch.keyId, std::string(source)});
    if (coming != m_coming.end()) {
        if (!std::exchange(arrival->hasBody, true)) {
            coming->second.addOutcome(batch, receipt);
            m_bodies.keep(batch.project, arrival->atMs, source, batch.keyId, std::move(coming->second));
        }
        m_coming.erase(coming);
    }
    if (isNew)
        tell(batch.project, *arrival);
}

void Inbox::refused(const RefusedInput &input)
{
    if (input.observed || (!input.error && input.rejections.empty()))
        return;
    const std::lock_guard lock(m_mutex);
    const auto [arrival, isNew] = current(input.project, input.keyId, input.source, input.receivedMs);
    arrival->requests++;
    arrival->rejected += input.refused;
    if (input.error)
        showRefusal(*arrival, input.error->code == ErrorCode::TooLarge ? "too_large" : "malformed",
                    input.error->message);
    else
        showRefusal(*arrival, input.rejections.front().code, input.rejections.front().message);
    if (!std::exchange(arrival->hasBody, true))
        m_bodies.keep(input.project, arrival->atMs, input.source, input.keyId, bodyOf(input));
    if (isNew)
        tell(input.project, *arrival);
}

/// Those who left, and those of that project who may see it no more.
void Inbox::dropWatchers(ProjectId project)
{
    std::erase_if(m_watchers, [this, project](const Watcher &watcher) {
        const bool barred = watcher.caller.project == project && !m_mayWatch(watcher.caller);
        if (barred)
            watcher.stream->finish();
        return barred || watcher.stream->closed();
    });
}

void Inbox::tell(ProjectId project, const Arrival &arrival)
{
    dropWatchers(project);
    QByteArray event;
    for (const Watcher &watcher : m_watchers) {
        if (watcher.caller.project != project || (watcher.keyId && *watcher.keyId != arrival.keyId))
            continue;
        if (event.isEmpty())
            event = QByteArray::fromStdString(eventOf(arrival));
        watcher.stream->write(event);
    }
}

std::vector<Arrival> Inbox::newest(ProjectId project, const std::optional<std::string> &keyId,
                                   size_t limit) const
{
    std::vector<Arrival> found;
    {
        const std::lock_guard lock(m_mutex);
        for (const auto &[key, ring] : m_rings) {
            if (key.first == project && (!keyId || *keyId == key.second))
                found.insert(found.end(), ring.begin(), ring.end());
        }
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const Arrival &a, const Arrival &b) { return a.atMs > b.atMs; });
    if (found.size() > limit)
        found.resize(limit);
    return found;
}

void Inbox::watch(const http::Request &request, http::Reply reply)
{
    const std::lock_guard lock(m_mutex);
    std::erase_if(m_watchers, [](const Watcher &watcher) { return watcher.stream->closed(); });
    if (m_watchers.size() >= maxWatchers)
        return reply.send(http::Response::error({ErrorCode::Unavailable, "Too many pages watch the inbox.",
                                                 "Close pages that nobody looks at."}));
    http::Response head = http::Response::text({}, "text/event-stream");
    head.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
    head.body = ": what arrives from now on\n\n";
    Watcher watcher{reply.startStream(std::move(head)), request.principal, request.argument("key")};
    if (watcher.stream)
        m_watchers.push_back(std::move(watcher));
}

void Inbox::show(const http::Request &request, http::Reply reply) const
{
    const std::string at = request.argument("at").value_or("");
    int64_t atMs = 0;
    const auto parsed = std::from_chars(at.data(), at.data() + at.size(), atMs);
    if (at.empty() || parsed.ec != std::errc() || parsed.ptr != at.data() + at.size())
        return reply.send(http::Response::error(
            {ErrorCode::Invalid, "at is the at_ms of an arrival.", "Take it from /api/app/inbox."}));
    http::Response response;
    {
        const std::lock_guard lock(m_mutex);
        const ShownBody *body =
            m_bodies.find(request.principal.project, atMs, request.argument("source").value_or(""),
                          request.argument("key").value_or(""));
        if (!body)
            return reply.send(http::Response::error(
                {ErrorCode::NotFound, "This body is not kept any more.", "The last 100 of a project are."}));
        response.body = QByteArray::fromStdString(body->toJson());
    }
    reply.send(std::move(response));
}

void Inbox::addRoutes(http::Router &router)
{
    const http::RouteArgument key{.name = "key",
                                  .text = "Only of this key, by its id; empty for what comes without one."};
    router.get(
        "/api/app/inbox", http::Access::Read,
        [this](const http::RequestPtr &request, http::Reply reply) {
            size_t limit = perKey;
            if (const auto text = request->argument("limit")) {
                const auto parsed = std::from_chars(text->data(), text->data() + text->size(), limit);
                if (parsed.ec != std::errc() || limit == 0)
                    return reply.send(
                        http::Response::error({ErrorCode::Invalid, "limit is a number from 1 to 100.", {}}));
            }
            std::string out = "{\"items\":[";
            for (const Arrival &arrival :
                 newest(request->principal.project, request->argument("key"), std::min(limit, perKey)))
                (out += out.back() == '[' ? "" : ",") += arrival.toJson();
            http::Response response;
            response.body = QByteArray::fromStdString(
                out + "],\"next_cursor\":null,\"since_ms\":" + std::to_string(m_sinceMs) + '}');
            reply.send(std::move(response));
        },
        {.group = "Live",
         .summary = "What just arrived, by key and door",
         .text = "The newest first; what one key brought through one door in a quarter of a second is one "
                 "item. It is kept in memory: what came before since_ms, when the appliance started, is not "
                 "in it.",
         .arguments = {key, {.name = "limit", .text = "At most 100.", .type = "integer"}},
         .answers = {{.text = "The newest arrivals.",
                      .example = R"({"items":[{"at_ms":1790000000000,"source":"ingest","key_id":"",
                             "requests":1,"accepted":2,"rejected":0,"sample":{"series":"cpu{host=\"a\"}","value":0.5,
                             "timestamp_ms":1790000000000},"has_body":true,"error":null}],"next_cursor":null,"since_ms":1789999000000})"}}});
    router.get(
        "/api/app/inbox/body", http::Access::Read,
        [this](const http::RequestPtr &request, http::Reply reply) { show(*request, std::move(reply)); },
        {.group = "Live",
         .summary = "The beginning of what an arrival's first request brought, and what it became",
         .text =
             "The last 100 bodies of a project are kept, in memory only, 1 KiB of each. What looks like a "
             "credential or a card number is masked; of a project that replaces personal data none is shown.",
         .arguments = {{.name = "at", .text = "at_ms of the arrival.", .type = "integer"},
                       {.name = "source", .text = "Its door."},
                       {.name = "key", .text = "Its key_id; empty for what came without a key."}},
         .answers = {
             {.text = "The body.",
              .example =
                  R"({"content_type":"application/json","bytes":27,"shown_bytes":27,"binary":false,"hidden":false,
                             "body":"[{\"name\":\"cpu\",\"value\":0.5}]","became":[{"series":"cpu","value":0.5,
                             "timestamp_ms":1790000000000}],"more":0,"refusals":[]})"}}});
    router.get(
        "/api/app/inbox/live", http::Access::Read,
        [this](const http::RequestPtr &request, http::Reply reply) { watch(*request, std::move(reply)); },
        {.group = "Live",
         .summary = "Server-sent events: arrival, as in /api/app/inbox",
         .arguments = {key},
         .answers = {{.text = "Events.", .contentType = "text/event-stream"}}});
}

} // namespace plimsoll::ingest
