#pragma once

#include "server/http/Response.h"
#include "storage/query/Query.h"

#include <atomic>
#include <optional>

namespace plimsoll::api {

class PacedStream;

/// Sends the answer of a query in Prometheus' form: whole where it is small, else in pieces while the client
/// takes them, so that ten million points cost no more memory than their columns do.
class ResultStream
{
public:
    struct Options
    {
        uint64_t maxBytes = UINT64_MAX; ///< of JSON; refused before the first byte is sent
        size_t maxSeries = 0;           ///< the rest is left out with a warning; 0 is no limit
        bool stats = false;             ///< tells what the query cost
        bool notes = true;              ///< warnings and infos, which quote the query
    };

    /// All must outlive it; `timeMs` dates a string.
    ResultStream(http::Reply &reply, const std::atomic<bool> &cancelled, int64_t timeMs, Options options);
    ~ResultStream();

    /// Answers. A failure is not sent: the caller words it. None comes once the answer has begun.
    Status send(const QueryAnswer &answer);

private:
    Status checkSize(const QueryAnswer &answer) const;
    bool addVector(const QueryAnswer &answer);
    void addSingle(const QueryAnswer &answer);
    std::string tail(const QueryAnswer &answer, bool truncated) const;
    bool flush();

    http::Reply &m_reply;
    const std::atomic<bool> &m_cancelled;
    const int64_t m_timeMs;
    const Options m_options;
    const std::chrono::steady_clock::time_point m_start = std::chrono::steady_clock::now();
    std::string m_out;
    std::unique_ptr<PacedStream> m_stream;
};

} // namespace plimsoll::api
