#pragma once

#include "server/http/Authority.h"
#include "server/http/RefusalCounts.h"
#include "storage/model/Clock.h"

#include <mutex>
#include <string>
#include <unordered_map>

namespace plimsoll::http {

/// Holds writers to the size and the rates of their quotas, before a byte of their body is read: 413 by
/// Content-Length, 429 with Retry-After over a rate. Asks the one behind it first.
///
/// Rates are token buckets of ten seconds' worth, one for each key (and one for what comes without), made
/// when the first request comes. Samples are counted when they are known, so a request may overdraw its
/// bucket, and the next ones wait until that is made good. A quota without rates costs nothing.
class QuotaGate final : public Authority
{
public:
    /// All must outlive it.
    QuotaGate(Authority &next, const Clock &clock, RefusalCounts &counts);

    std::optional<Response> refusal(const Route &route, Request &request) override;

    /// Counts samples that a request brought.
    void charge(const Principal &principal, size_t samples);

private:
    static constexpr size_t maxBuckets = 100'000;

    struct Bucket
    {
        double tokens = 0;
        int64_t filledMs = 0;
    };
    struct Buckets
    {
        Bucket requests;
        Bucket samples;
    };

    std::optional<Response> refusalByRate(const Principal &principal);
    Buckets &bucketsOf(const Principal &principal, int64_t nowMs);

    Authority &m_next;
    const Clock &m_clock;
    RefusalCounts &m_counts;
    std::mutex m_mutex;
    std::unordered_map<std::string, Buckets> m_buckets; ///< by project and key
};

} // namespace plimsoll::http
