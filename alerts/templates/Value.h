#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace plimsoll::alerts::templates {

/// A point in time; prints as Go prints its time.Time in UTC.
struct Instant
{
    int64_t nanoseconds = 0; ///< since the Unix epoch
};

/// A span of time; prints as Go prints its time.Duration.
struct Span
{
    int64_t nanoseconds = 0;
};

class Value;
using List = std::vector<Value>;

/// Named values. What a name that is not there means depends on where the table came from.
struct Table
{
    enum class Missing {
        EmptyText, ///< labels: a label that is not there is empty
        NoValue,   ///< arguments: prints as <no value>
        Failure,   ///< fields of a record: a wrong name is an error
    };

    Missing missing = Missing::EmptyText;
    std::map<std::string, Value> entries;
};

/// What a template computes with: a value of Go as its text/template sees it. Copies share lists and tables.
class Value
{
public:
    using Variant = std::variant<std::monostate, bool, int64_t, double, std::string, Instant, Span,
                                 std::shared_ptr<const List>, std::shared_ptr<const Table>>;

    Value() = default; ///< nothing, Go's nil
    Value(bool value);
    Value(int value);
    Value(int64_t value);
    Value(double value);
    Value(std::string value);
    Value(const char *value);
    Value(Instant value);
    Value(Span value);
    Value(List value);
    Value(Table value);

    bool isNothing() const { return std::holds_alternative<std::monostate>(m_value); }
    const bool *flag() const { return std::get_if<bool>(&m_value); }
    const int64_t *integer() const { return std::get_if<int64_t>(&m_value); }
    const double *real() const { return std::get_if<double>(&m_value); }
    const std::string *text() const { return std::get_if<std::string>(&m_value); }
    const Instant *instant() const { return std::get_if<Instant>(&m_value); }
    const Span *span() const { return std::get_if<Span>(&m_value); }
    const List *list() const;
    const Table *table() const;

    /// What an `if` goes by: false, 0, empty and nothing are not true; a record is.
    bool isTrue() const;
    /// As Go's fmt prints it with %v.
    std::string print() const;
    /// The name of its type in Go, for messages.
    std::string typeName() const;

private:
    Variant m_value;
};

} // namespace plimsoll::alerts::templates
