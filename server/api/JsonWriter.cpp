#include "server/api/JsonWriter.h"

#include <charconv>
#include <cmath>

namespace plimsoll::api {

namespace {

template<typename T>
void appendNumber(std::string &out, T number)
{
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
    out.append(buffer, end);
}

/// The shortest form, but whole numbers in full: 100000 rather than 1e+05.
void appendDouble(std::string &out, double number)
{
    if (std::abs(number) < 1e15 && number == std::trunc(number) && !(number == 0 && std::signbit(number)))
        appendNumber(out, static_cast<int64_t>(number));
    else
        appendNumber(out, number);
}

bool isPlain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

} // namespace

std::string formatDouble(double number)
{
    if (std::isnan(number))
        return "NaN";
    if (std::isinf(number))
        return number > 0 ? "+Inf" : "-Inf";
    std::string text;
    appendDouble(text, number);
    return text;
}

JsonWriter &JsonWriter::key(std::string_view name)
{
    separate();
    quote(name);
    m_text += ':';
    m_needsComma = false;
    return *this;
}

JsonWriter &JsonWriter::value(std::string_view text)
{
    separate();
    quote(text);
    m_needsComma = true;
    return *this;
}

JsonWriter &JsonWriter::value(double number)
{
    if (!std::isfinite(number))
        return null();
    separate();
    appendDouble(m_text, number);
    m_needsComma = true;
    return *this;
}

JsonWriter &JsonWriter::value(int64_t number)
{
    separate();
    appendNumber(m_text, number);
    m_needsComma = true;
    return *this;
}

JsonWriter &JsonWriter::value(uint64_t number)
{
    separate();
    appendNumber(m_text, number);
    m_needsComma = true;
    return *this;
}

JsonWriter &JsonWriter::value(bool flag) { return raw(flag ? "true" : "false"); }

JsonWriter &JsonWriter::null() { return raw("null"); }

JsonWriter &JsonWriter::raw(std::string_view json)
{
    separate();
    m_text += json;
    m_needsComma = true;
    return *this;
}

JsonWriter &JsonWriter::open(char bracket)
{
    separate();
    m_text += bracket;
    m_needsComma = false;
    return *this;
}

JsonWriter &JsonWriter::close(char bracket)
{
    m_text += bracket;
    m_needsComma = true;
    return *this;
}

void JsonWriter::separate()
{
    if (m_needsComma)
        m_text += ',';
}

void JsonWriter::quote(std::string_view text)
{
    static constexpr char hex[] = "0123456789abcdef";
    m_text += '"';
    for (const char c : text) {
        if (isPlain(c)) {
            m_text += c;
            continue;
        }
        m_text += '\\';
        switch (c) {
        case '"':
        case '\\':
            m_text += c;
            break;
        case '\n':
            m_text += 'n';
            break;
        case '\r':
            m_text += 'r';
            break;
        case '\t':
            m_text += 't';
            break;
        default:
            m_text += "u00";
            m_text += hex[static_cast<unsigned char>(c) >> 4];
            m_text += hex[c & 15];
        }
    }
    m_text += '"';
}

} // namespace plimsoll::api
