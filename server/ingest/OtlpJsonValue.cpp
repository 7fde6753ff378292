#include "server/ingest/OtlpJsonValue.h"

#include "server/ingest/OtlpAttributes.h"

#include <cmath>

namespace plimsoll::ingest {
namespace {

using namespace strictjson;

/// An AnyValue, as JSON where it stands in an array or a map.
std::string read(Value &value, bool json, int depth);

std::string inJson(std::string text, bool json) { return json ? quoteJson(text) : text; }

std::string elements(Value &value, int depth)
{
    std::string out;
    simdjson::ondemand::object list = object(value, "arrayValue");
    eachField(list, [&](std::string_view key, Value &values) {
        if (key != "values" || depth >= maxOtlpDepth)
            return;
        eachElement(values, "values", [&](Value &element) {
            if (out.size() >= maxOtlpTextBytes)
                return;
            (out += out.empty() ? "" : ",") += isNull(element) ? "null" : read(element, true, depth + 1);
        });
    });
    return '[' + out + ']';
}

std::string members(Value &value, int depth)
{
    std::string out;
    simdjson::ondemand::object list = object(value, "kvlistValue");
    eachField(list, [&](std::string_view key, Value &values) {
        if (key != "values" || depth >= maxOtlpDepth)
            return;
        eachElement(values, "values", [&](Value &element) {
            if (out.size() >= maxOtlpTextBytes)
                return;
            std::string name;
            std::string text = "null";
            simdjson::ondemand::object pair = object(element, "values");
            eachField(pair, [&](std::string_view part, Value &of) {
                if (part == "key")
                    name = strictjson::text(of, "key");
                else if (part == "value")
                    text = read(of, true, depth + 1);
            });
            (out += out.empty() ? "" : ",") += quoteJson(name) + ':' + text;
        });
    });
    return '{' + out + '}';
}

std::string read(Value &value, bool json, int depth)
{
    std::string out;
    simdjson::ondemand::object any = object(value, "value");
    eachField(any, [&](std::string_view type, Value &of) {
        if (type == "stringValue" || type == "bytesValue")
            out = inJson(text(of, "stringValue"), json);
        else if (type == "boolValue")
            out = flag(of, "boolValue") ? "true" : "false";
        else if (type == "intValue")
            out = std::to_string(integer(of, "intValue"));
        else if (type == "doubleValue") {
            const double number = strictjson::number(of, "doubleValue");
            out = inJson(otlpNumber(number), json && !std::isfinite(number));
        } else if (type == "arrayValue")
            out = elements(of, depth);
        else if (type == "kvlistValue")
            out = members(of, depth);
    });
    return out.empty() && json ? "null" : out;
}

} // namespace

std::pair<std::string, std::string> otlpJsonKeyValue(Value &value)
{
    std::pair<std::string, std::string> out;
    simdjson::ondemand::object pair = object(value, "attributes");
    eachField(pair, [&](std::string_view key, Value &of) {
        if (key == "key")
            out.first = text(of, "key");
        else if (key == "value")
            out.second = read(of, false, 0);
    });
    return out;
}

} // namespace plimsoll::ingest
