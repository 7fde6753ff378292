#include "server/ingest/ExpositionLine.h"

#include "server/ingest/NameRules.h"

#include <charconv>
#include <cmath>

namespace plimsoll::ingest {
namespace {

bool isBlank(char c) { return c == ' ' || c == '\t'; }

bool equalsIgnoringCase(std::string_view text, std::string_view lower)
{
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

/// The size of the quoted text that begins here, quotes included; 0 where it does not end.
size_t quotedSize(std::string_view text)
{
    for (size_t i = 1; i < text.size(); i++) {
        if (text[i] == '\\')
            i++;
        else if (text[i] == '"')
            return i + 1;
    }
    return 0;
}

std::optional<std::string> unquote(std::string_view quotedText)
{
    std::string out;
    for (size_t i = 1; i + 1 < quotedText.size(); i++) {
        char c = quotedText[i];
        if (c == '\\') {
            c = quotedText[++i];
            if (c == 'n')
                c = '\n';
            else if (c != '"' && c != '\\')
                return std::nullopt;
        }
        out += c;
    }
    return out;
}

/// Takes the labels off the inside of a pair of braces.
class LabelReader
{
public:
    explicit LabelReader(std::string_view inside)
        : m_line(inside)
    {
    }

    ItemCheck read(Labels &labels, std::string &name)
    {
        std::vector<Labels::Pair> pairs;
        while (!m_line.empty()) {
            std::string first;
            if (auto error = readName(first))
                return error;
            if (m_line.front() != '=' && m_wasQuoted && name.empty())
                name = std::move(first);
            else if (auto error = readValue(std::move(first), pairs))
                return error;
            if (m_line.front() == ',')
                m_line.skip(1);
            else if (!m_line.empty())
                return ItemError{"bad_label",
                                 "A comma is missing between labels before " + quoted(m_line.rest()) + "."};
            m_line.skipBlanks();
        }
        labels = Labels(std::move(pairs));
        return std::nullopt;
    }

private:
    ItemCheck readName(std::string &out)
    {
        m_wasQuoted = m_line.front() == '"';
        if (m_wasQuoted)
            return readQuoted(out);
        const size_t size = std::min(m_line.rest().find_first_of("=,\" \t"), m_line.rest().size());
        out = m_line.rest().substr(0, size);
        m_line.skip(size);
        m_line.skipBlanks();
        return out.empty() ? ItemCheck(ItemError{"bad_label", "A label name is missing."}) : std::nullopt;
    }
    ItemCheck readValue(std::string name, std::vector<Labels::Pair> &pairs)
    {
        if (m_line.front() != '=')
            return ItemError{"bad_label", "The label " + quoted(name) + " has no value."};
        m_line.skip(1);
        m_line.skipBlanks();
        if (m_line.front() != '"')
            return ItemError{"bad_label", "The value of label " + quoted(name) + " is not in quotes."};
        for (const auto &[other, value] : pairs) {
            if (other == name)
                return ItemError{"bad_label", "The label " + quoted(name) + " is there twice."};
        }
        if (pairs.size() >= 4 * maxLabels)
            return ItemError{"too_many_labels",
                             "There are more than " + std::to_string(maxLabels) + " labels."};
        pairs.emplace_back(std::move(name), std::string());
        return readQuoted(pairs.back().second);
    }
    ItemCheck readQuoted(std::string &out)
    {
        const size_t size = quotedSize(m_line.rest());
        const auto text = size == 0 ? std::nullopt : unquote(m_line.rest().substr(0, size));
        if (!text)
            return ItemError{"bad_label", "A quoted text is malformed: " + quoted(m_line.rest()) + "."};
        out = *text;
        m_line.skip(size);
        m_line.skipBlanks();
        return std::nullopt;
    }

    ExpositionLine m_line;
    bool m_wasQuoted = false;
};

} // namespace

void ExpositionLine::skipBlanks()
{
    while (!m_rest.empty() && isBlank(m_rest.front()))
        m_rest.remove_prefix(1);
}

std::string_view ExpositionLine::word()
{
    const size_t size = std::min(m_rest.find_first_of(" \t"), m_rest.size());
    const std::string_view out = m_rest.substr(0, size);
    m_rest.remove_prefix(size);
    skipBlanks();
    return out;
}

std::string_view ExpositionLine::name()
{
    size_t size = 0;
    while (size < m_rest.size() && m_rest[size] != '{' && !isBlank(m_rest[size]))
        size++;
    const std::string_view out = m_rest.substr(0, size);
    m_rest.remove_prefix(size);
    skipBlanks();
    return out;
}

std::optional<std::string_view> ExpositionLine::braces()
{
    for (size_t i = 1; i < m_rest.size(); i++) {
        if (m_rest[i] == '"') {
            const size_t size = quotedSize(m_rest.substr(i));
            if (size == 0)
                return std::nullopt;
            i += size - 1;
        } else if (m_rest[i] == '}') {
            const std::string_view out = m_rest.substr(0, i + 1);
            m_rest.remove_prefix(i + 1);
            skipBlanks();
            return out;
        }
    }
    return std::nullopt;
}

std::optional<std::string> ExpositionLine::quotedText()
{
    const size_t size = quotedSize(m_rest);
    const auto text = size == 0 ? std::nullopt : unquote(m_rest.substr(0, size));
    m_rest.remove_prefix(size);
    skipBlanks();
    return text;
}

std::optional<double> ExpositionLine::number()
{
    std::string_view text = word();
    double value = 0;
    if (text.starts_with('+'))
        text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size() && !text.empty())
        return value;
    const bool negative = text.starts_with('-');
    const std::string_view word = negative ? text.substr(1) : text;
    if (equalsIgnoringCase(word, "inf") || equalsIgnoringCase(word, "infinity"))
        return negative ? -HUGE_VAL : HUGE_VAL;
    if (equalsIgnoringCase(word, "nan"))
        return std::nan("");
    return std::nullopt;
}

ItemCheck readExpositionLabels(std::string_view braces, Labels &labels, std::string &name)
{
    return LabelReader(braces.substr(1, braces.size() - 2)).read(labels, name);
}

} // namespace plimsoll::ingest
