#include "storage/backend/PostgresValues.h"

#include <libpq-fe.h>

#include <cstdlib>

namespace plimsoll {

namespace {

constexpr uint32_t bytesType = 17;
constexpr uint32_t bigintType = 20;
constexpr uint32_t textType = 25;
constexpr uint32_t realType = 701;

} // namespace

PostgresParameters &PostgresParameters::add(uint32_t type, std::string value)
{
    m_types.push_back(type);
    m_values.push_back(std::move(value));
    return *this;
}

PostgresParameters &PostgresParameters::bigint(int64_t value)
{
    std::string bytes;
    appendNetwork(bytes, value);
    return add(bigintType, std::move(bytes));
}

PostgresParameters &PostgresParameters::real(double value)
{
    std::string bytes;
    appendNetwork(bytes, std::bit_cast<int64_t>(value));
    return add(realType, std::move(bytes));
}

PostgresParameters &PostgresParameters::text(std::string_view utf8)
{
    return add(textType, std::string(utf8));
}

PostgresParameters &PostgresParameters::bytes(std::string_view value)
{
    return add(bytesType, std::string(value));
}

PostgresParameters &PostgresParameters::null() { return add(0, {}); }

PostgresRows::~PostgresRows() { PQclear(m_result); }

int PostgresRows::size() const { return m_result ? PQntuples(m_result) : 0; }

bool PostgresRows::isNull(int row, int column) const { return PQgetisnull(m_result, row, column) != 0; }

std::string_view PostgresRows::bytes(int row, int column) const
{
    return {PQgetvalue(m_result, row, column), static_cast<size_t>(PQgetlength(m_result, row, column))};
}

int64_t PostgresRows::number(int row, int column) const
{
    const std::string_view value = bytes(row, column);
    uint64_t bits = 0;
    for (const char c : value)
        bits = bits << 8 | static_cast<uint8_t>(c);
    if (value.size() == 4)
        return static_cast<int32_t>(static_cast<uint32_t>(bits));
    return static_cast<int64_t>(bits);
}

int64_t PostgresRows::changed() const { return m_result ? std::atoll(PQcmdTuples(m_result)) : 0; }

} // namespace plimsoll
