#pragma once

#include "alerts/prometheus/RuleFile.h"

#include <yaml-cpp/yaml.h>

#include <optional>

namespace plimsoll::alerts::prometheus {

/// The notes and errors of one reading.
class YamlComplaints
{
public:
    explicit YamlComplaints(RuleFile &file)
        : m_file(file)
    {
    }

    void error(const YAML::Node &node, const std::string &message)
    {
        note(m_file.errors, node.Mark(), message);
    }
    void error(const YAML::Mark &mark, const std::string &message) { note(m_file.errors, mark, message); }
    void note(const YAML::Node &node, const std::string &message)
    {
        note(m_file.notes, node.Mark(), message);
    }
    bool full() const { return m_file.errors.size() >= RuleFile::maxErrors; }

private:
    static void note(std::vector<RuleFileNote> &list, const YAML::Mark &mark, const std::string &message)
    {
        if (list.size() < RuleFile::maxErrors)
            list.push_back({mark.line + 1, mark.column + 1, message});
    }

    RuleFile &m_file;
};

/// The fields of one mapping, merge keys (<<) among them; the mapping's own win. What is wrong goes to the
/// complaints with `where` before it, and reading goes on.
class YamlMapping
{
public:
    /// `where` is how messages begin: `group "g", rule 1`.
    YamlMapping(const YAML::Node &node, std::string where, YamlComplaints &complaints);

    void setWhere(std::string where) { m_where = std::move(where); }
    const std::string &where() const { return m_where; }
    const YAML::Node &node() const { return m_node; }

    /// The value of a field; null where it is not there or says nothing.
    std::optional<YAML::Node> take(const std::string &name);
    std::string text(const std::string &name);
    /// A duration as it was written, where it is one.
    std::string duration(const std::string &name);
    std::optional<int64_t> count(const std::string &name);
    QJsonObject texts(const std::string &name);
    std::vector<YAML::Node> items(const std::string &name);
    /// Complains about fields that nobody took.
    void finish();
    void error(const YAML::Node &node, const std::string &problem) const;
    void error(const std::string &field, const std::string &problem) const;
    void note(const std::string &field, const std::string &problem) const;
    std::vector<std::string> names() const;

private:
    struct Field
    {
        std::string name;
        YAML::Node key;
        YAML::Node value;
        bool taken = false;
    };

    void readFields(const YAML::Node &mapping, bool merged, int depth);
    void merge(const YAML::Node &value, int depth);
    const Field *find(const std::string &name) const;
    std::optional<std::string> scalar(const std::string &name, const YAML::Node &value) const;

    YAML::Node m_node;
    std::string m_where;
    YamlComplaints &m_complaints;
    std::vector<Field> m_fields;
};

} // namespace plimsoll::alerts::prometheus
