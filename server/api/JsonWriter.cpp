#include "server/api/JsonWriter.h"

#include <QByteArray>
#include <QString>

#include <simdjson.h>

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

/// Each part that is no UTF-8 as U+FFFD, since JSON has no other text.
std::string repaired(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())).toStdString();
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
    appendJsonText(m_text, name);
    m_text += ':';
    m_needsComma = false;
    return *this;
}

JsonWriter &JsonWriter::value(std::string_view text)
{
    separate();
    appendJsonText(m_text, text);
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

void appendJsonText(std::string &out, std::string_view text)
{
    static constexpr char hex[] = "0123456789abcdef";
    if (!simdjson::validate_utf8(text.data(), text.size()))
        return appendJsonText(out, repaired(text));
    out += '"';
    size_t plain = 0; // where a run of characters begins that stand for themselves
    for (size_t i = 0; i < text.size(); i++) {
        const char c = text[i];
        if (isPlain(c))
            continue;
        out.append(text, plain, i - plain);
        plain = i + 1;
        out += '\\';
        switch (c) {
        case '"':
        case '\\':
            out += c;
            break;
        case '\n':
            out += 'n';
            break;
        case '\r':
            out += 'r';
            break;
        case '\t':
            out += 't';
            break;
        default:
            out += "u00";
            out += hex[static_cast<unsigned char>(c) >> 4];
            out += hex[c & 15];
        }
    }
    out.append(text, plain);
    out += '"';
}

} // namespace plimsoll::api
