#include "alerts/prometheus/YamlReading.h"

#include "alerts/Duration.h"

#include <charconv>

namespace plimsoll::alerts::prometheus {

namespace {
constexpr int maxMerges = 16; ///< within each other
constexpr size_t maxFields = 500;
} // namespace

YamlMapping::YamlMapping(const YAML::Node &node, std::string where, YamlComplaints &complaints)
    : m_node(node)
    , m_where(std::move(where))
    , m_complaints(complaints)
{
    if (node.IsMap())
        readFields(node, false, 0);
    else if (!node.IsNull())
        error(node, "must be a mapping of fields");
}

void YamlMapping::readFields(const YAML::Node &mapping, bool merged, int depth)
{
    std::vector<YAML::Node> merges;
    for (const auto &entry : mapping) {
        const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
        if (name == "<<" && entry.first.Tag() != "!") {
            merges.push_back(entry.second);
            continue;
        }
        if (name.empty() && !entry.first.IsScalar()) {
            error(entry.first, "has a field whose name is not a text");
            continue;
        }
        const auto same = std::find_if(m_fields.begin(), m_fields.end(),
                                       [&](const Field &field) { return field.name == name; });
        if (same == m_fields.end() && m_fields.size() < maxFields)
            m_fields.push_back({name, entry.first, entry.second});
        else if (same == m_fields.end())
            return error(entry.first, "has more than " + std::to_string(maxFields) + " fields");
        else if (!merged)
            error(entry.first,
                  "field " + name + " is already set in line " + std::to_string(same->key.Mark().line + 1));
    }
    for (const YAML::Node &value : merges)
        merge(value, depth);
}

void YamlMapping::merge(const YAML::Node &value, int depth)
{
    if (depth > maxMerges)
        return error(value, "merges too deeply");
    if (value.IsSequence()) {
        for (const auto &item : value)
            merge(item, depth + 1);
    } else if (value.IsMap()) {
        readFields(value, true, depth + 1);
    } else {
        error(value, "can merge only mappings");
    }
}

const YamlMapping::Field *YamlMapping::find(const std::string &name) const
{
    const auto found = std::find_if(m_fields.begin(), m_fields.end(),
                                    [&](const Field &field) { return field.name == name; });
    return found == m_fields.end() ? nullptr : &*found;
}

std::optional<YAML::Node> YamlMapping::take(const std::string &name)
{
    for (Field &field : m_fields) {
        if (field.name != name)
            continue;
        field.taken = true;
        return field.value.IsNull() ? std::nullopt : std::optional(field.value);
    }
    return {};
}

std::optional<std::string> YamlMapping::scalar(const std::string &name, const YAML::Node &value) const
{
    if (!value.IsScalar()) {
        error(value, "field " + name + " must be a text");
        return {};
    }
    const std::string &text = value.Scalar();
    if (text.find('\0') != std::string::npos) {
        error(value, "field " + name + " holds a null character");
        return {};
    }
    return text;
}

std::string YamlMapping::text(const std::string &name)
{
    const std::optional<YAML::Node> value = take(name);
    return value ? scalar(name, *value).value_or("") : std::string();
}

std::string YamlMapping::duration(const std::string &name)
{
    const std::optional<YAML::Node> value = take(name);
    const std::string text = value ? scalar(name, *value).value_or("") : std::string();
    if (text.empty() || parseDurationMs(text))
        return text;
    error(*value, "field " + name + ": not a valid duration string: \"" + text +
                      "\" (write it like 30s, 5m or 1h30m)");
    return {};
}

std::optional<int64_t> YamlMapping::count(const std::string &name)
{
    const std::optional<YAML::Node> value = take(name);
    const std::string text = value ? scalar(name, *value).value_or("") : std::string();
    if (text.empty())
        return {};
    int64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure == std::errc() && end == text.data() + text.size() && number >= 0)
        return number;
    error(*value, "field " + name + " must be a whole number that is not below 0");
    return {};
}

QJsonObject YamlMapping::texts(const std::string &name)
{
    QJsonObject texts;
    const std::optional<YAML::Node> value = take(name);
    if (!value)
        return texts;
    YamlMapping inner(*value, m_where + ", field " + name, m_complaints);
    for (const Field &field : inner.m_fields) {
        const std::string text =
            field.value.IsNull() ? std::string() : inner.scalar(field.name, field.value).value_or("");
        texts.insert(QString::fromStdString(field.name), QString::fromStdString(text));
    }
    return texts;
}

std::vector<YAML::Node> YamlMapping::items(const std::string &name)
{
    const std::optional<YAML::Node> value = take(name);
    if (!value)
        return {};
    if (!value->IsSequence()) {
        error(*value, "field " + name + " must be a list");
        return {};
    }
    return {value->begin(), value->end()};
}

void YamlMapping::finish()
{
    for (const Field &field : m_fields) {
        if (!field.taken)
            error(field.key, "field " + field.name + " is not known here");
    }
}

std::vector<std::string> YamlMapping::names() const
{
    std::vector<std::string> names;
    for (const Field &field : m_fields)
        names.push_back(field.name);
    return names;
}

void YamlMapping::error(const YAML::Node &node, const std::string &problem) const
{
    m_complaints.error(node, m_where + (m_where.empty() ? "" : ": ") + problem);
}

void YamlMapping::error(const std::string &field, const std::string &problem) const
{
    const Field *found = find(field);
    error(found ? found->value : m_node, problem);
}

void YamlMapping::note(const std::string &field, const std::string &problem) const
{
    const Field *found = find(field);
    m_complaints.note(found ? found->key : m_node, m_where + (m_where.empty() ? "" : ": ") + problem);
}

} // namespace plimsoll::alerts::prometheus
