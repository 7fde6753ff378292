#include "server/ingest/Track.h"

#include "server/http/PercentCoding.h"
#include "server/ingest/JsonFields.h"
#include "server/ingest/JsonText.h"
#include "server/ingest/MetricType.h"
#include "server/ingest/NameRules.h"
#include "server/ingest/SampleWriter.h"

#include <charconv>
#include <cmath>

namespace plimsoll::ingest {
namespace {

std::string_view trimmed(std::string_view text)
{
    const size_t begin = text.find_first_not_of(" \t\r\n");
    const size_t end = text.find_last_not_of(" \t\r\n");
    return begin == std::string_view::npos ? std::string_view() : text.substr(begin, end + 1 - begin);
}

std::optional<double> parseNumber(std::string_view text)
{
    if (text.starts_with('+'))
        text.remove_prefix(1);
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = end == text.data() + text.size() && !text.empty();
    return whole && (error == std::errc() || error == std::errc::result_out_of_range)
               ? std::optional(error == std::errc() ? number : HUGE_VAL)
               : std::nullopt;
}

std::optional<std::string> asItStands(std::string_view name) { return std::string(name); }

} // namespace

class Track::Reader
{
public:
    Status read(const Payload &payload, Batch &batch);

private:
    Status readBody(std::string_view body);
    Status readObject(std::string_view body);
    void readField(std::string_view key, JsonFields::Value &value);
    void write(const Payload &payload);

    SampleWriter m_writer;
    JsonFields m_fields;
    simdjson::ondemand::parser m_parser;
    std::string m_padded;
    std::optional<double> m_value;
    MetricType m_type;
    std::string_view m_rawLabels;
    std::optional<int64_t> m_timestampMs;
};

Status Track::Reader::read(const Payload &payload, Batch &batch)
{
    m_value.reset();
    m_type = {};
    m_rawLabels = {};
    m_timestampMs.reset();
    m_fields.beginItem();
    m_fields.beginDocument();
    m_writer.begin(batch, payload.project);
    if (Status read = readBody(trimmed(payload.body)); !read)
        return read;
    write(payload);
    m_writer.finish();
    return {};
}

Status Track::Reader::readBody(std::string_view body)
{
    if (body.starts_with('{'))
        return readObject(body);
    m_value = body.empty() ? 1.0 : parseNumber(body);
    if (!m_value)
        return Error{ErrorCode::Invalid,
                     "The body is neither a number nor a JSON object: " + quoted(body) + ".",
                     "Send a number such as 49, or {\"value\":49,\"type\":\"gauge\"}."};
    if (!std::isfinite(*m_value))
        m_fields.fail("not_finite", "The value is not a finite number.");
    return {};
}

Status Track::Reader::readObject(std::string_view body)
{
    namespace od = simdjson::ondemand;
    m_padded.assign(body);
    m_padded.append(simdjson::SIMDJSON_PADDING, ' ');
    od::document document;
    od::object object;
    const char *rest = nullptr;
    if (m_fields.note(m_parser.iterate(m_padded.data(), body.size(), m_padded.size()).get(document)) &&
        m_fields.note(document.get_object().get(object))) {
        for (auto result : object) {
            od::field field;
            if (!m_fields.note(std::move(result).get(field)))
                break;
            readField(rawJsonString(field.key().raw()), field.value());
            if (m_fields.broken() != simdjson::SUCCESS)
                break;
        }
        if (m_fields.broken() == simdjson::SUCCESS && !document.current_location().get(rest))
            m_fields.note(simdjson::TAPE_ERROR);
    }
    if (m_fields.broken() != simdjson::SUCCESS)
        return Error{ErrorCode::Invalid,
                     std::string("The JSON is broken: ") + simdjson::error_message(m_fields.broken()),
                     "Send a number such as 49, or {\"value\":49,\"type\":\"gauge\"}."};
    if (!m_value)
        m_fields.fail("bad_value", "value is missing.");
    return {};
}

void Track::Reader::readField(std::string_view key, JsonFields::Value &value)
{
    if (key == "value")
        m_fields.number(value, "value", m_value);
    else if (key == "type")
        m_type.readType(m_fields, value);
    else if (key == "cumulative")
        m_type.readCumulative(m_fields, value);
    else if (key == "labels")
        m_fields.rawLabels(value, m_rawLabels);
    else if (key == "ts")
        m_fields.timestamp(value, m_timestampMs);
}

void Track::Reader::write(const Payload &payload)
{
    const NamedValue value{payload.subject, m_value.value_or(0)};
    const SampleType type = m_type.sampleType(m_fields, {Kind::Distribution, true}, {&value, 1});
    if (m_fields.error()) {
        m_writer.refuse(*m_fields.error(), {});
        return;
    }
    // Bytes that stand for this label set in the cache.
    std::string raw(1, '\x03');
    for (const auto &[name, text] : payload.arguments)
        (((raw += std::to_string(name.size())) += ':') += name) += std::to_string(text.size()) + ':' + text;
    raw += m_rawLabels;
    const auto make = [&](Labels &labels) -> ItemCheck {
        Labels ofBody;
        if (auto error = m_fields.parseLabels(m_rawLabels, ofBody))
            return error;
        std::vector<Labels::Pair> pairs(payload.arguments.begin(), payload.arguments.end());
        for (const auto &[name, text] : pairs) {
            if (!http::isUtf8(name) || !http::isUtf8(text))
                return ItemError{"bad_label", "A label in the query is not UTF-8."};
        }
        pairs.insert(pairs.end(), ofBody.begin(), ofBody.end());
        labels = Labels(std::move(pairs));
        return std::nullopt;
    };
    if (!http::isUtf8(payload.subject))
        m_writer.refuse({"bad_name", "The metric name is not UTF-8."}, {});
    else
        m_writer.addValues(raw, std::ref(make), {&value, 1}, type, m_timestampMs.value_or(payload.nowMs), {},
                           asItStands);
}

Track::Track(const Prices &)
    : m_reader(std::make_unique<Reader>())
{
}
Track::~Track() = default;

Status Track::decode(const Payload &payload, Batch &batch) { return m_reader->read(payload, batch); }

} // namespace plimsoll::ingest
