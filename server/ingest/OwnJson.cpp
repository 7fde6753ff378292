#include "server/ingest/OwnJson.h"

#include "server/ingest/OwnJsonReader.h"

#include <cstring>

namespace plimsoll::ingest {
namespace {

namespace od = simdjson::ondemand;

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// The first document of what is left: up to the line feed that separates it from the next one, or all. A
/// line feed separates where a closing bracket stands before it and an opening one after it: no JSON document
/// holds that.
std::string_view firstDocument(std::string_view rest)
{
    for (size_t at = rest.find('\n'); at != std::string_view::npos; at = rest.find('\n', at)) {
        size_t before = at;
        while (before > 0 && isSpace(rest[before - 1]))
            before--;
        while (at < rest.size() && isSpace(rest[at]))
            at++;
        if (before > 0 && at < rest.size() && (rest[before - 1] == '}' || rest[before - 1] == ']') &&
            (rest[at] == '{' || rest[at] == '['))
            return rest.substr(0, before);
    }
    return rest;
}

} // namespace

Status OwnJson::Reader::read(const Payload &payload, Batch &batch)
{
    m_nowMs = payload.nowMs;
    m_prices = payload.prices ? payload.prices : m_usualPrices;
    m_padded.assign(payload.body);
    m_padded.append(simdjson::SIMDJSON_PADDING, ' ');
    const std::string_view body = std::string_view(m_padded).substr(0, payload.body.size());
    m_writer.begin(batch, payload.project);
    size_t at = 0;
    m_line = 1;
    while (at < body.size() && isSpace(body[at]))
        m_line += body[at++] == '\n';
    if (at == body.size())
        return Error{ErrorCode::Invalid, "The body is empty.",
                     "Send a JSON object with metrics, requests or llm."};
    m_severalDocuments = false;
    while (at < body.size()) {
        const std::string_view document = firstDocument(body.substr(at));
        m_severalDocuments = m_severalDocuments || at + document.size() < body.size();
        m_documentOffset = at;
        readDocument(document);
        m_line += static_cast<size_t>(std::count(document.begin(), document.end(), '\n'));
        for (at += document.size(); at < body.size() && isSpace(body[at]); at++)
            m_line += body[at] == '\n';
    }
    m_writer.finish();
    return {};
}

void OwnJson::Reader::readDocument(std::string_view text)
{
    m_fields.beginDocument();
    m_place = {};
    const size_t readable = m_padded.size() - m_documentOffset;
    od::document document;
    if (!m_fields.note(m_parser.iterate(text.data(), text.size(), readable).get(document))) {
        refuseBroken(nullptr);
        return;
    }
    readRoot(document);
    if (m_fields.broken() != simdjson::SUCCESS) {
        refuseBroken(&document);
        return;
    }
    const char *rest = nullptr;
    if (!document.current_location().get(rest)) {
        m_place = {};
        m_fields.note(simdjson::TAPE_ERROR);
        refuseBroken(&document);
    }
}

void OwnJson::Reader::readRoot(od::document &document)
{
    const char first = m_padded[m_documentOffset];
    od::object object;
    od::array array;
    if (first == '{') {
        if (m_fields.note(document.get_object().get(object)))
            readSections(object);
    } else if (first == '[') {
        if (!m_fields.note(document.get_array().get(array)))
            return;
        for (auto result : array) {
            Value value;
            if (!m_fields.note(std::move(result).get(value)))
                return;
            readElement(std::move(value));
            if (m_fields.broken() != simdjson::SUCCESS)
                return;
        }
    } else {
        m_fields.note(simdjson::INCORRECT_TYPE);
    }
}

void OwnJson::Reader::readElement(Value value)
{
    m_place = {};
    od::object object;
    if (!JsonFields::token(value).starts_with('{'))
        m_writer.refuse({"bad_item", "Each element must be an object."}, m_place);
    else if (m_fields.note(value.get_object().get(object)))
        readSections(object);
}

void OwnJson::Reader::readSections(od::object object)
{
    bool known = false;
    m_bare.clear();
    ItemCheck bareError;
    const bool whole = eachField(object, [&](std::string_view key, Value &value) {
        if (readSection(key, value)) {
            known = true;
            return;
        }
        m_fields.beginItem();
        readMetricField(key, value, m_bare);
        if (m_fields.error() && !bareError)
            bareError = m_fields.error();
    });
    m_place = {};
    if (!whole)
        return;
    m_fields.beginItem();
    if (bareError)
        m_fields.fail(*bareError);
    const bool metric = m_bare.rawName || m_bare.value || m_bare.hasValues || (bareError && !known);
    if (metric)
        endMetric(m_bare);
    else if (!known)
        m_writer.refuse({"bad_item", "There is neither metrics nor requests nor llm."}, m_place);
}

bool OwnJson::Reader::readSection(std::string_view key, Value &value)
{
    if (key == "metrics")
        readItems(value, "metrics", [this](od::object &object) { readMetricItem(object); });
    else if (key == "requests")
        readItems(value, "requests", [this](od::object &object) { readRequestItem(object); });
    else if (key == "llm")
        readItems(value, "llm", [this](od::object &object) { readCallItem(object); });
    else
        return false;
    return true;
}

template<typename ReadFields>
void OwnJson::Reader::readItems(Value &value, const char *section, ReadFields readFields)
{
    m_place = {section, 0};
    const std::string_view raw = JsonFields::token(value);
    if (raw == "null")
        return;
    od::array array;
    if (!raw.starts_with('[')) {
        m_writer.refuse({"bad_item", std::string(section) + " must be an array of objects."}, {});
        return;
    }
    if (!m_fields.note(value.get_array().get(array)))
        return;
    for (auto result : array) {
        Value element;
        od::object object;
        if (!m_fields.note(std::move(result).get(element)))
            return;
        m_fields.beginItem();
        if (!JsonFields::token(element).starts_with('{'))
            m_writer.refuse({"bad_item", "It must be an object."}, m_place);
        else if (m_fields.note(element.get_object().get(object)))
            readFields(object);
        if (m_fields.broken() != simdjson::SUCCESS)
            return;
        m_place.index++;
    }
}

void OwnJson::Reader::refuseBroken(od::document *document)
{
    const char *at = nullptr;
    const char *begin = m_padded.data() + m_documentOffset;
    std::string message = "The JSON is broken";
    if (document && !document->current_location().get(at) && at >= begin)
        message += " at byte " + std::to_string(at - m_padded.data());
    if (m_severalDocuments)
        message += " in the document of line " + std::to_string(m_line);
    message +=
        std::string(" (") + simdjson::error_message(m_fields.broken()) + "); the rest of it was not read.";
    m_writer.refuse({"bad_json", std::move(message)}, m_place);
}

OwnJson::OwnJson(const Prices &prices)
    : m_reader(std::make_unique<Reader>(prices))
{
}
OwnJson::~OwnJson() = default;

Status OwnJson::decode(const Payload &payload, Batch &batch) { return m_reader->read(payload, batch); }

} // namespace plimsoll::ingest
