#include "server/ingest/RemoteWriteLabels.h"

#include "server/ingest/NameRules.h"
#include "server/ingest/ProtobufCursor.h"
#include "storage/model/Labels.h"

#include <simdjson.h>

#include <algorithm>

namespace plimsoll::ingest {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

LabelView readLabel(Cursor message)
{
    LabelView label;
    pbf_reader reader(message.at, message.left());
    while (reader.next()) {
        if (reader.wire_type() != pbf_wire_type::length_delimited || reader.tag() > 2) {
            reader.skip();
            continue;
        }
        const bool isName = reader.tag() == 1;
        const auto text = reader.get_view();
        (isName ? label.name : label.value) = {text.data(), text.size()};
    }
    return label;
}

/// What is wrong with sorted labels that are not empty, or nothing.
ItemCheck checkAll(const std::vector<LabelView> &labels)
{
    const LabelView *name = nullptr;
    for (size_t i = 0; i < labels.size(); i++) {
        const LabelView &label = labels[i];
        if (!simdjson::validate_utf8(label.name) || !simdjson::validate_utf8(label.value))
            return ItemError{"bad_label", "A label is not UTF-8."};
        if (i > 0 && labels[i - 1].name == label.name)
            return ItemError{"bad_label", "The label name " + quoted(label.name) + " stands there twice."};
        if (label.name == nameLabel)
            name = &label;
        else if (auto error = checkLabel(label.name, label.value))
            return error;
    }
    return checkMetricName(name ? name->value : std::string_view());
}

} // namespace

ItemCheck readRemoteLabels(std::string_view run, std::vector<LabelView> &labels, std::string &key)
{
    labels.clear();
    for (Cursor cursor{run.data(), run.data() + run.size()}; !cursor.done();) {
        cursor.at++;
        labels.push_back(readLabel(cursor.sized()));
        if (labels.size() > maxLabels + 1)
            return ItemError{"too_many_labels",
                             "There are more than " + std::to_string(maxLabels) + " labels."};
    }
    return makeRemoteKey(labels, key);
}

ItemCheck makeRemoteKey(std::vector<LabelView> &labels, std::string &key)
{
    const auto byName = [](const LabelView &a, const LabelView &b) { return a.name < b.name; };
    if (!std::is_sorted(labels.begin(), labels.end(), byName))
        std::sort(labels.begin(), labels.end(), byName);
    std::erase_if(labels, [](const LabelView &label) { return label.value.empty(); });
    if (auto error = checkAll(labels))
        return error;
    key.clear();
    for (const LabelView &label : labels) {
        appendVarint(key, label.name.size());
        key += label.name;
        appendVarint(key, label.value.size());
        key += label.value;
    }
    return std::nullopt;
}

} // namespace plimsoll::ingest
