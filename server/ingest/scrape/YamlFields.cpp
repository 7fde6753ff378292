#include "server/ingest/scrape/YamlFields.h"

#include "server/ingest/NameRules.h"
#include "storage/query/Duration.h"

#include <charconv>

namespace plimsoll::ingest {

YamlFault::YamlFault(const YAML::Node &node, const std::string &message)
    : std::runtime_error(message)
    , m_line(node.IsDefined() ? node.Mark().line + 1 : 0)
{
}

YamlFields::YamlFields(YAML::Node mapping, std::string what)
    : m_mapping(std::move(mapping))
    , m_what(std::move(what))
{
    if (!m_mapping.IsMap())
        throw YamlFault(m_mapping, m_what + " must be a mapping of fields.");
    std::set<std::string> names;
    for (const auto &field : m_mapping) {
        if (!names.insert(scalar("a field's name", field.first)).second)
            throw YamlFault(field.first, "The field " + field.first.Scalar() + " is there twice.");
    }
}

bool YamlFields::has(const char *name) const
{
    const YAML::Node value = m_mapping[name];
    return value.IsDefined() && !value.IsNull();
}

YAML::Node YamlFields::take(const char *name)
{
    m_taken.insert(name);
    const YAML::Node value = m_mapping[name];
    return value.IsDefined() ? value : YAML::Node();
}

std::string YamlFields::scalar(const char *name, const YAML::Node &value) const
{
    if (!value.IsScalar())
        throw YamlFault(value, std::string(name) + " must be a text.");
    return value.Scalar();
}

std::string YamlFields::text(const char *name, const std::string &fallback)
{
    const YAML::Node value = take(name);
    return value.IsNull() ? fallback : scalar(name, value);
}

std::string YamlFields::neededText(const char *name)
{
    std::string value = text(name);
    if (value.empty())
        throw YamlFault(m_mapping, m_what + " has no " + name + ".");
    return value;
}

bool YamlFields::flag(const char *name, bool fallback)
{
    const YAML::Node value = take(name);
    bool out = fallback;
    if (!value.IsNull() && !(value.IsScalar() && YAML::convert<bool>::decode(value, out)))
        throw YamlFault(value, std::string(name) + " must be true or false.");
    return out;
}

uint64_t YamlFields::count(const char *name)
{
    const YAML::Node value = take(name);
    if (value.IsNull())
        return 0;
    const std::string text = scalar(name, value);
    uint64_t out = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (failed != std::errc() || end != text.data() + text.size())
        throw YamlFault(value, std::string(name) + " must be a whole number, not " + quoted(text) + ".");
    return out;
}

int64_t YamlFields::durationMs(const char *name, int64_t fallbackMs)
{
    const YAML::Node value = take(name);
    if (value.IsNull())
        return fallbackMs;
    const std::string text = scalar(name, value);
    const auto out = promql::parseDuration(text);
    if (!out || *out <= 0)
        throw YamlFault(value,
                        std::string(name) + " must be a duration such as 15s, not " + quoted(text) + ".");
    return *out;
}

int64_t YamlFields::bytes(const char *name, int64_t fallback)
{
    const YAML::Node value = take(name);
    if (value.IsNull())
        return fallback;
    const std::string text = scalar(name, value);
    const auto out = parseSize(text);
    if (!out)
        throw YamlFault(value,
                        std::string(name) + " must be a size such as 16MiB, not " + quoted(text) + ".");
    return *out == 0 ? fallback : *out;
}

std::vector<std::string> YamlFields::texts(const char *name)
{
    std::vector<std::string> out;
    for (const YAML::Node &item : items(name))
        out.push_back(scalar(name, item));
    return out;
}

std::vector<YAML::Node> YamlFields::items(const char *name)
{
    const YAML::Node list = take(name);
    if (list.IsNull())
        return {};
    if (!list.IsSequence())
        throw YamlFault(list, std::string(name) + " must be a list.");
    return {list.begin(), list.end()};
}

void YamlFields::finish() const
{
    for (const auto &field : m_mapping) {
        if (!m_taken.contains(field.first.Scalar()))
            throw YamlFault(field.first, m_what + " has a field that is not known here: " +
                                             quoted(field.first.Scalar()) + ".");
    }
}

std::optional<int64_t> parseSize(const std::string &text)
{
    static constexpr std::string_view units = "KMGTP";
    int64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    std::string_view unit(end, size_t(text.data() + text.size() - end));
    if (failed != std::errc() || number < 0)
        return std::nullopt;
    int64_t factor = 1;
    if (!unit.empty() && units.find(unit.front()) != std::string_view::npos) {
        factor <<= 10 * (units.find(unit.front()) + 1);
        unit.remove_prefix(1);
        if (unit.starts_with('i'))
            unit.remove_prefix(1);
        if (unit != "B")
            return std::nullopt;
    } else if (!unit.empty() && unit != "B") {
        return std::nullopt;
    }
    int64_t out = 0;
    return __builtin_mul_overflow(number, factor, &out) ? std::nullopt : std::optional(out);
}

} // namespace plimsoll::ingest
