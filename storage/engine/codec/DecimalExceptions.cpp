#include "storage/engine/codec/DecimalExceptions.h"

#include "storage/engine/ByteOrder.h"
#include "storage/engine/codec/DoubleBits.h"
#include "storage/model/Varint.h"

#include <algorithm>

namespace plimsoll {

namespace {

constexpr size_t maxDistinct = 16;

} // namespace

void DecimalExceptions::add(size_t position, double value)
{
    m_count++;
    const uint64_t bits = bitsOf(value);
    if (!m_runs.empty() && m_runs.back().bits == bits &&
        m_runs.back().start + m_runs.back().length == position)
        m_runs.back().length++;
    else
        m_runs.push_back({position, 1, bits});
}

void DecimalExceptions::appendTo(std::string &out) const
{
    std::vector<uint64_t> distinct;
    for (const Run &run : m_runs) {
        if (std::find(distinct.begin(), distinct.end(), run.bits) == distinct.end())
            distinct.push_back(run.bits);
        if (distinct.size() > maxDistinct)
            break;
    }
    if (distinct.size() > maxDistinct)
        distinct.clear();
    appendVarint(out, m_count);
    out += static_cast<char>(distinct.size());
    for (const uint64_t bits : distinct)
        appendFixed(out, bits);
    size_t end = 0;
    for (const Run &run : m_runs) {
        if (distinct.empty()) {
            for (size_t i = 0; i < run.length; i++) {
                appendVarint(out, run.start + i - end);
                appendFixed(out, run.bits);
                end = run.start + i + 1;
            }
            continue;
        }
        appendVarint(out, run.start - end);
        appendVarint(out, run.length);
        if (distinct.size() > 1)
            out +=
                static_cast<char>(std::find(distinct.begin(), distinct.end(), run.bits) - distinct.begin());
        end = run.start + run.length;
    }
}

bool DecimalExceptions::takeRun(std::string_view &bytes, std::span<const uint64_t> distinct, Run &run) const
{
    const auto gap = takeVarint(bytes);
    if (!gap)
        return false;
    run.start = *gap;
    if (distinct.empty()) {
        run.length = 1;
        return takeFixed(bytes, run.bits);
    }
    const auto length = takeVarint(bytes);
    uint8_t number = 0;
    if (!length || (distinct.size() > 1 && !takeFixed(bytes, number)) || number >= distinct.size())
        return false;
    run.length = *length;
    run.bits = distinct[number];
    return true;
}

bool DecimalExceptions::take(std::string_view &bytes, size_t values)
{
    const auto count = takeVarint(bytes);
    uint8_t size = 0;
    if (!count || *count == 0 || *count > values || !takeFixed(bytes, size) || size > maxDistinct)
        return false;
    std::vector<uint64_t> distinct(size);
    for (uint64_t &bits : distinct) {
        if (!takeFixed(bytes, bits))
            return false;
    }
    size_t end = 0;
    while (m_count < *count) {
        Run run{};
        if (!takeRun(bytes, distinct, run))
            return false;
        const size_t room = values - end;
        if (run.start >= room || run.length == 0 || run.length > room - run.start ||
            run.length > *count - m_count)
            return false;
        run.start += end;
        end = run.start + run.length;
        m_count += run.length;
        m_runs.push_back(run);
    }
    return true;
}

void DecimalExceptions::apply(std::span<double> values) const
{
    for (const Run &run : m_runs)
        std::fill_n(values.begin() + static_cast<ptrdiff_t>(run.start), run.length, doubleOf(run.bits));
}

} // namespace plimsoll
