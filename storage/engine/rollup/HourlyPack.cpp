#include "storage/engine/rollup/HourlyPack.h"

#include "storage/engine/ByteOrder.h"
#include "storage/engine/codec/TimeCodec.h"
#include "storage/engine/rollup/HourlyPackForm.h"
#include "storage/model/Varint.h"

#include <xxhash.h>
#include <zstd.h>

#include <algorithm>

namespace plimsoll {

using namespace hourlypack;

namespace {

constexpr uint64_t maxRowsInPack = 1U << 24;
constexpr int64_t maxHour = 1LL << 40; ///< far beyond any time, and yet no overflow in milliseconds
constexpr size_t maxPlainHistograms = 64U << 20;
constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

Error corrupt(std::string_view what)
{
    return {ErrorCode::Corrupt, "Stored hours are damaged: " + std::string(what) + ".",
            "Run plimsoll doctor on the data directory."};
}

std::optional<std::string_view> takeSized(std::string_view &bytes)
{
    const auto size = takeVarint(bytes);
    if (!size || *size > bytes.size())
        return std::nullopt;
    const std::string_view taken = bytes.substr(0, *size);
    bytes.remove_prefix(*size);
    return taken;
}

template<typename Number>
bool takeIntegers(std::string_view &bytes, size_t count, int64_t max, std::vector<Number> &out)
{
    const auto stream = takeSized(bytes);
    std::vector<int64_t> values(count);
    if (!stream || !decodeTimes(*stream, 0, values))
        return false;
    for (const int64_t value : values) {
        if (value < 0 || value > max)
            return false;
        out.push_back(static_cast<Number>(value));
    }
    return true;
}

} // namespace

Result<HourlyPack> HourlyPack::open(std::string bytes)
{
    HourlyPack pack;
    pack.m_bytes = std::make_shared<const std::string>(std::move(bytes));
    std::string_view rest = *pack.m_bytes;
    if (!rest.starts_with(magic) || rest.size() < magic.size() + 2)
        return corrupt("a pack does not begin as one");
    if (rest[magic.size()] != version)
        return Error{ErrorCode::Unsupported, "A newer version of Plimsoll wrote these hours.",
                     "Run that version."};
    const auto group = static_cast<uint8_t>(rest[magic.size() + 1]);
    rest.remove_prefix(magic.size() + 2);
    uint64_t checksum = 0;
    if (group >= rollupGroups || !takeFixed(rest, checksum) ||
        checksum != XXH3_64bits(rest.data(), rest.size()))
        return corrupt("the checksum of a pack does not hold");
    pack.m_group = static_cast<RollupGroup>(group);
    if (!pack.takeDirectory(rest))
        return corrupt("the directory of a pack contradicts itself");
    if (!pack.takeColumns(rest))
        return corrupt("a column of a pack contradicts itself");
    return pack;
}

bool HourlyPack::takeDirectory(std::string_view &bytes)
{
    const auto start = takeVarint(bytes);
    const auto count = takeVarint(bytes);
    if (!start || !count || *count == 0 || *count > maxRowsInPack)
        return false;
    m_startHour = unzigzag(*start);
    if (m_startHour > maxHour || m_startHour < -maxHour)
        return false;
    if (!takeIntegers(bytes, *count, UINT32_MAX, m_ids) || !takeIntegers(bytes, *count, UINT8_MAX, m_flags) ||
        !takeIntegers(bytes, *count, maxRowsInPack, m_firstHour) ||
        !takeIntegers(bytes, *count, maxRowsInPack, m_rows))
        return false;
    if (std::adjacent_find(m_ids.begin(), m_ids.end(), std::greater_equal<>()) != m_ids.end())
        return false;
    m_firstRow.push_back(0);
    for (const uint32_t rows : m_rows) {
        m_rowCount += rows;
        if (rows == 0 || m_rowCount > maxRowsInPack)
            return false;
        m_firstRow.push_back(static_cast<uint32_t>(m_rowCount));
    }
    const auto withGaps = takeVarint(bytes);
    if (!withGaps || *withGaps > *count)
        return false;
    for (uint64_t i = 0; i < *withGaps; i++) {
        const auto place = takeVarint(bytes);
        if (!place || *place >= *count)
            return false;
        std::vector<uint32_t> &gaps = m_gaps[*place];
        for (uint32_t r = 1; r < m_rows[*place]; r++) {
            const auto gap = takeVarint(bytes);
            if (!gap || *gap > maxRowsInPack)
                return false;
            gaps.push_back(static_cast<uint32_t>(*gap));
        }
    }
    return true;
}

HourlyPack::Places HourlyPack::placesWith(uint8_t flag, bool with) const
{
    Places result;
    for (size_t i = 0; i < m_ids.size(); i++) {
        const bool inside = flag == 0 || ((m_flags[i] & flag) != 0) == with;
        result.places.push_back(inside ? static_cast<uint32_t>(result.rows.size()) : none);
        if (inside)
            result.rows.push_back(m_rows[i]);
    }
    return result;
}

template<typename Value>
bool HourlyPack::takeColumn(std::string_view &bytes, std::vector<RollupColumn<Value>> &columns, uint8_t flag,
                            bool with)
{
    Places places = placesWith(flag, with);
    auto column = RollupColumn<Value>::take(bytes, places.rows);
    if (!column)
        return false;
    columns.push_back(std::move(*column));
    if constexpr (std::is_same_v<Value, double>)
        m_doublePlaces.push_back(std::move(places));
    else
        m_integerPlaces.push_back(std::move(places));
    return true;
}

bool HourlyPack::takeColumns(std::string_view bytes)
{
    switch (m_group) {
    case RollupGroup::Sums: {
        if (!takeColumn(bytes, m_integers, 0, true) || !takeColumn(bytes, m_doubles, 0, true))
            return false;
        const auto count = takeVarint(bytes);
        for (uint64_t i = 0; count && i < *count; i++) {
            const auto row = takeVarint(bytes);
            auto sum = row ? ExactSum::take(bytes) : std::nullopt;
            if (!sum || *row >= m_rowCount)
                return false;
            m_wholeSums[*row] = *sum;
        }
        return count && bytes.empty();
    }
    case RollupGroup::Extremes:
        return takeColumn(bytes, m_doubles, hasHistograms, false) &&
               takeColumn(bytes, m_doubles, hasHistograms, false) && bytes.empty();
    case RollupGroup::Ends:
        return takeColumn(bytes, m_integers, 0, true) && takeColumn(bytes, m_integers, 0, true) &&
               takeColumn(bytes, m_doubles, hasHistograms, false) &&
               takeColumn(bytes, m_doubles, hasHistograms, false) &&
               takeColumn(bytes, m_doubles, hasIncrease, true) && bytes.empty();
    case RollupGroup::Histograms:
        for (size_t i = 0; i < m_ids.size(); i++) {
            const auto size = takeVarint(bytes);
            const auto frame = size ? takeSized(bytes) : std::nullopt;
            if (!frame || *size > maxPlainHistograms)
                return false;
            m_frameSizes.push_back(static_cast<uint32_t>(*size));
            m_frames.push_back(*frame);
        }
        return bytes.empty();
    }
    return false;
}

size_t HourlyPack::memoryBytes() const
{
    constexpr size_t directoryBytes = 24; ///< of a series
    constexpr size_t placeBytes = 8;      ///< of a series in a column
    size_t bytes = m_bytes->size() + m_ids.size() * directoryBytes;
    for (const auto &column : m_integers)
        bytes += column.memoryBytes() + m_ids.size() * placeBytes;
    for (const auto &column : m_doubles)
        bytes += column.memoryBytes() + m_ids.size() * placeBytes;
    for (const auto &[place, gaps] : m_gaps)
        bytes += gaps.size() * sizeof(uint32_t);
    return bytes + m_frames.size() * (sizeof(std::string_view) + sizeof(uint32_t));
}

std::optional<size_t> HourlyPack::find(SeriesId series) const
{
    const auto it = std::lower_bound(m_ids.begin(), m_ids.end(), series);
    if (it == m_ids.end() || *it != series)
        return std::nullopt;
    return static_cast<size_t>(it - m_ids.begin());
}

void HourlyPack::appendSpans(size_t place, RollupColumns &out) const
{
    int64_t start = (m_startHour + m_firstHour[place]) * hourSpanMs;
    const auto gaps = m_gaps.find(place);
    const size_t before = out.startsMs.size();
    const uint32_t rows = m_rows[place];
    out.startsMs.resize(before + rows);
    out.endsMs.resize(before + rows);
    for (uint32_t r = 0; r < rows; r++) {
        if (r > 0)
            start += hourSpanMs * (1 + (gaps == m_gaps.end() ? 0 : int64_t(gaps->second[r - 1])));
        out.startsMs[before + r] = start;
        out.endsMs[before + r] = start + hourSpanMs;
    }
}

template<typename Value>
bool HourlyPack::appendColumn(const std::vector<RollupColumn<Value>> &columns, size_t which, size_t place,
                              Value otherwise, std::vector<Value> &out) const
{
    const Places *places = nullptr;
    if constexpr (std::is_same_v<Value, double>)
        places = &m_doublePlaces[which];
    else
        places = &m_integerPlaces[which];
    const size_t before = out.size();
    out.resize(before + m_rows[place], otherwise);
    const uint32_t inside = places->places[place];
    return inside == none || columns[which].read(inside, std::span(out).subspan(before));
}

/// Most counts are the same everywhere; others are decoded into memory that stays with the thread.
bool HourlyPack::appendCounts(size_t place, std::vector<double> &out) const
{
    if (const auto same = m_integers[0].constant()) {
        out.resize(out.size() + m_rows[place], static_cast<double>(*same));
        return true;
    }
    thread_local std::vector<int64_t> counts;
    counts.clear();
    if (!appendColumn<int64_t>(m_integers, 0, place, 0, counts))
        return false;
    out.insert(out.end(), counts.begin(), counts.end());
    return true;
}

bool HourlyPack::appendSums(size_t place, RollupColumns &out) const
{
    const size_t before = out.sums.size();
    if (!appendCounts(place, out.counts) || !appendColumn<double>(m_doubles, 0, place, 0, out.sums))
        return false;
    if (m_wholeSums.empty())
        return true;
    const auto end = m_wholeSums.lower_bound(m_firstRow[place + 1]);
    for (auto it = m_wholeSums.lower_bound(m_firstRow[place]); it != end; ++it)
        out.exactSums[before + it->first - m_firstRow[place]] = it->second;
    return true;
}

bool HourlyPack::appendEnds(size_t place, RollupColumns &out) const
{
    std::vector<int64_t> times;
    size_t which = 0;
    for (std::vector<int64_t> *target : {&out.firstTimesMs, &out.lastTimesMs}) {
        times.clear();
        if (!appendColumn<int64_t>(m_integers, which++, place, 0, times))
            return false;
        const size_t first = out.startsMs.size() - times.size();
        for (size_t r = 0; r < times.size(); r++)
            target->push_back(out.startsMs[first + r] + std::clamp<int64_t>(times[r], 0, hourSpanMs - 1));
    }
    return appendColumn<double>(m_doubles, 0, place, 0, out.firsts) &&
           appendColumn<double>(m_doubles, 1, place, 0, out.lasts) &&
           appendColumn<double>(m_doubles, 2, place, nothing, out.increases);
}

bool HourlyPack::appendHistograms(size_t place, RollupColumns &out) const
{
    std::string plain(m_frameSizes[place], '\0');
    const size_t got =
        ZSTD_decompress(plain.data(), plain.size(), m_frames[place].data(), m_frames[place].size());
    if (ZSTD_isError(got) || got != plain.size())
        return false;
    const bool cumulative = (m_flags[place] & isCumulative) != 0;
    std::string_view rest = plain;
    for (uint32_t r = 0; r < m_rows[place]; r++) {
        for (std::vector<Histogram> *target : {&out.histograms, &out.firstHistograms, &out.lastHistograms}) {
            if (target != &out.histograms && !cumulative)
                break;
            const auto bytes = takeSized(rest);
            auto histogram =
                bytes ? Histogram::decode(*bytes) : Result<Histogram>(corrupt("a histogram ends early"));
            if (!histogram)
                return false;
            target->push_back(std::move(*histogram));
        }
    }
    return rest.empty();
}

Status HourlyPack::append(size_t place, RollupColumns &out) const
{
    bool good = false;
    switch (m_group) {
    case RollupGroup::Sums:
        good = appendSums(place, out);
        break;
    case RollupGroup::Extremes:
        good = appendColumn<double>(m_doubles, 0, place, 0, out.mins) &&
               appendColumn<double>(m_doubles, 1, place, 0, out.maxs);
        break;
    case RollupGroup::Ends:
        good = appendEnds(place, out);
        break;
    case RollupGroup::Histograms:
        good = appendHistograms(place, out);
        break;
    }
    return good ? Status() : Status(corrupt("a column cannot be read"));
}

} // namespace plimsoll
