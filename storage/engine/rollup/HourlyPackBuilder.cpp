#include "storage/engine/ByteOrder.h"
#include "storage/engine/codec/TimeCodec.h"
#include "storage/engine/rollup/HourlyPack.h"
#include "storage/engine/rollup/HourlyPackForm.h"
#include "storage/model/Varint.h"

#include <xxhash.h>
#include <zstd.h>

#include <algorithm>
#include <cmath>

namespace plimsoll {

using namespace hourlypack;

namespace {

constexpr size_t maxRows = 4096;
constexpr size_t maxBuckets = 8192;   ///< of histograms, about four bytes each
constexpr uint32_t rowsBySeries = 24; ///< from so many rows a series on each has streams of its own
constexpr int zstdLevel = 3;

int64_t hourNumber(int64_t startMs) { return hourOf(startMs) / hourSpanMs; }

void appendIntegers(std::string &out, const std::vector<int64_t> &values)
{
    std::string bytes;
    encodeTimes(values, 0, bytes);
    appendVarint(out, bytes.size());
    out += bytes;
}

uint8_t flagsOf(Kind kind)
{
    uint8_t flags = 0;
    if (kind == Kind::Counter || kind == Kind::Untyped)
        flags |= hasIncrease;
    if (holdsHistograms(kind))
        flags |= hasHistograms;
    if (kind == Kind::Histogram)
        flags |= isCumulative;
    if (addsUp(kind))
        flags |= keepsWholeSums;
    return flags;
}

size_t bucketsOf(const Histogram &histogram)
{
    return 8 + histogram.positive().size() + histogram.negative().size();
}

void appendSized(std::string &out, std::string_view bytes)
{
    appendVarint(out, bytes.size());
    out += bytes;
}

std::string histogramFrame(const RollupRows &rows)
{
    std::string plain;
    for (const RollupRow &row : rows) {
        const RollupHistograms histograms = row.histograms.value_or(RollupHistograms());
        appendSized(plain, histograms.merged.encode());
        if (histograms.first) {
            appendSized(plain, histograms.first->encode());
            appendSized(plain, histograms.last->encode());
        }
    }
    std::string packed(ZSTD_compressBound(plain.size()), '\0');
    packed.resize(ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), zstdLevel));
    std::string out;
    appendVarint(out, plain.size());
    appendSized(out, packed);
    return out;
}

double sumOf(const RollupRow &row) { return row.histograms ? row.histograms->merged.sum() : row.sum.value(); }

bool needsWholeSum(const RollupRow &row, uint8_t flags)
{
    if (row.histograms || std::isnan(row.sum.value()) || row.sum == ExactSum(row.sum.value()))
        return false;
    return row.sum.exact() || (flags & keepsWholeSums) != 0;
}

/// What one group writes: the series that have something for it.
class GroupWriter
{
public:
    GroupWriter(std::span<const SeriesId> ids, std::span<const uint8_t> flags,
                std::span<const RollupRows> rows)
        : m_ids(ids)
        , m_flags(flags)
        , m_rows(rows)
    {
        size_t total = 0;
        for (const RollupRows &one : rows)
            total += one.size();
        m_layout = total >= rowsBySeries * rows.size() ? ColumnLayout::BySeries : ColumnLayout::Joint;
        m_startHour = INT64_MAX;
        for (const RollupRows &one : rows)
            m_startHour = std::min(m_startHour, hourNumber(one.front().startMs));
    }

    int64_t startHour() const { return m_startHour; }

    void directory(std::string &out) const
    {
        std::vector<int64_t> ids, flags, first, counts;
        std::string gaps;
        uint64_t withGaps = 0;
        for (size_t i = 0; i < m_ids.size(); i++) {
            const RollupRows &rows = m_rows[i];
            ids.push_back(m_ids[i]);
            flags.push_back(m_flags[i]);
            first.push_back(hourNumber(rows.front().startMs) - m_startHour);
            counts.push_back(static_cast<int64_t>(rows.size()));
            const int64_t span = hourNumber(rows.back().startMs) - hourNumber(rows.front().startMs) + 1;
            if (span == counts.back())
                continue;
            withGaps++;
            appendVarint(gaps, i);
            for (size_t r = 1; r < rows.size(); r++)
                appendVarint(gaps, static_cast<uint64_t>(hourNumber(rows[r].startMs) -
                                                         hourNumber(rows[r - 1].startMs) - 1));
        }
        appendVarint(out, m_ids.size());
        for (const auto *column : {&ids, &flags, &first, &counts})
            appendIntegers(out, *column);
        appendVarint(out, withGaps);
        out += gaps;
    }

    /// A column over the series whose flag is set or not.
    template<typename Value, typename Read>
    void column(std::string &out, uint8_t flag, bool with, Read read) const
    {
        std::vector<Value> values;
        std::vector<uint32_t> counts;
        for (size_t i = 0; i < m_rows.size(); i++) {
            if (flag != 0 && ((m_flags[i] & flag) != 0) != with)
                continue;
            counts.push_back(static_cast<uint32_t>(m_rows[i].size()));
            for (const RollupRow &row : m_rows[i])
                values.push_back(read(row));
        }
        appendColumn(out, values, counts, m_layout);
    }

    void wholeSums(std::string &out) const
    {
        uint64_t count = 0;
        uint64_t place = 0;
        std::string sums;
        for (size_t i = 0; i < m_rows.size(); i++) {
            for (const RollupRow &row : m_rows[i]) {
                if (needsWholeSum(row, m_flags[i])) {
                    count++;
                    appendVarint(sums, place);
                    row.sum.appendTo(sums);
                }
                place++;
            }
        }
        appendVarint(out, count);
        out += sums;
    }

    void histograms(std::string &out) const
    {
        for (const RollupRows &rows : m_rows)
            out += histogramFrame(rows);
    }

private:
    std::span<const SeriesId> m_ids;
    std::span<const uint8_t> m_flags;
    std::span<const RollupRows> m_rows;
    ColumnLayout m_layout;
    int64_t m_startHour;
};

void appendGroup(std::string &out, RollupGroup which, const GroupWriter &writer)
{
    const auto doubles = [&](uint8_t flag, bool with, auto read) {
        writer.column<double>(out, flag, with, read);
    };
    const auto integers = [&](auto read) { writer.column<int64_t>(out, 0, true, read); };
    switch (which) {
    case RollupGroup::Sums:
        integers([](const RollupRow &row) { return static_cast<int64_t>(row.count); });
        doubles(0, true, sumOf);
        writer.wholeSums(out);
        break;
    case RollupGroup::Extremes:
        doubles(hasHistograms, false, [](const RollupRow &row) { return row.min; });
        doubles(hasHistograms, false, [](const RollupRow &row) { return row.max; });
        break;
    case RollupGroup::Ends:
        integers([](const RollupRow &row) { return row.firstMs - row.startMs; });
        integers([](const RollupRow &row) { return row.lastMs - row.startMs; });
        doubles(hasHistograms, false, [](const RollupRow &row) { return row.first; });
        doubles(hasHistograms, false, [](const RollupRow &row) { return row.last; });
        doubles(hasIncrease, true, [](const RollupRow &row) { return row.increase; });
        break;
    case RollupGroup::Histograms:
        writer.histograms(out);
        break;
    }
}

} // namespace

void HourlyPackBuilder::add(SeriesId series, Kind kind, const RollupRows &rows)
{
    if (rows.empty())
        return;
    m_ids.push_back(series);
    m_flags.push_back(flagsOf(kind));
    m_rows.push_back(rows);
    m_rowCount += rows.size();
    for (const RollupRow &row : rows) {
        if (row.histograms)
            m_histogramBuckets += bucketsOf(row.histograms->merged) * (row.histograms->first ? 3 : 1);
    }
}

bool HourlyPackBuilder::full() const { return m_rowCount >= maxRows || m_histogramBuckets >= maxBuckets; }

HourlyPackBuilder::Packs::Group HourlyPackBuilder::group(RollupGroup which) const
{
    std::vector<SeriesId> ids;
    std::vector<uint8_t> flags;
    std::vector<RollupRows> rows;
    for (size_t i = 0; i < m_ids.size(); i++) {
        const bool histograms = (m_flags[i] & hasHistograms) != 0;
        if ((which == RollupGroup::Histograms && !histograms) ||
            (which == RollupGroup::Extremes && histograms))
            continue;
        ids.push_back(m_ids[i]);
        flags.push_back(m_flags[i]);
        rows.push_back(m_rows[i]);
    }
    if (ids.empty())
        return {};
    const GroupWriter writer(ids, flags, rows);
    std::string body;
    appendVarint(body, zigzag(writer.startHour()));
    writer.directory(body);
    appendGroup(body, which, writer);
    std::string out(magic);
    out += version;
    out += static_cast<char>(which);
    appendFixed(out, static_cast<uint64_t>(XXH3_64bits(body.data(), body.size())));
    return {ids.front(), out + body};
}

HourlyPackBuilder::Packs HourlyPackBuilder::finish()
{
    Packs packs;
    for (uint32_t i = 0; i < rollupGroups; i++)
        packs.groups[i] = group(static_cast<RollupGroup>(i));
    *this = {};
    return packs;
}

} // namespace plimsoll
