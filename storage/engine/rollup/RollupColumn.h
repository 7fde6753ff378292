#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// A column of an hourly pack (ROLLUP.md, "A column"): doubles or integers of several series, one after the
/// other. `rows` tells how many each of them has.
enum class ColumnLayout : uint8_t { Joint = 0, BySeries = 1, Constant = 2 };

void appendColumn(std::string &out, std::span<const double> values, std::span<const uint32_t> rows,
                  ColumnLayout layout);
void appendColumn(std::string &out, std::span<const int64_t> values, std::span<const uint32_t> rows,
                  ColumnLayout layout);

/// Such a column that was read back. Reading is safe from any thread; a joint column is decoded once.
template<typename Value>
class RollupColumn
{
public:
    /// Takes a column off the front; nothing where it cannot be one. The bytes must outlive it.
    static std::optional<RollupColumn> take(std::string_view &bytes, std::span<const uint32_t> rows);

    /// The rows of one of its series; false where the bytes are damaged.
    bool read(size_t series, std::span<Value> out) const;

    /// The value of all rows, where they are the same.
    std::optional<Value> constant() const
    {
        return m_layout == ColumnLayout::Constant ? std::optional<Value>(m_constant) : std::nullopt;
    }

    /// What it takes beside the bytes, a joint column's values included even while nobody has read them.
    size_t memoryBytes() const
    {
        const size_t values = m_decoded ? m_firstRow.back() : 0;
        return (m_firstRow.size() + m_offsets.size()) * sizeof(uint32_t) + values * sizeof(Value);
    }

private:
    struct Decoded
    {
        std::once_flag once;
        std::vector<Value> values;
        bool good = false;
    };

    ColumnLayout m_layout = ColumnLayout::Joint;
    std::string_view m_bytes;
    Value m_constant{};
    std::vector<uint32_t> m_firstRow; ///< joint: by series, and the end
    std::vector<uint32_t> m_offsets;  ///< by series: where its bytes begin, and the end
    std::shared_ptr<Decoded> m_decoded;
};

extern template class RollupColumn<double>;
extern template class RollupColumn<int64_t>;

} // namespace plimsoll
