#include "server/api/LiveQueue.h"

#include "server/api/JsonWriter.h"
#include "storage/model/Labels.h"

#include <algorithm>

namespace plimsoll::api {

std::string LiveSample::toJson() const
{
    const Labels labels = Labels::fromKey(key).value_or(Labels());
    JsonWriter json;
    json.beginObject().member("at_ms", receivedMs).member("committed_ms", committedMs);
    json.member("name", labels.name()).member("series", labels.toString()).member("kind", kindName(kind));
    json.member("value", value);
    if (count)
        json.member("count", *count);
    json.member("timestamp_ms", timestampMs).member("latency_ms", committedMs - receivedMs);
    json.member("source", source).endObject();
    return json.take();
}

void LiveQueue::push(LiveSample sample)
{
    if (m_waiting.size() >= perSecond)
        m_waiting.pop_front();
    m_waiting.push_back(std::move(sample));
}

std::vector<LiveSample> LiveQueue::take(int64_t nowMs)
{
    constexpr auto most = static_cast<double>(perSecond);
    m_allowance = std::min(most, m_allowance + static_cast<double>(nowMs - m_takenMs) * most / 1000);
    m_takenMs = nowMs;
    const size_t count = std::min(m_waiting.size(), static_cast<size_t>(m_allowance));
    if (count == 0)
        return {};
    m_allowance -= static_cast<double>(count);
    std::vector<LiveSample> taken(std::make_move_iterator(m_waiting.end() - static_cast<ptrdiff_t>(count)),
                                  std::make_move_iterator(m_waiting.end()));
    m_waiting.clear();
    return taken;
}

void RejectionTally::add(std::string_view source, std::string_view code, std::string_view message,
                         uint64_t count)
{
    std::tuple<std::string, std::string, std::string> key(source, code, message);
    if (m_counts.size() >= maxDifferent && !m_counts.contains(key))
        key = {std::string(source), "other", "Further refusals of other kinds."};
    m_counts[std::move(key)] += count;
}

std::vector<std::string> RejectionTally::take(int64_t atMs)
{
    std::vector<std::string> events;
    for (const auto &[key, count] : m_counts) {
        const auto &[source, code, message] = key;
        JsonWriter json;
        json.beginObject().member("at_ms", atMs).member("source", source).member("code", code);
        json.member("message", message).member("count", count).endObject();
        events.push_back(json.take());
    }
    m_counts.clear();
    return events;
}

void RateMeter::add(int64_t nowMs, uint64_t count)
{
    const int64_t second = nowMs / 1000;
    if (m_seconds.empty() || m_seconds.back().first < second)
        m_seconds.emplace_back(second, 0);
    if (m_firstSecond == 0)
        m_firstSecond = second;
    m_seconds.back().second += count;
    while (m_seconds.front().first < second - windowSeconds)
        m_seconds.pop_front();
}

double RateMeter::perSecond(int64_t nowMs) const
{
    const int64_t second = nowMs / 1000;
    uint64_t count = 0;
    for (const auto &[at, samples] : m_seconds)
        if (at < second && at >= second - windowSeconds)
            count += samples;
    const int64_t known = std::clamp<int64_t>(second - m_firstSecond, 1, windowSeconds);
    return static_cast<double>(count) / static_cast<double>(known);
}

} // namespace plimsoll::api
