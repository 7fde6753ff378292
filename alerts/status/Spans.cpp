#include "alerts/status/Spans.h"

#include <algorithm>

namespace plimsoll::alerts {

Spans::Spans(std::initializer_list<Span> spans)
{
    for (const Span &span : spans)
        add(span);
}

std::vector<Span>::const_iterator Spans::firstEndingAfter(int64_t ms) const
{
    return std::upper_bound(m_spans.begin(), m_spans.end(), ms,
                            [](int64_t at, const Span &span) { return at < span.toMs; });
}

void Spans::add(const Span &span)
{
    if (span.lengthMs() == 0)
        return;
    Span joined = span;
    const auto begin = firstEndingAfter(span.fromMs - 1);
    auto end = begin;
    for (; end != m_spans.end() && end->fromMs <= joined.toMs; ++end) {
        joined.fromMs = std::min(joined.fromMs, end->fromMs);
        joined.toMs = std::max(joined.toMs, end->toMs);
    }
    m_spans.insert(m_spans.erase(begin, end), joined);
}

void Spans::add(const Spans &others)
{
    for (const Span &span : others.m_spans)
        add(span);
}

void Spans::remove(const Span &span)
{
    if (span.lengthMs() == 0)
        return;
    const auto begin = firstEndingAfter(span.fromMs);
    auto end = begin;
    std::vector<Span> kept;
    for (; end != m_spans.end() && end->fromMs < span.toMs; ++end) {
        for (const Span &rest : {Span{end->fromMs, span.fromMs}, Span{span.toMs, end->toMs}}) {
            if (rest.lengthMs() > 0)
                kept.push_back(rest);
        }
    }
    m_spans.insert(m_spans.erase(begin, end), kept.begin(), kept.end());
}

void Spans::remove(const Spans &others)
{
    for (const Span &span : others.m_spans)
        remove(span);
}

Spans Spans::within(const Span &bounds) const
{
    Spans found;
    for (auto it = firstEndingAfter(bounds.fromMs); it != m_spans.end() && it->fromMs < bounds.toMs; ++it)
        found.add({std::max(it->fromMs, bounds.fromMs), std::min(it->toMs, bounds.toMs)});
    return found;
}

int64_t Spans::lengthMs() const
{
    int64_t length = 0;
    for (const Span &span : m_spans)
        length += span.lengthMs();
    return length;
}

std::optional<int64_t> Spans::nextInside(int64_t ms) const
{
    const auto next = firstEndingAfter(ms);
    return next == m_spans.end() ? std::nullopt : std::optional(std::max(ms, next->fromMs));
}

int64_t Spans::lengthWithin(const Span &span) const
{
    int64_t length = 0;
    for (auto it = firstEndingAfter(span.fromMs); it != m_spans.end() && it->fromMs < span.toMs; ++it)
        length += std::min(it->toMs, span.toMs) - std::max(it->fromMs, span.fromMs);
    return length;
}

} // namespace plimsoll::alerts
