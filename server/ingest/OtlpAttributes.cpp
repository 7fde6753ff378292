#include "server/ingest/OtlpAttributes.h"

#include "server/ingest/NameRules.h"
#include "server/ingest/OtlpNames.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace plimsoll::ingest {
ItemCheck addOtlpAttributes(OtlpAttributes attributes, std::string_view prefix, Labels &labels)
{
    if (attributes.size() > 4 * maxLabels)
        return ItemError{"too_many_labels",
                         "There are more than " + std::to_string(maxLabels) + " attributes."};
    std::stable_sort(attributes.begin(), attributes.end(),
                     [](const auto &a, const auto &b) { return a.first < b.first; });
    Labels read;
    for (const auto &[attribute, value] : attributes) {
        const std::string name = otlpLabelName(std::string(prefix) + attribute);
        if (name.empty() || value.empty())
            continue;
        if (!simdjson::validate_utf8(value))
            return ItemError{"bad_label",
                             "The value of attribute " + ingest::quoted(name) + " is not UTF-8."};
        const std::string_view before = read.value(name);
        read.set(name, before.empty() ? value : std::string(before) + ';' + value);
    }
    for (const auto &[name, value] : read)
        labels.set(name, value);
    return std::nullopt;
}

OtlpResource::OtlpResource(OtlpAttributes attributes)
{
    std::string space;
    for (auto &[name, value] : attributes) {
        if (name == "service.name")
            job = value;
        else if (name == "service.namespace")
            space = value;
        else if (name == "service.instance.id")
            instance = value;
        else
            rest.emplace_back(std::move(name), std::move(value));
    }
    if (!job.empty() && !space.empty())
        job = space + '/' + job;
}

Labels OtlpResource::info() const
{
    if (rest.empty() || (job.empty() && instance.empty()))
        return {};
    OtlpAttributes kept = rest;
    std::erase_if(kept, [](const auto &pair) {
        return !simdjson::validate_utf8(pair.second) || pair.second.find('\0') != std::string::npos;
    });
    for (auto &pair : kept)
        pair.second = startOf(pair.second, maxLabelValueBytes / 2);
    std::sort(kept.begin(), kept.end());
    kept.resize(std::min(kept.size(), maxLabels - 2));
    std::erase_if(kept, [](const auto &pair) { return pair.first.size() > maxLabelNameBytes - 8; });
    Labels out;
    addOtlpAttributes(std::move(kept), {}, out);
    std::vector<Labels::Pair> pairs;
    for (const auto &[name, value] : out)
        pairs.emplace_back(name, startOf(value, maxLabelValueBytes));
    return Labels(std::move(pairs));
}

std::string otlpNumber(double number)
{
    if (!std::isfinite(number))
        return std::isnan(number) ? "NaN" : number > 0 ? "+Inf" : "-Inf";
    char text[400];
    const auto end = std::to_chars(text, text + sizeof text, number, std::chars_format::fixed);
    return {text, end.ptr};
}

} // namespace plimsoll::ingest
