#include "server/ingest/JsonFields.h"

#include "server/ingest/JsonText.h"
#include "server/ingest/NameRules.h"
#include "server/ingest/Timestamp.h"

#include <cmath>

namespace plimsoll::ingest {
namespace {

std::string_view trimmed(std::string_view text)
{
    const size_t end = text.find_last_not_of(" \t\r\n");
    return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

bool looksLikeNumber(std::string_view token)
{
    const size_t at = token.starts_with('-') ? 1 : 0;
    return token.size() > at && token[at] >= '0' && token[at] <= '9';
}

const char *typeOf(std::string_view token)
{
    switch (token.empty() ? '\0' : token.front()) {
    case '"':
        return "a string";
    case '{':
        return "an object";
    case '[':
        return "an array";
    case 't':
    case 'f':
        return "a boolean";
    default:
        return looksLikeNumber(token) ? "a number" : "something else";
    }
}

/// NaN and Infinity as Python and JavaScript people write them.
bool isNotFinite(std::string_view token)
{
    if (token.starts_with('-'))
        token.remove_prefix(1);
    return token.starts_with("NaN") || token.starts_with("nan") || token.starts_with("Inf") ||
           token.starts_with("inf");
}

std::string wrongType(std::string_view field, const char *wanted, std::string_view token)
{
    return std::string(field) + " must be " + wanted + ", not " + typeOf(token) + ".";
}

} // namespace

void JsonFields::fail(const char *code, std::string message)
{
    if (!m_error)
        m_error = ItemError{code, std::move(message)};
}

void JsonFields::fail(ItemError error)
{
    if (!m_error)
        m_error = std::move(error);
}

bool JsonFields::note(simdjson::error_code code)
{
    if (code != simdjson::SUCCESS && m_broken == simdjson::SUCCESS)
        m_broken = code;
    return code == simdjson::SUCCESS;
}

std::string_view JsonFields::token(Value &value) { return trimmed(value.raw_json_token()); }

void JsonFields::number(Value &value, std::string_view field, std::optional<double> &out)
{
    double number = 0;
    if (!value.get_double().get(number)) {
        out = number;
        return;
    }
    const std::string_view raw = token(value);
    if (raw == "null")
        return;
    if (isNotFinite(raw) || looksLikeNumber(raw))
        fail("not_finite", std::string(field) + " is not a finite number: " + quoted(raw) + ".");
    else
        fail("bad_value", wrongType(field, "a number", raw));
}

void JsonFields::count(Value &value, std::string_view field, int64_t &out)
{
    std::optional<double> read;
    number(value, field, read);
    if (!read)
        return;
    if (*read < 0 || *read > 1e15 || *read != std::floor(*read))
        fail("bad_value", std::string(field) + " must be a whole number from 0 to 10^15.");
    else
        out = static_cast<int64_t>(*read);
}

void JsonFields::flag(Value &value, std::string_view field, bool &out)
{
    bool read = false;
    if (!value.get_bool().get(read))
        out = read;
    else if (!isNull(value))
        fail("bad_value", wrongType(field, "true or false", token(value)));
}

void JsonFields::rawText(Value &value, std::string_view field, std::optional<std::string_view> &out)
{
    const std::string_view raw = token(value);
    if (raw.starts_with('"'))
        out = rawJsonString(raw.data() + 1);
    else if (raw != "null")
        fail("bad_value", wrongType(field, "a string", raw));
}

void JsonFields::text(Value &value, std::string_view field, std::string &out)
{
    std::optional<std::string_view> raw;
    rawText(value, field, raw);
    if (!raw)
        return;
    if (auto unescaped = unescapeJson(*raw))
        out = std::move(*unescaped);
    else
        fail("bad_value", std::string(field) + " has a malformed escape: " + quoted(*raw) + ".");
}

void JsonFields::rawLabels(Value &value, std::string_view &out)
{
    const std::string_view raw = token(value);
    if (raw == "null")
        return;
    simdjson::ondemand::object object;
    if (!raw.starts_with('{'))
        fail("bad_label", wrongType("labels", "an object", raw));
    else if (note(value.get_object().get(object)) && note(object.raw_json().get(out)))
        out = trimmed(out);
}

void JsonFields::timestamp(Value &value, std::optional<int64_t> &out)
{
    const std::string_view raw = token(value);
    if (raw == "null")
        return;
    if (looksLikeNumber(raw)) {
        std::optional<double> read;
        number(value, "ts", read);
        out = read ? timestampFromNumber(*read) : std::nullopt;
    } else if (raw.starts_with('"')) {
        out = timestampFromText(rawJsonString(raw.data() + 1));
    }
    if (!out)
        fail("bad_ts",
             "ts must be seconds or milliseconds since 1970, or RFC 3339, not " + quoted(raw) + ".");
}

ItemCheck JsonFields::labelText(Value &value, std::string_view name, std::string &out)
{
    const std::string_view raw = token(value);
    std::string_view read;
    bool flag = false;
    double number = 0;
    if (raw == "null")
        return std::nullopt;
    if (!value.get_string().get(read))
        out = read;
    else if (!value.get_bool().get(flag))
        out = flag ? "true" : "false";
    else if (looksLikeNumber(raw) && !value.get_double().get(number))
        out = raw;
    else
        return ItemError{"bad_label", wrongType("The value of label " + quoted(name), "a string", raw)};
    return std::nullopt;
}

ItemCheck JsonFields::parseLabels(std::string_view raw, Labels &out)
{
    const ItemError malformed{"bad_label", "labels cannot be read."};
    std::vector<Labels::Pair> pairs;
    if (raw.empty())
        return std::nullopt;
    m_padded.assign(raw);
    m_padded.append(simdjson::SIMDJSON_PADDING, ' ');
    simdjson::ondemand::document document;
    simdjson::ondemand::object object;
    if (m_labelParser.iterate(m_padded.data(), raw.size(), m_padded.size()).get(document) ||
        document.get_object().get(object))
        return malformed;
    for (auto result : object) {
        simdjson::ondemand::field field;
        std::string_view name;
        if (std::move(result).get(field) || field.unescaped_key().get(name))
            return malformed;
        Labels::Pair &pair = pairs.emplace_back(std::string(name), std::string());
        if (auto error = labelText(field.value(), name, pair.second))
            return error;
        if (pairs.size() > 4 * maxLabels)
            break;
    }
    if (pairs.size() > 4 * maxLabels)
        return ItemError{"too_many_labels", "There are more labels than " + std::to_string(maxLabels) + "."};
    out = Labels(std::move(pairs));
    return std::nullopt;
}

} // namespace plimsoll::ingest
