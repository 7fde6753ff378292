#include "alerts/templates/GoText.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace plimsoll::alerts::templates {

namespace {

std::string printed(const char *format, int precision, double value)
{
    std::array<char, 512> buffer;
    const int length = std::snprintf(buffer.data(), buffer.size(), format, precision, value);
    return {buffer.data(), std::min(size_t(std::max(length, 0)), buffer.size() - 1)};
}

/// Mantissa and exponent in the shortest scientific form, as Go picks between %e and %f.
std::string shortest(double value, bool upper)
{
    std::array<char, 64> buffer;
    const auto scientific =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
    std::string text(buffer.data(), scientific.ptr);
    const size_t at = text.find('e');
    const int exponent = std::atoi(text.c_str() + at + 1);
    if (exponent < -4 || exponent >= 6) {
        if (upper)
            text[at] = 'E';
        return text;
    }
    const auto fixed =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
    return {buffer.data(), fixed.ptr};
}

bool isPrintable(std::string_view character)
{
    if (character.size() == 1)
        return character[0] >= 0x20 && character[0] < 0x7f;
    return !(character.size() == 2 && uint8_t(character[0]) == 0xc2 && uint8_t(character[1]) < 0xa1);
}

std::string hexEscape(unsigned char byte)
{
    std::array<char, 8> buffer;
    std::snprintf(buffer.data(), buffer.size(), "\\x%02x", byte);
    return buffer.data();
}

std::string escaped(std::string_view character)
{
    switch (character[0]) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\a':
        return "\\a";
    case '\b':
        return "\\b";
    case '\f':
        return "\\f";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    case '\v':
        return "\\v";
    default:
        return hexEscape(uint8_t(character[0]));
    }
}

void appendFraction(std::string &text, int64_t fraction, int digits)
{
    if (fraction == 0)
        return;
    std::string part = std::to_string(fraction);
    part.insert(0, size_t(digits) - part.size(), '0');
    part.erase(part.find_last_not_of('0') + 1);
    text.append(".").append(part);
}

} // namespace

std::string goFloat(double value, char verb, int precision)
{
    if (std::isnan(value))
        return "NaN";
    if (std::isinf(value))
        return value > 0 ? "+Inf" : "-Inf";
    const bool upper = verb == 'E' || verb == 'G';
    switch (verb) {
    case 'e':
    case 'E':
        return printed(upper ? "%.*E" : "%.*e", precision < 0 ? 6 : precision, value);
    case 'f':
    case 'F':
        return printed("%.*f", precision < 0 ? 6 : precision, value);
    default:
        return precision < 0 ? shortest(value, upper) : printed(upper ? "%.*G" : "%.*g", precision, value);
    }
}

std::string goNumber(double value) { return goFloat(value, 'g', -1); }

std::string goTime(int64_t nanosecondsSinceEpoch)
{
    using namespace std::chrono;
    const sys_time<nanoseconds> instant{nanoseconds(nanosecondsSinceEpoch)};
    const auto day = floor<days>(instant);
    const year_month_day date(day);
    const hh_mm_ss<nanoseconds> time(instant - day);
    std::array<char, 64> buffer;
    std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02u %02d:%02d:%02d", int(date.year()),
                  unsigned(date.month()), unsigned(date.day()), int(time.hours().count()),
                  int(time.minutes().count()), int(time.seconds().count()));
    std::string text(buffer.data());
    appendFraction(text, time.subseconds().count(), 9);
    return text + " +0000 UTC";
}

std::string goDuration(int64_t nanoseconds)
{
    if (nanoseconds == 0)
        return "0s";
    const uint64_t size = nanoseconds < 0 ? uint64_t(0) - uint64_t(nanoseconds) : uint64_t(nanoseconds);
    std::string text = nanoseconds < 0 ? "-" : "";
    if (size < 1'000'000'000) {
        const bool milli = size >= 1'000'000;
        const bool micro = !milli && size >= 1000;
        const uint64_t unit = milli ? 1'000'000 : micro ? 1000 : 1;
        text += std::to_string(size / unit);
        appendFraction(text, int64_t(size % unit), milli ? 6 : 3);
        return text + (milli ? "ms" : micro ? "µs" : "ns");
    }
    const uint64_t seconds = size / 1'000'000'000;
    if (seconds >= 3600)
        text += std::to_string(seconds / 3600) + "h";
    if (seconds >= 60)
        text += std::to_string(seconds / 60 % 60) + "m";
    text += std::to_string(seconds % 60);
    appendFraction(text, int64_t(size % 1'000'000'000), 9);
    return text + "s";
}

size_t utf8Length(std::string_view text)
{
    if (text.empty())
        return 0;
    const auto first = uint8_t(text[0]);
    const size_t length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (length == 0 || first > 0xf4 || text.size() < length)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((uint8_t(text[i]) & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

std::string goQuoted(std::string_view text)
{
    std::string quoted = "\"";
    while (!text.empty()) {
        const size_t length = utf8Length(text);
        const std::string_view character = text.substr(0, std::max<size_t>(length, 1));
        const bool plain = length > 0 && isPrintable(character) && character != "\"" && character != "\\";
        quoted.append(plain ? std::string(character) : escaped(character));
        text.remove_prefix(character.size());
    }
    return quoted + "\"";
}

std::string utf8Of(int64_t character)
{
    if (character < 0 || character > 0x10ffff || (character >= 0xd800 && character < 0xe000))
        character = 0xfffd;
    const auto c = uint32_t(character);
    std::string text;
    if (c < 0x80)
        text.assign(1, char(c));
    else if (c < 0x800)
        text = {char(0xc0 | c >> 6), char(0x80 | (c & 0x3f))};
    else if (c < 0x10000)
        text = {char(0xe0 | c >> 12), char(0x80 | (c >> 6 & 0x3f)), char(0x80 | (c & 0x3f))};
    else
        text = {char(0xf0 | c >> 18), char(0x80 | (c >> 12 & 0x3f)), char(0x80 | (c >> 6 & 0x3f)),
                char(0x80 | (c & 0x3f))};
    return text;
}

} // namespace plimsoll::alerts::templates
