#include "alerts/templates/Value.h"

#include "alerts/templates/GoText.h"

namespace plimsoll::alerts::templates {

namespace {

bool isRecord(const Table &table) { return table.missing == Table::Missing::Failure; }

std::string printList(const List &list)
{
    std::string text = "[";
    for (const Value &item : list)
        text.append(text.size() > 1 ? " " : "").append(item.print());
    return text + "]";
}

std::string printTable(const Table &table)
{
    std::string inner;
    for (const auto &[name, value] : table.entries) {
        inner.append(inner.empty() ? "" : " ");
        if (!isRecord(table))
            inner.append(name).append(":");
        inner.append(value.print());
    }
    return isRecord(table) ? "{" + inner + "}" : "map[" + inner + "]";
}

} // namespace

Value::Value(bool value)
    : m_value(value)
{
}

Value::Value(int value)
    : m_value(int64_t(value))
{
}

Value::Value(int64_t value)
    : m_value(value)
{
}

Value::Value(double value)
    : m_value(value)
{
}

Value::Value(std::string value)
    : m_value(std::move(value))
{
}

Value::Value(const char *value)
    : m_value(std::string(value))
{
}

Value::Value(Instant value)
    : m_value(value)
{
}

Value::Value(Span value)
    : m_value(value)
{
}

Value::Value(List value)
    : m_value(std::make_shared<const List>(std::move(value)))
{
}

Value::Value(Table value)
    : m_value(std::make_shared<const Table>(std::move(value)))
{
}

const List *Value::list() const
{
    const auto *held = std::get_if<std::shared_ptr<const List>>(&m_value);
    return held ? held->get() : nullptr;
}

const Table *Value::table() const
{
    const auto *held = std::get_if<std::shared_ptr<const Table>>(&m_value);
    return held ? held->get() : nullptr;
}

bool Value::isTrue() const
{
    if (flag())
        return *flag();
    if (integer())
        return *integer() != 0;
    if (real())
        return *real() != 0;
    if (text())
        return !text()->empty();
    if (span())
        return span()->nanoseconds != 0;
    if (list())
        return !list()->empty();
    if (table())
        return isRecord(*table()) || !table()->entries.empty();
    return instant() != nullptr;
}

std::string Value::print() const
{
    if (flag())
        return *flag() ? "true" : "false";
    if (integer())
        return std::to_string(*integer());
    if (real())
        return goNumber(*real());
    if (text())
        return *text();
    if (instant())
        return goTime(instant()->nanoseconds);
    if (span())
        return goDuration(span()->nanoseconds);
    if (list())
        return printList(*list());
    if (table())
        return printTable(*table());
    return "<nil>";
}

std::string Value::typeName() const
{
    if (flag())
        return "bool";
    if (integer())
        return "int";
    if (real())
        return "float64";
    if (text())
        return "string";
    if (instant())
        return "time.Time";
    if (span())
        return "time.Duration";
    if (list())
        return "list";
    if (table())
        return isRecord(*table()) ? "record" : "map";
    return "nil";
}

} // namespace plimsoll::alerts::templates
