#include "server/ingest/ExpositionText.h"

#include "server/ingest/ExpositionLine.h"
#include "server/ingest/NameRules.h"
#include "server/ingest/Timestamp.h"

#include <simdjson.h>

#include <cmath>

namespace plimsoll::ingest {
namespace {

constexpr size_t maxHelpBytes = 1024;

std::string_view nextLine(std::string_view &rest)
{
    const size_t size = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, size);
    rest.remove_prefix(std::min(size + 1, rest.size()));
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

bool isBucketLike(std::string_view suffix)
{
    return suffix == "_bucket" || suffix == "_sum" || suffix == "_count";
}

/// HELP as it was meant, cut at a character's end.
std::string plainHelp(std::string_view text)
{
    std::string out;
    for (size_t i = 0; i < text.size() && out.size() < maxHelpBytes; i++) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        const char next = text[++i];
        if (next == 'n')
            out += '\n';
        else if (next == '\\' || next == '"')
            out += next;
        else
            (out += '\\') += next;
    }
    if (out.size() < maxHelpBytes)
        return out;
    size_t end = out.size();
    while (end > 0 && (static_cast<unsigned char>(out[end - 1]) & 0xc0) == 0x80)
        end--;
    out.resize(end > 0 ? end - 1 : 0);
    return out;
}

/// What may follow a value and its time: nothing, or `# {labels} value [time]`.
ItemCheck checkExemplar(ExpositionLine line)
{
    if (line.empty())
        return std::nullopt;
    const ItemError malformed{"bad_exemplar", "The exemplar is malformed."};
    line.skip(1);
    line.skipBlanks();
    const auto braces = line.front() == '{' ? line.braces() : std::nullopt;
    if (!braces)
        return malformed;
    Labels labels;
    std::string name;
    if (readExpositionLabels(*braces, labels, name) || !name.empty() || !line.number())
        return malformed;
    if (!line.empty() && !line.number())
        return malformed;
    return line.empty() ? std::nullopt : ItemCheck(malformed);
}

} // namespace

size_t ExpositionHandler::expectedBraces(std::string_view) const { return 0; }
void ExpositionHandler::family(const Batch::Description &) {}

Status ExpositionText::read(std::string_view body)
{
    if (!simdjson::validate_utf8(body.data(), body.size()))
        return Error{ErrorCode::Invalid, "The body is not UTF-8.", {}};
    for (std::string_view rest = body; !rest.empty();) {
        m_line++;
        if (!readLine(nextLine(rest)))
            return {};
    }
    endFamily();
    if (m_form == ExpositionForm::OpenMetrics && !m_ended)
        return Error{ErrorCode::Invalid, "The text does not end with # EOF: it may have been cut off.", {}};
    return {};
}

bool ExpositionText::readLine(std::string_view line)
{
    const ExpositionLine reader(line);
    if (reader.empty())
        return true;
    if (m_ended)
        return refuse("bad_item", "There is text after # EOF.");
    return reader.front() == '#' ? readComment(reader.rest()) : readSample(reader.rest());
}

bool ExpositionText::readComment(std::string_view text)
{
    ExpositionLine line(text.substr(1));
    const std::string_view word = line.word();
    m_ended = word == "EOF" && line.empty();
    if (word != "TYPE" && word != "HELP" && word != "UNIT")
        return true;
    std::string quotedName;
    std::string_view family;
    if (line.front() == '"') {
        const auto name = line.quotedText();
        if (!name)
            return refuse("bad_name", "The name in quotes is malformed.");
        quotedName = *name;
        family = quotedName;
    } else {
        family = line.word();
    }
    enterFamily(family);
    if (word == "TYPE")
        return readType(family, line.word());
    if (word == "HELP")
        m_family.help = plainHelp(line.rest());
    else
        m_family.unit = line.word().substr(0, maxNameBytes);
    return true;
}

bool ExpositionText::readType(std::string_view family, std::string_view word)
{
    if (word == "counter")
        m_type = Type::Counter;
    else if (word == "gauge" || word == "info" || word == "stateset" || word == "gaugehistogram")
        m_type = Type::Gauge;
    else if (word == "histogram")
        m_type = Type::Histogram;
    else if (word == "summary")
        m_type = Type::Summary;
    else
        m_type = Type::Unknown;
    if (m_type == Type::Unknown && word != "untyped" && word != "unknown")
        return refuse("bad_type", "The type " + quoted(word) + " of " + quoted(family) + " is not known.");
    m_family.type = word == "untyped" ? "unknown" : word;
    return true;
}

void ExpositionText::enterFamily(std::string_view name)
{
    if (m_family.family == name)
        return;
    endFamily();
    m_family.family = name;
}

void ExpositionText::endFamily()
{
    if (!m_family.family.empty() && m_family.family.size() <= maxNameBytes &&
        !(m_family.type.empty() && m_family.help.empty() && m_family.unit.empty()))
        m_handler.family(m_family);
    m_family = {};
    m_type = Type::Unknown;
}

SampleType ExpositionText::typeOf(std::string_view name) const
{
    constexpr SampleType untyped{Kind::Untyped, true};
    constexpr SampleType counter{Kind::Counter, false};
    constexpr SampleType gauge{Kind::Gauge, false};
    if (m_type == Type::Unknown || !name.starts_with(m_family.family))
        return untyped;
    const std::string_view suffix = name.substr(m_family.family.size());
    if (suffix == "_created")
        return gauge;
    switch (m_type) {
    case Type::Counter:
        return suffix.empty() || suffix == "_total" ? counter : untyped;
    case Type::Gauge:
        return suffix.empty() || suffix == "_info" || suffix == "_gsum" || suffix == "_gcount" ||
                       suffix == "_bucket"
                   ? gauge
                   : untyped;
    case Type::Histogram:
        return isBucketLike(suffix) ? counter : untyped;
    case Type::Summary:
        return suffix.empty() ? gauge : isBucketLike(suffix) ? counter : untyped;
    case Type::Unknown:
        break;
    }
    return untyped;
}

bool ExpositionText::readSample(std::string_view text)
{
    ExpositionLine line(text);
    ExpositionSample sample;
    sample.name = line.name();
    sample.series = sample.name;
    if (line.front() == '{') {
        const size_t expected = m_handler.expectedBraces(line.rest());
        if (expected > 0) {
            sample.braces = line.rest().substr(0, expected);
            line.skip(expected);
            line.skipBlanks();
        } else if (const auto found = line.braces()) {
            sample.braces = *found;
        } else {
            return refuse("bad_label", "The braces around the labels do not close.");
        }
        const char *begin = text.data();
        sample.series = {begin, size_t(sample.braces.data() + sample.braces.size() - begin)};
    }
    if (sample.name.empty()) {
        Labels labels;
        m_quotedName.clear();
        if (auto error = sample.braces.empty() ? std::nullopt
                                               : readExpositionLabels(sample.braces, labels, m_quotedName))
            return refuse(error->code.c_str(), error->message);
        sample.name = m_quotedName;
    }
    return addSample(sample, line.rest());
}

bool ExpositionText::addSample(ExpositionSample &sample, std::string_view text)
{
    ExpositionLine rest(text);
    if (sample.name.empty())
        return refuse("bad_name", "The metric name is missing.");
    const auto value = rest.number();
    if (!value)
        return refuse("bad_value", "The value of " + quoted(sample.name) + " is not a number.");
    sample.value = *value;
    if (!rest.empty() && rest.front() != '#') {
        const auto number = rest.number();
        sample.timestampMs = number ? timestamp(*number) : std::nullopt;
        if (!sample.timestampMs || (!rest.empty() && rest.front() != '#'))
            return refuse("bad_ts",
                          "What follows the value of " + quoted(sample.name) + " is not a timestamp.");
    }
    if (auto error = checkExemplar(rest))
        return refuse(error->code.c_str(), error->message);
    sample.type = typeOf(sample.name);
    sample.line = m_line;
    m_handler.sample(sample);
    return true;
}

std::optional<int64_t> ExpositionText::timestamp(double number) const
{
    constexpr double latestMs = 1e14;
    if (m_form == ExpositionForm::Any)
        return timestampFromNumber(number);
    const double ms = m_form == ExpositionForm::OpenMetrics ? number * 1000 : number;
    if (!(ms >= 0 && ms < latestMs))
        return std::nullopt;
    return static_cast<int64_t>(std::llround(ms));
}

bool ExpositionText::refuse(const char *code, const std::string &message)
{
    return m_handler.refused(m_line, {code, message});
}

} // namespace plimsoll::ingest
