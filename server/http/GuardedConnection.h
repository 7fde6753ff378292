#pragma once

#include "server/http/ChunkDecoder.h"
#include "server/http/Head.h"
#include "server/http/Outbox.h"
#include "server/http/Server.h"
#include "server/http/Transport.h"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace plimsoll::http {

class Gate;

/// One client. Reads and frames requests (the strict way), holds them to the limits, and hands complete ones
/// to the server; writes the answers. Lives on its server's thread and deletes itself when the client is
/// gone.
class GuardedConnection final : public QObject, private Transport::Listener
{
public:
    /// Takes the transport over. It is connected, or about to do a TLS handshake.
    GuardedConnection(Server &server, std::unique_ptr<Transport> transport, bool tls);
    ~GuardedConnection() override;

    /// Looks at the deadlines; `nowMs` is of the steady clock.
    void tick(int64_t nowMs);
    /// Takes no more requests; closes when those under way are answered.
    void drain();
    /// Closes at once.
    void abort();
    /// True while some request is not answered.
    bool busy() const { return !m_outbox.empty() || m_phase == Phase::Body; }

    /// How willingly it is given up for another, the larger the more: for how many milliseconds it has owed
    /// bytes of a request, or much less for doing nothing at all. 0: not at all.
    int64_t expendability(int64_t nowMs) const;
    /// For the server: a request is there. True for the first one.
    bool noteDelivered() { return !std::exchange(m_delivered, true); }

    /// For the server: the request that was delivered goes to its route.
    void dispatch();
    /// For the server: what QtHttpServer gets to see of it, and through what.
    QByteArray reframedHead() const;
    Gate &gate();

    /// For Exchange.
    void answer(const std::shared_ptr<Exchange> &exchange, const Response &response);
    void startStream(const std::shared_ptr<Exchange> &exchange, const Response &response,
                     std::shared_ptr<StreamState> state);
    void takePiece(const std::shared_ptr<Exchange> &exchange, const QByteArray &piece);
    void endStream(const std::shared_ptr<Exchange> &exchange, bool complete);

private:
    enum class Phase {
        Handshake, ///< TLS
        Head,      ///< waiting for a request, or in the middle of its head
        Body,
        Stopped,  ///< nothing more is read; answers are still written
        Lingering ///< all is written; the client may still be sending
    };

    enum class Fill { Wait, More, Complete, Refused };

    void secured() override { enter(Phase::Head); }
    void becameReadable() override { read(); }
    void wrote() override { onWritten(); }
    void disconnected() override;

    void enter(Phase phase);
    void read();
    bool readHead();
    bool readBody();
    Fill fillLength();
    Fill fillChunks();
    std::string_view buffered() const;
    void consume(size_t bytes);

    bool begin(Head head);
    std::optional<Response> preflightAnswer(const Head &head) const;
    std::optional<Response> refusalOf(const Head &head);
    std::optional<Response> transportRefusal(const Head &head) const;
    bool refuseBeforeBody(const Head &head, Response refusal);
    void awaitBody(bool answerExpectation);
    bool complete();
    void decodeBody();
    /// Answers in the turn of the current request and closes; false, so that reading stops.
    bool refuse(Response response);
    static void addPiece(Exchange &exchange, const QByteArray &piece);
    void pump();
    void onWritten();

    void tickReading(int64_t nowMs);
    void tickAnswers(int64_t nowMs);
    bool bodyTooSlow(int64_t ageMs) const;

    Server &m_server;
    std::unique_ptr<Transport> m_transport;
    std::shared_ptr<ConnectionLink> m_link;
    Outbox m_outbox;
    std::unique_ptr<Gate> m_gate;
    QHostAddress m_peer;
    const bool m_tls;

    Phase m_phase = Phase::Head;
    int64_t m_phaseMs = 0; ///< when the phase began; of a head, when its first byte came
    int64_t m_takenMs = 0; ///< when the client last took bytes
    QByteArray m_in;       ///< read from the socket, not yet understood
    qsizetype m_inAt = 0;
    size_t m_searched = 0; ///< of the head
    bool m_reading = false;
    bool m_delivered = false; ///< some request was whole
    bool m_paused = false;    ///< too many requests wait for their answers
    bool m_closing = false;   ///< the last answer is on its way
    bool m_gone = false;

    std::shared_ptr<Request> m_request;
    const Route *m_route = nullptr;
    QByteArray m_target;
    std::shared_ptr<Exchange> m_exchange; ///< of m_request
    std::optional<Response> m_early;      ///< the body is read only to be thrown away
    ChunkDecoder m_chunks;
    bool m_chunked = false;
    qint64 m_bodyLeft = 0;
    qint64 m_bodyLimit = 0;
    qint64 m_bodyReceived = 0;
};

} // namespace plimsoll::http
