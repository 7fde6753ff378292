#include "server/ingest/StrictJson.h"

#include "server/ingest/JsonFields.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace plimsoll::ingest::strictjson {
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
        throw JsonShapeError{field};
    return static_cast<Number>(read);
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
        throw JsonShapeError{field};
    return out;
}

int64_t integer(Value &value, const char *field) { return whole<int64_t>(value, field); }
uint64_t count(Value &value, const char *field) { return whole<uint64_t>(value, field); }

bool flag(Value &value, const char *field)
{
    bool out = false;
    if (value.get_bool().get(out))
        throw JsonShapeError{field};
    return out;
}

std::string text(Value &value, const char *field)
{
    const std::string_view token = JsonFields::token(value);
    auto out = token.starts_with('"') ? unescapeJson(rawJsonString(token.data() + 1)) : std::nullopt;
    if (!out)
        throw JsonShapeError{field};
    return std::move(*out);
}

simdjson::ondemand::object object(Value &value, const char *field)
{
    simdjson::ondemand::object out;
    if (value.get_object().get(out))
        throw JsonShapeError{field};
    return out;
}

} // namespace plimsoll::ingest::strictjson
