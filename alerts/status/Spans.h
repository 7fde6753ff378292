#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace plimsoll::alerts {

/// A span of time, milliseconds since the epoch; half-open.
struct Span
{
    int64_t fromMs = 0;
    int64_t toMs = 0;

    int64_t lengthMs() const { return toMs > fromMs ? toMs - fromMs : 0; }
    bool operator==(const Span &) const = default;
};

/// A set of instants as spans: ordered, disjoint, none empty, none touching another.
class Spans
{
public:
    Spans() = default;
    Spans(std::initializer_list<Span> spans);

    void add(const Span &span);
    void add(const Spans &others);
    void remove(const Span &span);
    void remove(const Spans &others);

    Spans within(const Span &bounds) const;
    int64_t lengthMs() const;
    /// How much of `span` is in the set.
    int64_t lengthWithin(const Span &span) const;
    bool covers(const Span &span) const { return lengthWithin(span) == span.lengthMs(); }
    /// The first instant from `ms` on that is in the set.
    std::optional<int64_t> nextInside(int64_t ms) const;
    bool touches(const Span &span) const { return lengthWithin(span) > 0; }

    const std::vector<Span> &list() const { return m_spans; }
    bool empty() const { return m_spans.empty(); }
    bool operator==(const Spans &) const = default;

private:
    std::vector<Span>::const_iterator firstEndingAfter(int64_t ms) const;

    std::vector<Span> m_spans;
};

} // namespace plimsoll::alerts
