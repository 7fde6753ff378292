#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

struct pg_result;

namespace plimsoll {

/// The bytes of a whole number as PostgreSQL sends it: big-endian, two's complement.
template<typename T>
void appendNetwork(std::string &out, T value)
{
    auto bits = static_cast<std::make_unsigned_t<T>>(value);
    char bytes[sizeof bits];
    for (size_t i = sizeof bits; i-- > 0;
         bits = static_cast<decltype(bits)>(static_cast<uint64_t>(bits) >> 8))
        bytes[i] = static_cast<char>(bits & 0xff);
    out.append(bytes, sizeof bytes);
}

/// The parameters of one statement, in PostgreSQL's binary form; numbered $1, $2, … in the order of adding.
class PostgresParameters
{
public:
    PostgresParameters &bigint(int64_t value);
    PostgresParameters &real(double value);
    PostgresParameters &text(std::string_view utf8);
    PostgresParameters &bytes(std::string_view value);
    PostgresParameters &null();

    size_t size() const { return m_values.size(); }
    const std::vector<uint32_t> &types() const { return m_types; }
    const std::vector<std::string> &values() const { return m_values; }
    bool isNull(size_t i) const { return m_types[i] == 0; }

private:
    PostgresParameters &add(uint32_t type, std::string value);

    std::vector<uint32_t> m_types;
    std::vector<std::string> m_values;
};

/// The rows of an answer in binary form. Columns are bigint or integer, double precision, text or bytea.
class PostgresRows
{
public:
    PostgresRows() = default;
    explicit PostgresRows(pg_result *result)
        : m_result(result)
    {
    }
    ~PostgresRows();
    PostgresRows(PostgresRows &&other) noexcept
        : m_result(std::exchange(other.m_result, nullptr))
    {
    }
    PostgresRows &operator=(PostgresRows &&other) noexcept
    {
        std::swap(m_result, other.m_result);
        return *this;
    }

    int size() const;
    bool empty() const { return size() == 0; }
    bool isNull(int row, int column) const;
    /// Until this object goes.
    std::string_view bytes(int row, int column) const;
    std::string text(int row, int column) const { return std::string(bytes(row, column)); }
    int64_t number(int row, int column) const;
    double real(int row, int column) const { return std::bit_cast<double>(number(row, column)); }
    /// Rows that the statement changed.
    int64_t changed() const;

private:
    pg_result *m_result = nullptr;
};

} // namespace plimsoll
