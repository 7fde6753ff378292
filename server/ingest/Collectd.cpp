#include "server/ingest/Collectd.h"

#include "server/ingest/JsonFields.h"
#include "server/ingest/NameRules.h"
#include "server/ingest/SampleWriter.h"
#include "server/ingest/StrictJson.h"

#include <cmath>

namespace plimsoll::ingest {
namespace {

namespace od = simdjson::ondemand;
using namespace strictjson;

constexpr size_t maxSources = 1000; ///< data sources of one value list
constexpr uint32_t maxItems = 2'000'000;
constexpr double maxSeconds = 1e11;

/// What stands between the quotes of a string; empty where it is none.
std::string_view rawText(Value &value)
{
    const std::string_view token = JsonFields::token(value);
    return token.starts_with('"') ? rawJsonString(token.data() + 1) : std::string_view();
}

Kind kindOfSource(std::string_view type)
{
    if (type == "counter" || type == "derive")
        return Kind::Counter;
    return type == "absolute" ? Kind::Delta : Kind::Gauge;
}

std::string inName(std::string_view text)
{
    std::string out(text);
    for (char &c : out) {
        const bool fits =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        if (!fits)
            c = '_';
    }
    return out;
}

/// What a raw name is made of: plugin, type, data source and its type, with zero bytes between them.
std::optional<std::string> nameOf(std::string_view raw)
{
    std::string_view parts[4];
    for (std::string_view &part : parts) {
        part = raw.substr(0, raw.find('\0'));
        raw.remove_prefix(std::min(part.size() + 1, raw.size()));
    }
    std::string out = "collectd_" + inName(parts[0]);
    if (parts[1] != parts[0])
        out += '_' + inName(parts[1]);
    if (parts[2] != "value")
        out += '_' + inName(parts[2]);
    return kindOfSource(parts[3]) == Kind::Gauge ? out : out + "_total";
}

} // namespace

class Collectd::Reader
{
public:
    Status read(const Payload &payload, Batch &batch);

private:
    /// A value list; texts are as they stand between their quotes.
    struct ValueList
    {
        std::vector<std::optional<double>> values;
        std::vector<std::string_view> types;
        std::vector<std::string_view> names;
        std::optional<double> seconds;
        std::string_view host;
        std::string_view plugin;
        std::string_view pluginInstance;
        std::string_view type;
        std::string_view typeInstance;
        bool isNotification = false;
    };

    void readLists(std::string_view body);
    void readList(Value &value);
    void readField(std::string_view key, Value &value);
    ItemCheck check() const;
    ItemCheck addValues();
    ItemCheck labelsOf(Labels &out) const;
    ItemPlace here() const { return {"values", m_batch->itemCount}; }

    SampleWriter m_writer;
    Batch *m_batch = nullptr;
    od::parser m_parser;
    std::string m_padded;
    ValueList m_list;
    std::string m_rawLabels; ///< scratch
    std::string m_rawName;   ///< scratch
    int64_t m_nowMs = 0;
};

Status Collectd::Reader::read(const Payload &payload, Batch &batch)
{
    m_batch = &batch;
    m_nowMs = payload.nowMs;
    m_writer.begin(batch, payload.project);
    m_padded.assign(payload.body);
    m_padded.append(simdjson::SIMDJSON_PADDING, ' ');
    try {
        readLists(std::string_view(m_padded).substr(0, payload.body.size()));
    } catch (const JsonShapeError &error) {
        return Error{ErrorCode::Invalid,
                     error.field ? std::string("The field ") + error.field + " cannot be read."
                                 : std::string("The body is not JSON that can be read."),
                     "Send what collectd's write_http sends with Format \"JSON\": an array of value lists."};
    }
    m_writer.finish();
    if (batch.itemCount > maxItems || batch.floats.size() > maxItems)
        return Error{ErrorCode::TooLarge, "The body holds more than 2,000,000 values.",
                     "Send it in smaller parts."};
    return {};
}

void Collectd::Reader::readLists(std::string_view body)
{
    od::document document;
    od::array lists;
    need(m_parser.iterate(body.data(), body.size(), m_padded.size()).get(document));
    need(document.get_array().get(lists));
    for (auto result : lists) {
        Value element;
        need(std::move(result).get(element));
        if (m_batch->itemCount <= maxItems && m_batch->floats.size() <= maxItems)
            readList(element);
    }
    const char *rest = nullptr;
    if (!document.current_location().get(rest))
        throw JsonShapeError{nullptr};
}

void Collectd::Reader::readList(Value &value)
{
    m_list.values.clear();
    m_list.types.clear();
    m_list.names.clear();
    m_list.seconds.reset();
    m_list.host = m_list.plugin = m_list.pluginInstance = m_list.type = m_list.typeInstance = {};
    m_list.isNotification = false;
    od::object object = strictjson::object(value, "values");
    eachField(object, [this](std::string_view key, Value &field) { readField(key, field); });
    if (m_list.isNotification && m_list.values.empty()) {
        m_batch->skippedValues++;
        return;
    }
    const size_t floats = m_batch->floats.size();
    ItemCheck error = check();
    if (!error)
        error = addValues();
    if (error) {
        m_batch->floats.resize(floats);
        m_writer.refuse(*error, here());
        return;
    }
    m_batch->itemCount++;
}

void Collectd::Reader::readField(std::string_view key, Value &value)
{
    const auto texts = [&](std::vector<std::string_view> &out, const char *field) {
        eachElement(value, field, [&](Value &element) {
            if (out.size() <= maxSources)
                out.push_back(rawText(element));
        });
    };
    if (key == "values")
        eachElement(value, "values", [this](Value &element) {
            if (m_list.values.size() <= maxSources)
                m_list.values.push_back(isNull(element) ? std::nullopt
                                                        : std::optional(number(element, "values")));
        });
    else if (key == "dstypes")
        texts(m_list.types, "dstypes");
    else if (key == "dsnames")
        texts(m_list.names, "dsnames");
    else if (key == "time")
        m_list.seconds = number(value, "time");
    else if (key == "host")
        m_list.host = rawText(value);
    else if (key == "plugin")
        m_list.plugin = rawText(value);
    else if (key == "plugin_instance")
        m_list.pluginInstance = rawText(value);
    else if (key == "type")
        m_list.type = rawText(value);
    else if (key == "type_instance")
        m_list.typeInstance = rawText(value);
    else if (key == "severity")
        m_list.isNotification = true;
}

ItemCheck Collectd::Reader::check() const
{
    if (m_list.values.empty() || m_list.values.size() > maxSources)
        return ItemError{"bad_value", "There must be 1 to 1,000 values."};
    if (m_list.types.size() != m_list.values.size() || m_list.names.size() != m_list.values.size())
        return ItemError{"bad_item", "values, dstypes and dsnames must be equally long."};
    if (m_list.plugin.empty() || m_list.type.empty())
        return ItemError{"bad_name", "plugin or type is missing."};
    if (m_list.seconds && !(*m_list.seconds >= 0 && *m_list.seconds < maxSeconds))
        return ItemError{"bad_ts", "time must be seconds since 1970."};
    return std::nullopt;
}

ItemCheck Collectd::Reader::addValues()
{
    m_rawLabels.clear();
    for (const std::string_view part :
         {m_list.host, m_list.plugin, m_list.pluginInstance, m_list.typeInstance})
        m_rawLabels.append(part).append(1, '\0');
    const int64_t timestampMs = m_list.seconds ? std::llround(*m_list.seconds * 1000) : m_nowMs;
    const auto make = [this](Labels &out) { return labelsOf(out); };
    for (size_t i = 0; i < m_list.values.size(); i++) {
        if (!m_list.values[i]) {
            m_batch->skippedValues++;
            continue;
        }
        m_rawName.clear();
        for (const std::string_view part : {m_list.plugin, m_list.type, m_list.names[i], m_list.types[i]})
            m_rawName.append(part).append(1, '\0');
        uint32_t position = 0;
        if (auto error = m_writer.place(m_rawLabels, make, m_rawName, {kindOfSource(m_list.types[i]), false},
                                        nameOf, position))
            return error;
        m_batch->floats.push_back({position, timestampMs, *m_list.values[i], m_batch->itemCount});
    }
    return std::nullopt;
}

ItemCheck Collectd::Reader::labelsOf(Labels &out) const
{
    const auto text = [](std::string_view raw) { return unescapeJson(raw).value_or(std::string(raw)); };
    const bool hasBoth = !m_list.pluginInstance.empty() && !m_list.typeInstance.empty();
    const std::string_view instance =
        m_list.pluginInstance.empty() ? m_list.typeInstance : m_list.pluginInstance;
    out.set(inName(m_list.plugin), text(instance));
    if (hasBoth)
        out.set("type", text(m_list.typeInstance));
    out.set("instance", text(m_list.host));
    return std::nullopt;
}

Collectd::Collectd(const Prices &)
    : m_reader(std::make_unique<Reader>())
{
}
Collectd::~Collectd() = default;

Status Collectd::decode(const Payload &payload, Batch &batch) { return m_reader->read(payload, batch); }

} // namespace plimsoll::ingest
