#include "alerts/templates/GoPrintf.h"

#include "alerts/templates/GoText.h"

#include <algorithm>
#include <optional>

namespace plimsoll::alerts::templates {

namespace {

constexpr int maxWidth = 1000;

struct Directive
{
    bool plus = false;
    bool minus = false;
    bool sharp = false;
    bool space = false;
    bool zero = false;
    int width = 0;
    int precision = -1;
    char verb = 0;
};

size_t characters(std::string_view text)
{
    return size_t(
        std::count_if(text.begin(), text.end(), [](char c) { return (uint8_t(c) & 0xc0) != 0x80; }));
}

std::string padded(std::string text, const Directive &directive, bool number)
{
    const size_t length = characters(text);
    const auto width = size_t(directive.width);
    if (length >= width)
        return text;
    if (directive.minus)
        return text.append(width - length, ' ');
    const bool zeros = directive.zero && (!number || text.find_first_of("0123456789") != std::string::npos);
    const bool sign = zeros && number && !text.empty() && (text[0] == '-' || text[0] == '+');
    return text.insert(sign ? 1 : 0, width - length, zeros ? '0' : ' ');
}

std::string withSign(std::string text, const Directive &directive)
{
    if (!text.empty() && text[0] == '+')
        text.erase(0, 1);
    if (!text.empty() && text[0] == '-')
        return text;
    return directive.plus ? "+" + text : directive.space ? " " + text : text;
}

std::string inBase(uint64_t value, unsigned base, bool upper)
{
    const std::string_view digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    std::string text;
    do {
        text.insert(text.begin(), digits[value % base]);
        value /= base;
    } while (value > 0);
    return text;
}

std::string hexOf(std::string_view text, const Directive &directive)
{
    const char *digits = directive.verb == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    std::string hex;
    for (const char c : text) {
        hex.push_back(digits[uint8_t(c) >> 4]);
        hex.push_back(digits[uint8_t(c) & 15]);
    }
    return hex;
}

std::optional<std::string> formatInteger(int64_t value, const Directive &directive)
{
    const uint64_t size = value < 0 ? uint64_t(0) - uint64_t(value) : uint64_t(value);
    unsigned base = 10;
    switch (directive.verb) {
    case 'v':
    case 'd':
        break;
    case 'b':
        base = 2;
        break;
    case 'o':
        base = 8;
        break;
    case 'x':
    case 'X':
        base = 16;
        break;
    case 'c':
        return padded(utf8Of(value), directive, false);
    case 'q':
        return padded("'" + utf8Of(value) + "'", directive, false);
    case 'U': {
        const std::string digits = inBase(size, 16, true);
        return padded("U+" + std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits, directive,
                      false);
    }
    default:
        return {};
    }
    std::string digits = inBase(size, base, directive.verb == 'X');
    if (directive.precision > int(digits.size()))
        digits.insert(0, size_t(directive.precision) - digits.size(), '0');
    if (directive.sharp && base != 10)
        digits.insert(0, base == 16 ? (directive.verb == 'X' ? "0X" : "0x") : base == 8 ? "0" : "0b");
    return padded(withSign(value < 0 ? "-" + digits : digits, directive), directive, true);
}

std::optional<std::string> formatReal(double value, const Directive &directive)
{
    if (std::string_view("vgGeEfF").find(directive.verb) == std::string_view::npos)
        return {};
    const char verb = directive.verb == 'v' ? 'g' : directive.verb;
    std::string text = goFloat(value, verb, directive.precision);
    if (text != "+Inf" || directive.plus)
        text = withSign(text, directive);
    return padded(text, directive, true);
}

std::string firstCharacters(std::string_view text, int count)
{
    size_t end = 0;
    while (count-- > 0 && end < text.size())
        end += std::max<size_t>(utf8Length(text.substr(end)), 1);
    return std::string(text.substr(0, end));
}

std::optional<std::string> formatText(std::string_view text, const Directive &directive)
{
    const std::string cut =
        directive.precision >= 0 ? firstCharacters(text, directive.precision) : std::string(text);
    switch (directive.verb) {
    case 'v':
    case 's':
        return padded(cut, directive, false);
    case 'q':
        return padded(goQuoted(cut), directive, false);
    case 'x':
    case 'X':
        return padded(hexOf(cut, directive), directive, false);
    default:
        return {};
    }
}

std::optional<std::string> formatValue(const Value &value, const Directive &directive)
{
    if (value.integer())
        return formatInteger(*value.integer(), directive);
    if (value.real())
        return formatReal(*value.real(), directive);
    if (value.text())
        return formatText(*value.text(), directive);
    if (value.flag())
        return directive.verb == 't' || directive.verb == 'v'
                   ? std::optional(padded(value.print(), directive, false))
                   : std::nullopt;
    if (value.span() && directive.verb == 'd')
        return formatInteger(value.span()->nanoseconds, directive);
    const bool printable = directive.verb == 'v' || (directive.verb == 's' && !value.isNothing());
    return printable ? std::optional(padded(value.print(), directive, false)) : std::nullopt;
}

/// What Go writes in the place of a value that its verb does not fit.
std::string misfit(const Value &value, char verb)
{
    const std::string inner = value.isNothing() ? "<nil>" : value.typeName() + "=" + value.print();
    return std::string("%!") + verb + "(" + inner + ")";
}

class Formatting
{
public:
    Formatting(std::string_view format, std::span<const Value> arguments)
        : m_rest(format)
        , m_arguments(arguments)
    {
    }

    std::string run()
    {
        while (!m_rest.empty()) {
            const size_t percent = std::min(m_rest.find('%'), m_rest.size());
            m_text.append(m_rest.substr(0, percent));
            m_rest.remove_prefix(percent);
            if (m_rest.empty())
                break;
            m_rest.remove_prefix(1);
            directive();
        }
        appendExtra();
        return std::move(m_text);
    }

private:
    void directive()
    {
        Directive directive;
        readFlags(directive);
        directive.width = readNumber("%!(BADWIDTH)").value_or(0);
        if (directive.width < 0) {
            directive.minus = true;
            directive.width = -directive.width;
        }
        if (m_rest.starts_with('.')) {
            m_rest.remove_prefix(1);
            directive.precision = std::max(readNumber("%!(BADPREC)").value_or(0), 0);
        }
        if (m_rest.empty()) {
            m_text.append("%!(NOVERB)");
            return;
        }
        directive.verb = m_rest.front();
        m_rest.remove_prefix(1);
        append(directive);
    }

    void readFlags(Directive &directive)
    {
        for (; !m_rest.empty(); m_rest.remove_prefix(1)) {
            switch (m_rest.front()) {
            case '+':
                directive.plus = true;
                break;
            case '-':
                directive.minus = true;
                break;
            case '#':
                directive.sharp = true;
                break;
            case ' ':
                directive.space = true;
                break;
            case '0':
                directive.zero = true;
                break;
            default:
                return;
            }
        }
    }

    std::optional<int> readNumber(const char *bad)
    {
        if (m_rest.starts_with('*')) {
            m_rest.remove_prefix(1);
            const Value *value = next();
            if (!value || !value->integer()) {
                m_text.append(bad);
                return {};
            }
            return int(std::clamp<int64_t>(*value->integer(), -maxWidth, maxWidth));
        }
        std::optional<int> number;
        for (; !m_rest.empty() && m_rest.front() >= '0' && m_rest.front() <= '9'; m_rest.remove_prefix(1))
            number = std::min(number.value_or(0) * 10 + (m_rest.front() - '0'), maxWidth);
        return number;
    }

    void append(const Directive &directive)
    {
        if (directive.verb == '%') {
            m_text.push_back('%');
            return;
        }
        const Value *value = next();
        if (!value) {
            m_text.append("%!").append(1, directive.verb).append("(MISSING)");
            return;
        }
        if (directive.verb == 'T') {
            m_text.append(padded(value->typeName(), directive, false));
            return;
        }
        m_text.append(formatValue(*value, directive).value_or(misfit(*value, directive.verb)));
    }

    const Value *next() { return m_used < m_arguments.size() ? &m_arguments[m_used++] : nullptr; }

    void appendExtra()
    {
        if (m_used >= m_arguments.size())
            return;
        m_text.append("%!(EXTRA ");
        for (size_t i = m_used; i < m_arguments.size(); i++)
            m_text.append(i > m_used ? ", " : "")
                .append(m_arguments[i].typeName())
                .append("=")
                .append(m_arguments[i].print());
        m_text.append(")");
    }

    std::string_view m_rest;
    std::span<const Value> m_arguments;
    size_t m_used = 0;
    std::string m_text;
};

} // namespace

std::string goPrintf(std::string_view format, std::span<const Value> arguments)
{
    return Formatting(format, arguments).run();
}

} // namespace plimsoll::alerts::templates
