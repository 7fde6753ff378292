#include "server/ingest/Exposition.h"

#include "server/ingest/ExpositionLine.h"
#include "server/ingest/NameRules.h"
#include "server/ingest/SampleWriter.h"
#include "server/ingest/Timestamp.h"

#include <simdjson.h>

namespace plimsoll::ingest {
namespace {

std::optional<std::string> asItStands(std::string_view name) { return std::string(name); }

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

} // namespace

class Exposition::Reader
{
public:
    Status read(const Payload &payload, Batch &batch);

private:
    enum class Type { Unknown, Counter, Gauge, Histogram, Summary };

    void readLine(std::string_view line);
    void readComment(ExpositionLine line);
    void readSample(ExpositionLine line);
    void addSample(std::string_view name, std::string_view braces, ExpositionLine rest);
    bool takeExpectedBraces(ExpositionLine &line, std::string_view &braces);
    SampleType typeOf(std::string_view name) const;
    void refuse(const char *code, const std::string &message);

    SampleWriter m_writer;
    std::string m_family; ///< of the last # TYPE
    Type m_type = Type::Unknown;
    std::string m_quotedName;
    int64_t m_nowMs = 0;
    size_t m_line = 0;
    bool m_ended = false;
};

Status Exposition::Reader::read(const Payload &payload, Batch &batch)
{
    m_nowMs = payload.nowMs;
    m_family.clear();
    m_type = Type::Unknown;
    m_line = 0;
    m_ended = false;
    m_writer.begin(batch, payload.project);
    if (!simdjson::validate_utf8(payload.body.data(), payload.body.size()))
        return Error{ErrorCode::Invalid, "The body is not UTF-8.", {}};
    for (std::string_view rest = payload.body; !rest.empty();) {
        m_line++;
        readLine(nextLine(rest));
    }
    m_writer.finish();
    return {};
}

void Exposition::Reader::readLine(std::string_view line)
{
    const ExpositionLine reader(line);
    if (reader.empty())
        return;
    if (m_ended)
        refuse("bad_item", "There is text after # EOF.");
    else if (reader.front() == '#')
        readComment(reader);
    else
        readSample(reader);
}

void Exposition::Reader::readComment(ExpositionLine line)
{
    line.skip(1);
    line.skipBlanks();
    const std::string_view word = line.word();
    m_ended = word == "EOF";
    if (word != "TYPE")
        return;
    std::string_view family = line.word();
    if (family.size() >= 2 && family.front() == '"' && family.back() == '"')
        family = family.substr(1, family.size() - 2);
    const std::string_view type = line.word();
    m_family = family;
    if (type == "counter")
        m_type = Type::Counter;
    else if (type == "gauge" || type == "info" || type == "stateset" || type == "gaugehistogram")
        m_type = Type::Gauge;
    else if (type == "histogram")
        m_type = Type::Histogram;
    else if (type == "summary")
        m_type = Type::Summary;
    else
        m_type = Type::Unknown;
    if (m_type == Type::Unknown && type != "untyped" && type != "unknown")
        refuse("bad_type", "The type " + quoted(type) + " is not known.");
}

SampleType Exposition::Reader::typeOf(std::string_view name) const
{
    constexpr SampleType untyped{Kind::Untyped, true};
    constexpr SampleType counter{Kind::Counter, false};
    constexpr SampleType gauge{Kind::Gauge, false};
    if (m_type == Type::Unknown || !name.starts_with(m_family))
        return untyped;
    const std::string_view suffix = name.substr(m_family.size());
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

bool Exposition::Reader::takeExpectedBraces(ExpositionLine &line, std::string_view &braces)
{
    const size_t expected = m_writer.expectedLabels(line.rest());
    if (expected == 0)
        return false;
    braces = line.rest().substr(0, expected);
    line.skip(expected);
    line.skipBlanks();
    return true;
}

void Exposition::Reader::readSample(ExpositionLine line)
{
    std::string_view name = line.name();
    std::string_view braces;
    if (line.front() == '{' && !takeExpectedBraces(line, braces)) {
        const auto found = line.braces();
        if (!found) {
            refuse("bad_label", "The braces around the labels do not close.");
            return;
        }
        braces = *found;
    }
    if (name.empty()) {
        Labels labels;
        m_quotedName.clear();
        if (auto error = braces.empty() ? std::nullopt : readExpositionLabels(braces, labels, m_quotedName)) {
            refuse(error->code.c_str(), error->message);
            return;
        }
        name = m_quotedName;
    }
    addSample(name, braces, line);
}

void Exposition::Reader::addSample(std::string_view name, std::string_view braces, ExpositionLine rest)
{
    if (name.empty()) {
        refuse("bad_name", "The metric name is missing.");
        return;
    }
    const auto value = rest.number();
    if (!value) {
        refuse("bad_value", "The value of " + quoted(name) + " is not a number.");
        return;
    }
    std::optional<int64_t> timestampMs = m_nowMs;
    if (!rest.empty() && rest.front() != '#') {
        const auto number = rest.number();
        timestampMs = number ? timestampFromNumber(*number) : std::nullopt;
    }
    if (!timestampMs || (!rest.empty() && rest.front() != '#')) {
        refuse("bad_ts", "What follows the value of " + quoted(name) + " is not a timestamp.");
        return;
    }
    const auto make = [&](Labels &labels) -> ItemCheck {
        std::string quotedName;
        return braces.empty() ? std::nullopt : readExpositionLabels(braces, labels, quotedName);
    };
    const NamedValue sample{name, *value};
    m_writer.addValues(braces, std::ref(make), {&sample, 1}, typeOf(name), *timestampMs, {"line", m_line},
                       asItStands);
}

void Exposition::Reader::refuse(const char *code, const std::string &message)
{
    m_writer.refuse({code, message}, {"line", m_line});
}

Exposition::Exposition(const Prices &)
    : m_reader(std::make_unique<Reader>())
{
}
Exposition::~Exposition() = default;

Status Exposition::decode(const Payload &payload, Batch &batch) { return m_reader->read(payload, batch); }

} // namespace plimsoll::ingest
