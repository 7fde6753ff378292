#pragma once

#include "server/ingest/JsonText.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <simdjson.h>

namespace plimsoll::ingest {

/// Thrown where JSON is broken, or a value is not of the type that its field has.
struct JsonShapeError
{
    const char *field; ///< null where the JSON itself is broken
};

/// Reads JSON whose shape is fixed, for formats that refuse a request as a whole where it is another one.
/// Numbers may stand in quotes, as protobuf's JSON form has them. Those that read a field name it in the
/// error that they throw.
namespace strictjson {

using Value = simdjson::ondemand::value;

inline void need(simdjson::error_code code)
{
    if (code != simdjson::SUCCESS)
        throw JsonShapeError{nullptr};
}

bool isNull(Value &value);
double number(Value &value, const char *field);
int64_t integer(Value &value, const char *field);
uint64_t count(Value &value, const char *field);
bool flag(Value &value, const char *field);
std::string text(Value &value, const char *field);

/// The value as an object; throws where it is none.
simdjson::ondemand::object object(Value &value, const char *field);

/// Calls `handle(key, value)` for each member that is not null. Keys are as they stand between their quotes.
template<typename Handle>
void eachField(simdjson::ondemand::object &object, Handle handle)
{
    for (auto result : object) {
        simdjson::ondemand::field field;
        need(std::move(result).get(field));
        Value &value = field.value();
        if (!isNull(value))
            handle(rawJsonString(field.key().raw()), value);
    }
}

/// The same, and the object may be walked again afterwards.
template<typename Handle>
void eachFieldFirst(simdjson::ondemand::object &object, Handle handle)
{
    eachField(object, handle);
    bool holdsSomething = false;
    need(object.reset().get(holdsSomething));
}

template<typename Handle>
void eachElement(Value &value, const char *name, Handle handle)
{
    simdjson::ondemand::array array;
    if (value.get_array().get(array))
        throw JsonShapeError{name};
    for (auto result : array) {
        Value element;
        need(std::move(result).get(element));
        handle(element);
    }
}

} // namespace strictjson
} // namespace plimsoll::ingest
