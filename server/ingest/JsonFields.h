#pragma once

#include "server/ingest/ItemError.h"
#include "storage/model/Labels.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

namespace plimsoll::ingest {

/// Reads the typed fields of one item from simdjson and keeps the first thing that is wrong with it. A wrong
/// type costs the item only; broken JSON is remembered in broken() and ends the document. Not thread-safe.
class JsonFields
{
public:
    using Value = simdjson::ondemand::value;

    /// Forgets the errors of the item before.
    void beginItem() { m_error.reset(); }
    const ItemCheck &error() const { return m_error; }
    void fail(const char *code, std::string message);
    void fail(ItemError error);

    /// Why the JSON itself cannot be read further; SUCCESS while it can.
    simdjson::error_code broken() const { return m_broken; }
    void beginDocument() { m_broken = simdjson::SUCCESS; }
    bool note(simdjson::error_code code);

    /// The bytes of a value: the first token of an array or object, or the scalar.
    static std::string_view token(Value &value);
    static bool isNull(Value &value) { return token(value).starts_with("null"); }

    /// Each reads one value; null leaves `out` as it was. `field` is for messages.
    void number(Value &value, std::string_view field, std::optional<double> &out);
    void count(Value &value, std::string_view field, int64_t &out);
    void flag(Value &value, std::string_view field, bool &out);
    /// What stands between the quotes; points into the document.
    void rawText(Value &value, std::string_view field, std::optional<std::string_view> &out);
    void text(Value &value, std::string_view field, std::string &out);
    /// The bytes of the object; points into the document.
    void rawLabels(Value &value, std::string_view &out);
    void timestamp(Value &value, std::optional<int64_t> &out);

    /// The labels that the bytes of a JSON object mean.
    ItemCheck parseLabels(std::string_view raw, Labels &out);

private:
    ItemCheck labelText(Value &value, std::string_view name, std::string &out);

    ItemCheck m_error;
    simdjson::error_code m_broken = simdjson::SUCCESS;
    simdjson::ondemand::parser m_labelParser;
    std::string m_padded;
};

} // namespace plimsoll::ingest
