#include "storage/engine/rollup/RollupColumn.h"

#include "storage/engine/ByteOrder.h"
#include "storage/engine/codec/IntegerCodec.h"
#include "storage/engine/codec/ValueCodec.h"
#include "storage/model/Varint.h"

#include <algorithm>
#include <bit>

namespace plimsoll {

namespace {

void encode(std::span<const double> values, std::string &out) { encodeValues(values, out); }
void encode(std::span<const int64_t> values, std::string &out) { encodeIntegers(values, out); }
bool decode(std::string_view bytes, std::span<double> out) { return decodeValues(bytes, out); }
bool decode(std::string_view bytes, std::span<int64_t> out) { return decodeIntegers(bytes, out); }

template<typename Value>
bool isConstant(std::span<const Value> values)
{
    return !values.empty() && std::all_of(values.begin(), values.end(), [&](Value value) {
        return std::bit_cast<uint64_t>(value) == std::bit_cast<uint64_t>(values.front());
    });
}

template<typename Value>
void appendAny(std::string &out, std::span<const Value> values, std::span<const uint32_t> rows,
               ColumnLayout layout)
{
    if (isConstant(values))
        layout = ColumnLayout::Constant;
    std::string body(1, static_cast<char>(layout));
    if (layout == ColumnLayout::Constant) {
        appendFixed(body, values.front());
    } else if (values.empty()) {
        body.front() = static_cast<char>(ColumnLayout::Joint);
    } else if (layout == ColumnLayout::Joint) {
        encode(values, body);
    } else {
        std::string streams;
        std::string lengths;
        for (size_t i = 0, first = 0; i < rows.size(); first += rows[i++]) {
            const size_t before = streams.size();
            encode(values.subspan(first, rows[i]), streams);
            appendVarint(lengths, streams.size() - before);
        }
        body += lengths + streams;
    }
    appendVarint(out, body.size());
    out += body;
}

} // namespace

void appendColumn(std::string &out, std::span<const double> values, std::span<const uint32_t> rows,
                  ColumnLayout layout)
{
    appendAny(out, values, rows, layout);
}

void appendColumn(std::string &out, std::span<const int64_t> values, std::span<const uint32_t> rows,
                  ColumnLayout layout)
{
    appendAny(out, values, rows, layout);
}

template<typename Value>
std::optional<RollupColumn<Value>> RollupColumn<Value>::take(std::string_view &bytes,
                                                             std::span<const uint32_t> rows)
{
    const auto size = takeVarint(bytes);
    if (!size || *size > bytes.size() || *size == 0)
        return std::nullopt;
    RollupColumn column;
    std::string_view body = bytes.substr(0, *size);
    bytes.remove_prefix(*size);
    column.m_layout = static_cast<ColumnLayout>(body.front());
    body.remove_prefix(1);
    if (column.m_layout == ColumnLayout::Constant) {
        if (body.size() != sizeof(Value) || !takeFixed(body, column.m_constant))
            return std::nullopt;
        return column;
    }
    if (column.m_layout == ColumnLayout::BySeries) {
        uint64_t end = 0;
        column.m_offsets.push_back(0);
        for (size_t i = 0; i < rows.size(); i++) {
            const auto length = takeVarint(body);
            if (!length || *length > UINT32_MAX || (end += *length) > UINT32_MAX)
                return std::nullopt;
            column.m_offsets.push_back(static_cast<uint32_t>(end));
        }
        if (end != body.size())
            return std::nullopt;
    } else if (column.m_layout == ColumnLayout::Joint) {
        column.m_firstRow.push_back(0);
        for (const uint32_t count : rows)
            column.m_firstRow.push_back(column.m_firstRow.back() + count);
        column.m_decoded = std::make_shared<Decoded>();
    } else {
        return std::nullopt;
    }
    column.m_bytes = body;
    return column;
}

template<typename Value>
bool RollupColumn<Value>::read(size_t series, std::span<Value> out) const
{
    if (m_layout == ColumnLayout::Constant) {
        std::fill(out.begin(), out.end(), m_constant);
        return true;
    }
    if (m_layout == ColumnLayout::BySeries)
        return decode(m_bytes.substr(m_offsets[series], m_offsets[series + 1] - m_offsets[series]), out);
    std::call_once(m_decoded->once, [&] {
        m_decoded->values.resize(m_firstRow.back());
        m_decoded->good = decode(m_bytes, std::span<Value>(m_decoded->values));
    });
    if (m_decoded->good)
        std::copy_n(m_decoded->values.begin() + m_firstRow[series], out.size(), out.begin());
    return m_decoded->good;
}

template class RollupColumn<double>;
template class RollupColumn<int64_t>;

} // namespace plimsoll
