#include "server/ingest/OtlpAnyValue.h"

#include "server/ingest/JsonText.h"
#include "server/ingest/OtlpAttributes.h"

#include <QByteArray>

#include <protozero/pbf_reader.hpp>

#include <cmath>

namespace plimsoll::ingest {
namespace {

using Message = protozero::pbf_reader;
constexpr auto varint = protozero::pbf_wire_type::varint;
constexpr auto fixed64 = protozero::pbf_wire_type::fixed64;
constexpr auto sized = protozero::pbf_wire_type::length_delimited;

constexpr uint32_t field(protozero::pbf_tag_type number, protozero::pbf_wire_type type)
{
    return protozero::tag_and_type(number, type);
}

/// A value as text, or as JSON where it stands in an array or a map.
class ValueText
{
public:
    static std::string plain(Message value) { return ValueText(false, 0).read(value); }

private:
    ValueText(bool json, int depth)
        : m_json(json)
        , m_depth(depth)
    {
    }

    std::string read(Message value) const
    {
        std::string out;
        while (value.next())
            readOne(value, out);
        return out.empty() && m_json ? "null" : out;
    }

    void readOne(Message &value, std::string &out) const
    {
        switch (value.tag_and_type()) {
        case field(1, sized):
            out = asText(value.get_string());
            break;
        case field(2, varint):
            out = value.get_bool() ? "true" : "false";
            break;
        case field(3, varint):
            out = std::to_string(value.get_int64());
            break;
        case field(4, fixed64):
            out = asNumber(value.get_double());
            break;
        case field(5, sized):
            out = '[' + items(value.get_message(), false) + ']';
            break;
        case field(6, sized):
            out = '{' + items(value.get_message(), true) + '}';
            break;
        case field(7, sized):
            out = asText(QByteArray::fromStdString(value.get_string()).toBase64().toStdString());
            break;
        default:
            value.skip();
        }
    }

    std::string asText(const std::string &text) const { return m_json ? quoteJson(text) : text; }
    std::string asNumber(double number) const
    {
        std::string text = otlpNumber(number);
        return m_json && !std::isfinite(number) ? quoteJson(text) : text;
    }

    /// Elements of an array, or members of a map.
    std::string items(Message list, bool named) const
    {
        const ValueText inner(true, m_depth + 1);
        std::string out;
        while (m_depth < maxOtlpDepth && out.size() < maxOtlpTextBytes && list.next()) {
            if (list.tag_and_type() != field(1, sized)) {
                list.skip();
                continue;
            }
            if (!out.empty())
                out += ',';
            out += named ? inner.member(list.get_message()) : inner.read(list.get_message());
        }
        return out;
    }
    std::string member(Message pair) const
    {
        std::string key;
        Message value;
        while (pair.next()) {
            if (pair.tag_and_type() == field(1, sized))
                key = pair.get_string();
            else if (pair.tag_and_type() == field(2, sized))
                value = pair.get_message();
            else
                pair.skip();
        }
        return quoteJson(key) + ':' + read(value);
    }

    bool m_json;
    int m_depth;
};

} // namespace

std::pair<std::string, std::string> readOtlpKeyValue(std::string_view message)
{
    std::pair<std::string, std::string> out;
    Message value;
    for (Message pair(message.data(), message.size()); pair.next();) {
        if (pair.tag_and_type() == field(1, sized))
            out.first = pair.get_string();
        else if (pair.tag_and_type() == field(2, sized))
            value = pair.get_message();
        else
            pair.skip();
    }
    out.second = ValueText::plain(value);
    return out;
}

} // namespace plimsoll::ingest
