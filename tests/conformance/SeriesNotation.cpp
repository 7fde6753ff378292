#include "tests/conformance/SeriesNotation.h"

#include "storage/query/Lexer.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

namespace plimsoll::conformance {

namespace {

constexpr uint64_t staleBits = 0x7ff0000000000002;

class Reader
{
public:
    explicit Reader(std::string_view line)
        : m_rest(line)
    {
    }

    NotedSeries run()
    {
        skipSpace();
        if (startsNumber()) {
            m_series.bareNumber = true;
        } else if (!labels()) {
            return std::move(m_series);
        }
        skipSpace();
        while (!m_rest.empty() && m_rest[0] != '#' && m_series.error.empty()) {
            item();
            skipSpace();
        }
        return std::move(m_series);
    }

private:
    void fail(const std::string &what)
    {
        if (m_series.error.empty())
            m_series.error = what + " at: " + std::string(m_rest.substr(0, 40));
    }

    void skipSpace()
    {
        while (!m_rest.empty() && (m_rest[0] == ' ' || m_rest[0] == '\t'))
            m_rest.remove_prefix(1);
    }

    bool take(std::string_view text)
    {
        if (!m_rest.starts_with(text))
            return false;
        m_rest.remove_prefix(text.size());
        return true;
    }

    bool startsNumber() const
    {
        double value = 0;
        std::string_view copy = m_rest;
        return takeNumber(copy, value) && (copy.empty() || copy[0] == ' ' || copy[0] == '\t');
    }

    /// Labels are cut off by the lexer of the queries themselves.
    bool labels()
    {
        std::vector<Labels::Pair> pairs;
        size_t end = 0;
        while (end < m_rest.size() && m_rest[end] != '{' && m_rest[end] != ' ' && m_rest[end] != '\t')
            end++;
        if (end > 0)
            pairs.emplace_back(std::string(nameLabel), std::string(m_rest.substr(0, end)));
        m_rest.remove_prefix(end);
        skipSpace();
        if (m_rest.starts_with("{") && !m_rest.starts_with("{{")) {
            bool quoted = false;
            size_t close = 1;
            for (; close < m_rest.size() && (quoted || m_rest[close] != '}'); close++) {
                if (m_rest[close] == '\\')
                    close++;
                else if (m_rest[close] == '"')
                    quoted = !quoted;
            }
            const auto tokens = promql::tokenize(m_rest.substr(1, close - 1));
            if (!tokens)
                return fail("bad labels"), false;
            for (size_t i = 0; i < tokens->size() && (*tokens)[i].kind != promql::TokenKind::End;) {
                const auto &tokensRef = *tokens;
                if (tokensRef[i].kind == promql::TokenKind::Comma) {
                    i++;
                } else if (tokensRef[i + 1].kind == promql::TokenKind::Equal) {
                    pairs.emplace_back(tokensRef[i].text, tokensRef[i + 2].text);
                    i += 3;
                } else {
                    pairs.emplace_back(std::string(nameLabel), tokensRef[i].text);
                    i++;
                }
            }
            m_rest.remove_prefix(std::min(close + 1, m_rest.size()));
        }
        m_series.labels = Labels(std::move(pairs));
        return true;
    }

    static bool takeNumber(std::string_view &rest, double &value)
    {
        std::string_view copy = rest;
        const bool negative = copy.starts_with('-');
        if (negative || copy.starts_with('+'))
            copy.remove_prefix(1);
        const auto [end, error] = std::from_chars(copy.data(), copy.data() + copy.size(), value);
        if (error != std::errc())
            return false;
        value = negative ? -value : value;
        rest.remove_prefix(static_cast<size_t>(end - rest.data()));
        return true;
    }

    bool takeCount(size_t &count)
    {
        const auto [end, error] = std::from_chars(m_rest.data(), m_rest.data() + m_rest.size(), count);
        if (error != std::errc())
            return false;
        m_rest.remove_prefix(static_cast<size_t>(end - m_rest.data()));
        return true;
    }

    void item()
    {
        if (m_rest.starts_with("{{"))
            return histogramItem();
        NotedPoint point;
        if (take("_")) {
            point.missing = true;
        } else if (take("stale")) {
            point.value = std::bit_cast<double>(staleBits);
        } else if (!takeNumber(m_rest, point.value)) {
            return fail("no point");
        }
        double step = 0;
        const bool steps = !point.missing && (m_rest.starts_with('+') || m_rest.starts_with('-'));
        if (steps && !takeNumber(m_rest, step))
            return fail("no step");
        size_t repeat = 0;
        if (take("x")) {
            if (!takeCount(repeat))
                return fail("no count");
            // `_x5` is five, `1x5` and `1+2x5` are one and five more
            if (point.missing && repeat > 0)
                repeat--;
        } else if (steps) {
            return fail("a step without a count");
        }
        for (size_t i = 0; i <= repeat; i++) {
            m_series.points.push_back(point);
            point.value += step;
        }
    }

    void histogramItem()
    {
        Histogram value;
        Histogram step;
        m_hasHint = false;
        if (!histogram(value))
            return;
        const bool adds = take("+");
        const bool subtracts = !adds && take("-");
        if ((adds || subtracts) && !histogram(step))
            return;
        size_t repeat = 0;
        if (take("x") && !takeCount(repeat))
            return fail("no count");
        for (size_t i = 0; i <= repeat; i++) {
            m_series.points.push_back({0, value, false, m_hasHint});
            const auto hint = value.resetHint();
            if (adds)
                value.merge(step);
            if (subtracts)
                value.subtract(step);
            value.setResetHint(hint);
        }
    }

    std::vector<double> numbers()
    {
        std::vector<double> result;
        if (!take("["))
            return fail("no list"), result;
        skipSpace();
        while (!m_rest.empty() && !take("]")) {
            double value = 0;
            if (!takeNumber(m_rest, value))
                return fail("no number"), result;
            result.push_back(value);
            skipSpace();
        }
        return result;
    }

    bool histogram(Histogram &out)
    {
        take("{{");
        double schema = 0, sum = 0, count = 0, zeroCount = 0, zeroWidth = 0, offset = 0, negativeOffset = 0;
        std::vector<double> buckets, negativeBuckets, bounds;
        auto hint = Histogram::ResetHint::Unknown;
        skipSpace();
        while (!take("}}")) {
            const size_t colon = m_rest.find(':');
            if (colon == std::string_view::npos)
                return fail("an open histogram"), false;
            const std::string name(m_rest.substr(0, colon));
            m_rest.remove_prefix(colon + 1);
            if (name == "buckets")
                buckets = numbers();
            else if (name == "n_buckets")
                negativeBuckets = numbers();
            else if (name == "custom_values")
                bounds = numbers();
            else if (name == "counter_reset_hint")
                hint = takeHint(), m_hasHint = true;
            else if (double *target = name == "schema"       ? &schema
                                      : name == "sum"        ? &sum
                                      : name == "count"      ? &count
                                      : name == "z_bucket"   ? &zeroCount
                                      : name == "z_bucket_w" ? &zeroWidth
                                      : name == "offset"     ? &offset
                                      : name == "n_offset"   ? &negativeOffset
                                                             : nullptr;
                     !target || !takeNumber(m_rest, *target))
                fail("a bad part " + name);
            if (!m_series.error.empty())
                return false;
            skipSpace();
        }
        out = schema == Histogram::customSchema ? Histogram::withBounds(bounds)
                                                : Histogram(static_cast<int>(schema));
        out.setTotals(count, sum);
        if (!out.hasCustomBounds())
            out.setZeroBucket(zeroWidth, zeroCount);
        out.setResetHint(hint);
        for (size_t i = 0; i < buckets.size(); i++)
            out.addPositive(static_cast<int32_t>(offset) + static_cast<int32_t>(i), buckets[i]);
        for (size_t i = 0; i < negativeBuckets.size(); i++)
            out.addNegative(static_cast<int32_t>(negativeOffset) + static_cast<int32_t>(i),
                            negativeBuckets[i]);
        return true;
    }

    Histogram::ResetHint takeHint()
    {
        using Hint = Histogram::ResetHint;
        if (take("gauge"))
            return Hint::Gauge;
        if (take("not_reset"))
            return Hint::NotReset;
        if (take("reset"))
            return Hint::Reset;
        take("unknown");
        return Hint::Unknown;
    }

    std::string_view m_rest;
    NotedSeries m_series;
    bool m_hasHint = false; ///< of the histogram under way
};

} // namespace

NotedSeries parseSeries(std::string_view line) { return Reader(line).run(); }

} // namespace plimsoll::conformance
