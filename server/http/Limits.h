#pragma once

#include <QtGlobal>

namespace plimsoll::http {

/// What a client may cost. The body's size is a matter of its route (Route::maxBodyBytes).
struct Limits
{
    qint64 maxHeadBytes = 16 * 1024;     ///< request line and headers: 431 beyond
    int maxHeaders = 100;                ///< 431 beyond
    int headMs = 10'000;                 ///< from the first byte of a head to its end: 408 beyond
    int bodyGraceMs = 10'000;            ///< a body may be slower than the rate below for so long
    qint64 minBodyBytesPerSecond = 1024; ///< 408 below, after the grace
    int bodyMs = 300'000;                ///< for a whole body, however fast: 408 beyond
    int idleMs = 75'000;                 ///< a connection with nothing to do is closed after it
    int writeStallMs = 30'000;           ///< a client that takes nothing for so long is dropped
    int answerMs = 600'000;              ///< a handler that has not answered by then: 503 in its place
    int lingerMs = 2'000;                ///< a refused client may read its answer for so long
    int maxConnections = 1000;           ///< over all threads: 503 beyond
    int maxPipelined = 32;               ///< unanswered requests of one connection; more wait in the kernel
    qint64 maxInFlightBytes = 256 << 20; ///< bodies in memory, over all connections: 503 beyond
    qint64 maxStreamPendingBytes = 16 << 20; ///< a streamed answer's client is dropped beyond
    qint64 maxEventPendingBytes = 1 << 20;   ///< the same for server-sent events
    qint64 discardBytes =
        256 * 1024;    ///< a refused body up to this is read and thrown away, keeping the connection
    int sweepMs = 250; ///< how often deadlines are looked at
};

} // namespace plimsoll::http
