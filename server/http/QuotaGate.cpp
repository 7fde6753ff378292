#include "server/http/QuotaGate.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace plimsoll::http {
namespace {

constexpr double burstSeconds = 10;

double capacityOf(double rate) { return std::max(1.0, rate * burstSeconds); }

std::string rateText(double rate)
{
    const auto whole = static_cast<int64_t>(rate);
    return static_cast<double>(whole) == rate ? std::to_string(whole) : std::to_string(rate);
}

Response tooMany(const std::string &what, double rate, const char *setting, double missing)
{
    Response response = Response::error(
        {ErrorCode::TooMany, "This key may send " + rateText(rate) + ' ' + what + " a second, and sent more.",
         std::string("Wait as long as Retry-After says, or raise ") + setting + '.'});
    const auto seconds = static_cast<int64_t>(std::ceil(std::clamp(missing / rate, 1.0, 3600.0)));
    std::erase_if(response.headers, [](const auto &header) { return header.first == "Retry-After"; });
    response.headers.emplace_back("Retry-After", QByteArray::number(qint64(seconds)));
    return response;
}

std::optional<Response> refusalBySize(const Request &request)
{
    const int64_t limit = request.principal.quota->maxBodyBytes;
    const auto length = limit > 0 ? request.header("content-length") : std::nullopt;
    int64_t bytes = 0;
    if (!length ||
        std::from_chars(length->data(), length->data() + length->size(), bytes).ec != std::errc() ||
        bytes <= limit)
        return std::nullopt;
    return Response::error(
        {ErrorCode::TooLarge,
         "The body has " + std::to_string(bytes) + " bytes; the limit is " + std::to_string(limit) + '.',
         "Send it in smaller parts."});
}

} // namespace

QuotaGate::QuotaGate(Authority &next, const Clock &clock, RefusalCounts &counts)
    : m_next(next)
    , m_clock(clock)
    , m_counts(counts)
{
}

std::optional<Response> QuotaGate::refusal(const Route &route, Request &request)
{
    auto refused = m_next.refusal(route, request);
    if (refused || route.access != Access::Ingest)
        return refused;
    const Quota &quota = *request.principal.quota;
    if ((refused = refusalBySize(request)))
        m_counts.note(request.principal.project, "too_large");
    else if (quota.requestsPerSecond > 0 || quota.samplesPerSecond > 0)
        refused = refusalByRate(request.principal);
    return refused;
}

std::optional<Response> QuotaGate::refusalByRate(const Principal &principal)
{
    const Quota &quota = *principal.quota;
    const std::lock_guard lock(m_mutex);
    Buckets &buckets = bucketsOf(principal, m_clock.nowMs());
    if (quota.samplesPerSecond > 0 && buckets.samples.tokens <= 0) {
        m_counts.note(principal.project, "sample_rate");
        return tooMany("samples", quota.samplesPerSecond, "samples_per_second", 1 - buckets.samples.tokens);
    }
    if (quota.requestsPerSecond > 0 && buckets.requests.tokens < 1) {
        m_counts.note(principal.project, "request_rate");
        return tooMany("requests", quota.requestsPerSecond, "requests_per_second",
                       1 - buckets.requests.tokens);
    }
    buckets.requests.tokens -= 1;
    return std::nullopt;
}

void QuotaGate::charge(const Principal &principal, size_t samples)
{
    if (principal.quota->samplesPerSecond <= 0)
        return;
    const std::lock_guard lock(m_mutex);
    bucketsOf(principal, m_clock.nowMs()).samples.tokens -= static_cast<double>(samples);
}

/// Filled up to now.
QuotaGate::Buckets &QuotaGate::bucketsOf(const Principal &principal, int64_t nowMs)
{
    const Quota &quota = *principal.quota;
    if (m_buckets.size() > maxBuckets)
        m_buckets.clear();
    const auto [it, isNew] = m_buckets.try_emplace(std::to_string(principal.project) + '/' + principal.keyId);
    const auto fill = [&, first = isNew](Bucket &bucket, double rate) {
        const double capacity = capacityOf(rate);
        const auto passed = static_cast<double>(std::max<int64_t>(0, nowMs - bucket.filledMs));
        bucket.tokens = first ? capacity : std::min(capacity, bucket.tokens + passed / 1000 * rate);
        bucket.filledMs = nowMs;
    };
    fill(it->second.requests, quota.requestsPerSecond);
    fill(it->second.samples, quota.samplesPerSecond);
    return it->second;
}

} // namespace plimsoll::http
