#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

namespace plimsoll::ingest {

/// What is wrong in a YAML text, and in which line (from 1; 0 where nobody knows). It is thrown while one
/// text is read, beside what yaml-cpp throws, and caught by whoever began the reading.
class YamlFault final : public std::runtime_error
{
public:
    YamlFault(const YAML::Node &node, const std::string &message);
    int line() const { return m_line; }

private:
    int m_line;
};

/// The fields of one YAML mapping, taken one by one. Each throws YamlFault where the value is not what it
/// should be; finish() where there are fields that nobody took.
class YamlFields
{
public:
    /// `what` is how messages call it: "a job of scrape_configs".
    YamlFields(YAML::Node mapping, std::string what);

    bool has(const char *name) const;
    /// The value of a field, null where it is not there.
    YAML::Node take(const char *name);

    std::string text(const char *name, const std::string &fallback = {});
    std::string neededText(const char *name);
    bool flag(const char *name, bool fallback);
    uint64_t count(const char *name);
    /// "15s", "1m30s".
    int64_t durationMs(const char *name, int64_t fallbackMs);
    /// "64MB", "16MiB", "1000": all with steps of 1024, as Prometheus has it.
    int64_t bytes(const char *name, int64_t fallback);
    std::vector<std::string> texts(const char *name);
    /// The items of a list, each any node.
    std::vector<YAML::Node> items(const char *name);

    void finish() const;
    const YAML::Node &node() const { return m_mapping; }

private:
    std::string scalar(const char *name, const YAML::Node &value) const;

    const YAML::Node m_mapping;
    const std::string m_what;
    std::set<std::string> m_taken;
};

/// A size such as "16MiB"; nothing where it is not one.
std::optional<int64_t> parseSize(const std::string &text);

} // namespace plimsoll::ingest
