#include "server/ingest/OtlpJsonValue.h"

#include "server/ingest/JsonFields.h"
#include "server/ingest/OtlpAttributes.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace plimsoll::ingest::otlpjson {
namespace {

/// A scalar as it stands, without its quotes.
std::string_view bare(Value &value)
{
    std::string_view token = JsonFields::token(value);
    if (token.size() >= 2 && token.front() == '"' && token.back() == '"')
        token = token.substr(1, token.size() - 2);
    return token;
}

template<typename Number>
bool readWhole(std::string_view text, Number &out)
{
    const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
    return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

template<typename Number>
Number whole(Value &value, const char *field)
{
    Number out = 0;
    if (readWhole(bare(value), out))
        return out;
    const double read = number(value, field);
    const bool fits = read >= static_cast<double>(std::numeric_limits<Number>::min()) &&
                      read < std::ldexp(1.0, std::numeric_limits<Number>::digits);
    if (!fits || read != std::floor(read))
        throw OtlpJsonError{field};
    return static_cast<Number>(read);
}

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
            std::string name;
            std::string text = "null";
            simdjson::ondemand::object pair = object(element, "values");
            eachField(pair, [&](std::string_view part, Value &of) {
                if (part == "key")
                    name = otlpjson::text(of, "key");
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
            const double number = otlpjson::number(of, "doubleValue");
            out = inJson(otlpNumber(number), json && !std::isfinite(number));
        } else if (type == "arrayValue")
            out = elements(of, depth);
        else if (type == "kvlistValue")
            out = members(of, depth);
    });
    return out.empty() && json ? "null" : out;
}

} // namespace

bool isNull(Value &value) { return JsonFields::isNull(value); }

double number(Value &value, const char *field)
{
    double out = 0;
    if (!value.get_double().get(out))
        return out;
    const std::string_view token = JsonFields::token(value);
    const std::string_view text = bare(value);
    const bool isText = token.size() != text.size();
    if (isText && text == "NaN")
        return std::numeric_limits<double>::quiet_NaN();
    if (isText && (text == "Infinity" || text == "-Infinity"))
        return text.front() == '-' ? -HUGE_VAL : HUGE_VAL;
    if (!isText || text.find_first_not_of("0123456789+-.eE") != std::string_view::npos ||
        !readWhole(text, out))
        throw OtlpJsonError{field};
    return out;
}

int64_t integer(Value &value, const char *field) { return whole<int64_t>(value, field); }
uint64_t count(Value &value, const char *field) { return whole<uint64_t>(value, field); }

bool flag(Value &value, const char *field)
{
    bool out = false;
    if (value.get_bool().get(out))
        throw OtlpJsonError{field};
    return out;
}

std::string text(Value &value, const char *field)
{
    const std::string_view token = JsonFields::token(value);
    auto out = token.starts_with('"') ? unescapeJson(rawJsonString(token.data() + 1)) : std::nullopt;
    if (!out)
        throw OtlpJsonError{field};
    return std::move(*out);
}

simdjson::ondemand::object object(Value &value, const char *field)
{
    simdjson::ondemand::object out;
    if (value.get_object().get(out))
        throw OtlpJsonError{field};
    return out;
}

std::string anyValue(Value &value) { return read(value, false, 0); }

std::pair<std::string, std::string> keyValue(Value &value)
{
    std::pair<std::string, std::string> out;
    simdjson::ondemand::object pair = object(value, "attributes");
    eachField(pair, [&](std::string_view key, Value &of) {
        if (key == "key")
            out.first = text(of, "key");
        else if (key == "value")
            out.second = anyValue(of);
    });
    return out;
}

} // namespace plimsoll::ingest::otlpjson
