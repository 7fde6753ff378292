#include "server/http/GuardedConnection.h"

#include "server/http/ContentCoding.h"
#include "server/http/Gate.h"
#include "server/http/Method.h"
#include "server/http/SteadyClock.h"

namespace plimsoll::http {

namespace {

constexpr qint64 readBlockBytes = 16 * 1024;
constexpr qint64 readBodyBytes = 256 * 1024; ///< at a time
constexpr qint64 reservedBodyBytes = 1 << 20;

std::string headerOr(const Head &head, std::string_view name)
{
    for (const auto &[key, value] : head.headers) {
        if (key == name)
            return value;
    }
    return {};
}

QHostAddress plainAddress(const QHostAddress &address)
{
    bool isIPv4 = false;
    const quint32 ipv4 = address.toIPv4Address(&isIPv4);
    return isIPv4 ? QHostAddress(ipv4) : address;
}

Response tooSlow()
{
    return Response::error(408, "too_slow", "The request did not arrive in time.", "Send it again, whole.");
}

Response tooLarge(qint64 limit)
{
    return Response::error(413, "too_large", "The body is larger than " + std::to_string(limit) + " bytes.",
                           "Send it in smaller parts.");
}

} // namespace

GuardedConnection::GuardedConnection(Server &server, std::unique_ptr<Transport> transport, bool tls)
    : QObject(&server)
    , m_server(server)
    , m_transport(std::move(transport))
    , m_link(std::make_shared<ConnectionLink>(this, server.mailbox()))
    , m_outbox(*m_transport, server.threadStats())
    , m_peer(plainAddress(m_transport->peer()))
    , m_tls(tls)
{
    enter(tls ? Phase::Handshake : Phase::Head);
    m_takenMs = m_phaseMs;
    m_transport->listen(*this);
}

GuardedConnection::~GuardedConnection()
{
    m_link->cut();
    m_outbox.abandon();
    m_server.forget(this);
}

void GuardedConnection::enter(Phase phase)
{
    m_phase = phase;
    m_phaseMs = steadyMs();
}

void GuardedConnection::abort() { m_transport->abort(); }

void GuardedConnection::disconnected()
{
    if (std::exchange(m_gone, true))
        return;
    m_link->cut();
    m_outbox.abandon();
    deleteLater();
}

// Reading

void GuardedConnection::read()
{
    if (std::exchange(m_reading, true))
        return;
    bool more = true;
    while (more && !m_gone) {
        switch (m_phase) {
        case Phase::Head:
            more = readHead();
            break;
        case Phase::Body:
            more = readBody();
            break;
        case Phase::Lingering:
            more = m_transport->discard();
            break;
        case Phase::Handshake:
        case Phase::Stopped:
            more = false;
            break;
        }
    }
    m_reading = false;
}

std::string_view GuardedConnection::buffered() const
{
    return {m_in.constData() + m_inAt, size_t(m_in.size() - m_inAt)};
}

void GuardedConnection::consume(size_t bytes)
{
    m_inAt += qsizetype(bytes);
    if (m_inAt == m_in.size()) {
        m_in.clear();
        m_inAt = 0;
    }
}

bool GuardedConnection::readHead()
{
    if (m_outbox.size() >= size_t(m_server.context().limits.maxPipelined)) {
        m_paused = true;
        return false;
    }
    while (m_searched == 0 && buffered().starts_with("\r\n")) // an empty line before a request is no harm
        consume(2);
    bool broken = false;
    size_t end = endOfHead(buffered(), m_searched, broken);
    if (end == std::string_view::npos && !broken && m_transport->mayHaveMore() &&
        qint64(buffered().size()) <= m_server.context().limits.maxHeadBytes) {
        if (m_in.isEmpty())
            m_phaseMs = steadyMs();
        m_searched = buffered().size() > 3 ? buffered().size() - 3 : 0;
        m_in.remove(0, std::exchange(m_inAt, 0));
        const qint64 got = m_transport->read(m_in, readBlockBytes);
        m_server.threadStats().receivedBytes += uint64_t(got);
        return got > 0;
    }
    if (broken)
        return refuse(
            Response::error(400, "bad_request", "A line of the request ends without carriage return."));
    if (qint64(std::min(end, buffered().size())) > m_server.context().limits.maxHeadBytes)
        return refuse(Response::error(431, "head_too_large", "The request line and headers are too large."));
    if (end == std::string_view::npos)
        return false;
    auto parsed = parseHead(buffered().substr(0, end - 4), m_server.context().limits.maxHeaders);
    consume(end);
    m_searched = 0;
    if (auto *refusal = std::get_if<Response>(&parsed))
        return refuse(std::move(*refusal));
    return begin(std::move(std::get<Head>(parsed)));
}

bool GuardedConnection::begin(Head head)
{
    m_server.threadStats().requests++;
    AnswerShape shape;
    shape.head = head.method == Method::Head;
    shape.http10 = head.http10;
    shape.close = !head.keepAlive;
    shape.acceptEncoding = headerOr(head, "accept-encoding");
    m_exchange = std::make_shared<Exchange>(m_link, m_server.context(), std::move(shape), steadyMs());
    m_request = std::make_shared<Request>();
    m_request->method = head.method;
    m_request->path = head.path;
    m_request->rawQuery = head.rawQuery;
    m_request->headers = head.headers;
    m_request->peer = m_peer;
    m_request->secure = m_tls;
    m_request->receivedMs = m_server.context().clock.nowMs();
    m_target = QByteArray::fromStdString(head.target);
    m_route = nullptr;
    m_early = preflightAnswer(head);
    if (!m_early) {
        m_early = refusalOf(head);
        m_exchange->shape.share = m_server.context().cors.shareOf(m_route, *m_request);
        if (m_early && !refuseBeforeBody(head, *m_early))
            return false;
    }
    m_bodyLeft = head.contentLength.value_or(0);
    m_chunked = head.chunked;
    m_chunks = {};
    m_bodyReceived = 0;
    if (!head.hasBody())
        return complete();
    awaitBody(head.expectsContinue && !m_early);
    return true;
}

/// A browser's question what a page of another site may do here. It carries no credentials and no body.
std::optional<Response> GuardedConnection::preflightAnswer(const Head &head) const
{
    if (head.method != Method::Options || head.hasBody() || transportRefusal(head))
        return std::nullopt;
    return m_server.context().cors.preflight(m_server.context().router, *m_request);
}

std::optional<Response> GuardedConnection::refusalOf(const Head &head)
{
    if (auto refusal = transportRefusal(head))
        return refusal;
    Router::Match match = m_server.context().router.match(head.method, head.path);
    m_route = match.route;
    if (!match.route && match.allow.empty())
        return Response::error({ErrorCode::NotFound, "There is nothing at " + head.path + ".", {}});
    if (!match.route) {
        Response refusal =
            Response::error(405, "method_not_allowed", "This address takes " + match.allow + ".");
        refusal.headers.emplace_back("Allow", QByteArray::fromStdString(match.allow));
        return refusal;
    }
    m_request->parameters = std::move(match.parameters);
    m_bodyLimit = m_route->maxBodyBytes;
    if (auto refusal = m_server.context().authority.refusal(*m_route, *m_request))
        return refusal;
    if (head.contentLength.value_or(0) > m_bodyLimit)
        return tooLarge(m_bodyLimit);
    return std::nullopt;
}

/// Once a certificate is there, plain HTTP is for this machine only.
std::optional<Response> GuardedConnection::transportRefusal(const Head &head) const
{
    if (m_tls || m_peer.isLoopback() || !m_server.context().tls.enabled())
        return std::nullopt;
    Response refusal = Response::error(403, "https_required", "This server speaks HTTPS to other machines.",
                                       "Use https:// with the same host and port.");
    if (head.method == Method::Get || head.method == Method::Head) {
        refusal.status = 308;
        refusal.headers.emplace_back(
            "Location", QByteArray::fromStdString("https://" + headerOr(head, "host") + head.target));
    }
    return refusal;
}

/// True if the connection can go on: there is no body, or one that is small enough to be thrown away.
bool GuardedConnection::refuseBeforeBody(const Head &head, Response refusal)
{
    m_server.threadStats().refused++;
    m_bodyLimit = m_server.context().limits.discardBytes;
    const bool goesOn = !head.expectsContinue && head.contentLength.value_or(0) <= m_bodyLimit;
    if (!head.hasBody() || goesOn)
        return true;
    return refuse(std::move(refusal));
}

void GuardedConnection::awaitBody(bool answerExpectation)
{
    enter(Phase::Body);
    if (!buffered().empty())
        return;
    m_transport->acknowledgeQuickly();
    if (!answerExpectation)
        return;
    const auto interim = std::make_shared<Exchange>(m_link, m_server.context(), AnswerShape{}, steadyMs());
    interim->claim();
    interim->wire = "HTTP/1.1 100 Continue\r\n\r\n";
    interim->ready = interim->finished = true;
    m_outbox.add(interim);
    pump();
}

bool GuardedConnection::readBody()
{
    const qint64 before = m_request->body.size();
    const Fill fill = m_chunked ? fillChunks() : fillLength();
    if (fill == Fill::Refused)
        return false;
    m_exchange->charge.add(m_request->body.size() - before);
    if (m_server.context().stats.inFlightBytes > m_server.context().limits.maxInFlightBytes)
        return refuse(
            Response::error({ErrorCode::Unavailable, "Too many requests are under way.", "Try again soon."}));
    return fill == Fill::Complete ? complete() : fill == Fill::More;
}

GuardedConnection::Fill GuardedConnection::fillLength()
{
    QByteArray &body = m_request->body;
    if (body.isEmpty())
        body.reserve(qsizetype(std::min(m_bodyLeft, reservedBodyBytes)));
    const std::string_view here = buffered().substr(0, size_t(m_bodyLeft));
    body.append(here.data(), qsizetype(here.size()));
    m_bodyLeft -= qint64(here.size());
    consume(here.size());
    const qint64 got = m_bodyLeft > 0 ? m_transport->read(body, std::min(m_bodyLeft, readBodyBytes)) : 0;
    m_bodyLeft -= got;
    m_server.threadStats().receivedBytes += uint64_t(got);
    m_bodyReceived = body.size();
    return m_bodyLeft == 0 ? Fill::Complete : got > 0 ? Fill::More : Fill::Wait;
}

GuardedConnection::Fill GuardedConnection::fillChunks()
{
    if (m_in.isEmpty()) {
        m_server.threadStats().receivedBytes += uint64_t(m_transport->read(m_in, readBlockBytes));
    }
    std::string_view rest = buffered();
    if (rest.empty())
        return Fill::Wait;
    m_bodyReceived += qint64(rest.size());
    const ChunkDecoder::State state = m_chunks.feed(rest, m_request->body, m_bodyLimit);
    consume(buffered().size() - rest.size());
    switch (state) {
    case ChunkDecoder::State::NeedsMore:
        return Fill::More;
    case ChunkDecoder::State::Done:
        return Fill::Complete;
    case ChunkDecoder::State::TooLarge:
        refuse(m_early ? *m_early : tooLarge(m_bodyLimit));
        return Fill::Refused;
    case ChunkDecoder::State::Bad:
        break;
    }
    refuse(Response::error(400, "bad_chunk", "The chunked body is malformed."));
    return Fill::Refused;
}

bool GuardedConnection::complete()
{
    enter(m_exchange->shape.close ? Phase::Stopped : Phase::Head);
    m_outbox.add(m_exchange);
    if (!m_early)
        decodeBody();
    if (m_early) {
        const auto exchange = std::move(m_exchange);
        exchange->send(std::move(*std::exchange(m_early, std::nullopt)));
    } else {
        m_server.deliver(*this);
    }
    return m_phase == Phase::Head;
}

/// Undoes the content coding where the route does not do it itself; a failure becomes the early answer.
void GuardedConnection::decodeBody()
{
    const auto coding = m_request->header("content-encoding");
    if (m_route->rawBody || m_request->body.isEmpty() || !coding)
        return;
    Decoded decoded = decodeContent(*coding, m_request->body, m_bodyLimit);
    if (decoded.ok())
        m_request->body = std::move(decoded.body);
    else
        m_early = decoded.refusal();
}

void GuardedConnection::dispatch()
{
    const RequestPtr request = std::exchange(m_request, nullptr);
    const Route *route = m_route;
    Reply reply(std::exchange(m_exchange, nullptr));
    try {
        route->handler(request, std::move(reply));
    } catch (const std::exception &failure) {
        qWarning("the handler of %s failed: %s", route->pattern.c_str(), failure.what());
    }
}

QByteArray GuardedConnection::reframedHead() const
{
    const std::string_view method = methodName(m_request->method);
    QByteArray head(method.data(), qsizetype(method.size()));
    head += ' ';
    head += m_target;
    head += " HTTP/1.1\r\nHost: ";
    const std::string_view host = m_request->header("host").value_or("localhost");
    head.append(host.data(), qsizetype(host.size()));
    head += "\r\n\r\n";
    return head;
}

Gate &GuardedConnection::gate()
{
    if (!m_gate) {
        m_gate = std::make_unique<Gate>(*this, m_peer);
        m_server.introduce(m_gate.get());
    }
    return *m_gate;
}

bool GuardedConnection::refuse(Response response)
{
    m_server.threadStats().refused++;
    auto exchange = std::exchange(m_exchange, nullptr);
    if (!exchange)
        exchange = std::make_shared<Exchange>(m_link, m_server.context(), AnswerShape{}, steadyMs());
    m_request.reset();
    m_early.reset();
    exchange->shape.close = true;
    enter(Phase::Stopped);
    m_outbox.add(exchange);
    exchange->send(std::move(response));
    return false;
}

// Answering

void GuardedConnection::answer(const std::shared_ptr<Exchange> &exchange, const Response &response)
{
    if (m_gone || exchange->ready)
        return;
    if (m_server.drains() && m_outbox.isLast(exchange)) {
        exchange->shape.close = true;
        m_phase = m_phase == Phase::Head ? Phase::Stopped : m_phase;
    }
    WireAnswer answer = wireAnswer(response, exchange->shape, m_server.date());
    exchange->wire += answer.head;
    if (answer.body.size() <= readBlockBytes)
        exchange->wire += answer.body;
    else
        exchange->wireBody = std::move(answer.body);
    exchange->ready = exchange->finished = true;
    pump();
}

void GuardedConnection::startStream(const std::shared_ptr<Exchange> &exchange, const Response &response,
                                    std::shared_ptr<StreamState> state)
{
    if (m_gone) {
        state->close();
        return;
    }
    exchange->stream = std::move(state);
    if (exchange->shape.http10) {
        exchange->shape.close = true;
        m_phase = m_phase == Phase::Head ? Phase::Stopped : m_phase;
    }
    exchange->wire += streamHead(response, exchange->shape, m_server.date());
    exchange->ready = true;
    exchange->finished = exchange->shape.head;
    if (exchange->finished)
        exchange->stream->close();
    else if (!response.body.isEmpty())
        addPiece(*exchange, response.body);
    pump();
}

void GuardedConnection::addPiece(Exchange &exchange, const QByteArray &piece)
{
    if (!exchange.shape.http10) {
        exchange.wire += QByteArray::number(piece.size(), 16);
        exchange.wire += "\r\n";
    }
    exchange.wire += piece;
    if (!exchange.shape.http10)
        exchange.wire += "\r\n";
}

void GuardedConnection::takePiece(const std::shared_ptr<Exchange> &exchange, const QByteArray &piece)
{
    exchange->stream->arrived(piece.size());
    if (m_gone || exchange->finished)
        return;
    addPiece(*exchange, piece);
    pump();
}

void GuardedConnection::endStream(const std::shared_ptr<Exchange> &exchange, bool complete)
{
    if (m_gone || exchange->finished)
        return;
    exchange->stream->close();
    if (!complete) {
        abort();
        return;
    }
    if (!exchange->shape.http10)
        exchange->wire += "0\r\n\r\n";
    exchange->finished = true;
    if (m_server.drains() && m_outbox.isLast(exchange))
        exchange->shape.close = true;
    pump();
}

void GuardedConnection::pump()
{
    if (m_outbox.pendingBytes() == 0)
        m_takenMs = steadyMs();
    if (m_outbox.pump()) {
        m_closing = true;
        enter(Phase::Stopped);
        onWritten();
        return;
    }
    if (m_phase != Phase::Head || m_reading)
        return;
    if (m_outbox.empty())
        m_phaseMs = steadyMs();
    if (std::exchange(m_paused, false))
        QMetaObject::invokeMethod(
            this, [this] { read(); }, Qt::QueuedConnection);
}

void GuardedConnection::onWritten()
{
    m_takenMs = steadyMs();
    m_outbox.noteWritten();
    if (!m_closing || m_phase == Phase::Lingering || m_outbox.pendingBytes() > 0 || m_gone)
        return;
    enter(Phase::Lingering);
    if (m_tls) {
        m_transport->closeWhenWritten();
        return;
    }
    // The client may still be sending: closing now would reset the connection and take the answer with it.
    m_transport->shutDownWriting();
    if (!m_reading)
        read();
}

void GuardedConnection::drain()
{
    const auto exchanges = m_outbox.exchanges();
    for (const auto &exchange : exchanges) {
        if (exchange->events && !exchange->finished)
            endStream(exchange, true);
    }
    if (m_phase == Phase::Handshake || (m_phase == Phase::Head && m_outbox.empty() && m_in.isEmpty())) {
        m_transport->closeWhenWritten();
    } else if (m_phase == Phase::Head && !m_outbox.empty()) {
        m_outbox.exchanges().back()->shape.close = true;
        enter(Phase::Stopped);
    }
}

// Deadlines

void GuardedConnection::tick(int64_t nowMs)
{
    if (m_gone)
        return;
    tickReading(nowMs);
    tickAnswers(nowMs);
}

void GuardedConnection::tickReading(int64_t nowMs)
{
    const Limits &limits = m_server.context().limits;
    const int64_t age = nowMs - m_phaseMs;
    switch (m_phase) {
    case Phase::Handshake:
        if (age > limits.headMs)
            abort();
        break;
    case Phase::Head:
        if (!m_outbox.empty() || m_outbox.pendingBytes() > 0)
            break;
        if (!m_in.isEmpty() && age > limits.headMs)
            refuse(tooSlow());
        else if (m_in.isEmpty() && age > limits.idleMs)
            m_transport->closeWhenWritten();
        break;
    case Phase::Body:
        if (bodyTooSlow(age))
            refuse(tooSlow());
        break;
    case Phase::Lingering:
        if (age > limits.lingerMs)
            abort();
        break;
    case Phase::Stopped:
        break;
    }
}

int64_t GuardedConnection::expendability(int64_t nowMs) const
{
    constexpr int64_t idleIsFineMs = 5'000;
    constexpr int64_t owesBytes = 1'000'000; // more than any idle time weighs
    if (m_gone || !m_outbox.empty() || m_outbox.pendingBytes() > 0)
        return 0;
    const int64_t age = nowMs - m_phaseMs;
    const bool isSlow = m_bodyReceived < age * m_server.context().limits.minBodyBytesPerSecond / 1000;
    if (m_phase == Phase::Handshake || (m_phase == Phase::Head && !m_in.isEmpty()) ||
        (m_phase == Phase::Body && isSlow))
        return owesBytes + age;
    return m_phase == Phase::Head && age > idleIsFineMs ? age : 0;
}

bool GuardedConnection::bodyTooSlow(int64_t ageMs) const
{
    const Limits &limits = m_server.context().limits;
    const int64_t rated = (ageMs - limits.bodyGraceMs) * limits.minBodyBytesPerSecond / 1000;
    return ageMs > limits.bodyMs || (ageMs > limits.bodyGraceMs && m_bodyReceived < rated);
}

void GuardedConnection::tickAnswers(int64_t nowMs)
{
    const Limits &limits = m_server.context().limits;
    if (m_outbox.pendingBytes() > 0 && nowMs - m_takenMs > limits.writeStallMs) {
        abort();
        return;
    }
    if (m_outbox.empty())
        return;
    const auto front = m_outbox.exchanges().front();
    if (!front->ready && nowMs - front->startedMs > limits.answerMs)
        front->send(Response::error(
            {ErrorCode::Timeout, "The request took too long.", "Try again, or ask for less."}));
}

} // namespace plimsoll::http
