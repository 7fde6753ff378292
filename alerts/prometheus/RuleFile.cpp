#include "alerts/prometheus/RuleFile.h"

#include "alerts/Rule.h"
#include "alerts/Template.h"
#include "alerts/prometheus/YamlReading.h"

#include <QJsonArray>

#include <array>
#include <set>

namespace plimsoll::alerts::prometheus {

namespace {

/// Fields of systems that read the same files, and what becomes of them here.
constexpr std::array<std::pair<const char *, const char *>, 6> foreignGroupFields{{
    {"partial_response_strategy", "is Thanos' and means nothing here"},
    {"source_tenants", "is Mimir's and means nothing here"},
    {"align_evaluation_time_on_interval", "is Mimir's; groups are always aligned here"},
    {"evaluation_delay", "is Mimir's old name of query_offset and is not read; use query_offset"},
    {"params", "is VictoriaMetrics' and means nothing here"},
    {"concurrency", "is VictoriaMetrics'; the rules of a group run one after the other here"},
}};

constexpr std::array<const char *, 5> criticalNames{"critical", "page", "emergency", "fatal", "disaster"};

QString toText(std::string_view text) { return QString::fromUtf8(text.data(), qsizetype(text.size())); }

/// "could not parse expression: 1:5: parse error: …" of "`expr` 1:5: parse error: …".
std::string withoutField(const std::string &message)
{
    return message.starts_with("`expr` 1:") || message.starts_with("`expr` 2:")
               ? "could not parse expression: " + message.substr(7)
               : message;
}

class Reading
{
public:
    explicit Reading(const std::string &file)
        : m_fileName(file)
        , m_complaints(m_file)
    {
    }

    RuleFile run(const std::string &yaml)
    {
        try {
            const std::vector<YAML::Node> documents = YAML::LoadAll(yaml);
            for (const YAML::Node &document : documents)
                readDocument(document);
        } catch (const YAML::Exception &failure) {
            m_complaints.error(failure.mark, "not valid YAML: " + failure.msg);
        } catch (const std::exception &failure) {
            m_file.errors.push_back({0, 0, std::string("not readable: ") + failure.what()});
        }
        return std::move(m_file);
    }

private:
    void readDocument(const YAML::Node &node)
    {
        if (!node.IsDefined() || node.IsNull())
            return;
        YamlMapping document(node, "", m_complaints);
        if (const auto spec = document.take("spec")) {
            // A PrometheusRule of Kubernetes: what else it says is not about rules.
            for (const char *name : {"apiVersion", "kind", "metadata", "status"})
                document.take(name);
            document.finish();
            return readGroups(*spec);
        }
        if (document.take("namespace"))
            document.note("namespace", "field namespace is Mimir's and means nothing here");
        readGroups(document);
    }

    void readGroups(const YAML::Node &node)
    {
        YamlMapping spec(node, "spec", m_complaints);
        readGroups(spec);
    }

    void readGroups(YamlMapping &document)
    {
        const std::vector<YAML::Node> groups = document.items("groups");
        document.finish();
        for (size_t i = 0; i < groups.size() && !m_complaints.full(); i++)
            readGroup(groups[i], i);
    }

    void readGroup(const YAML::Node &node, size_t index)
    {
        YamlMapping group(node, "group " + std::to_string(index + 1), m_complaints);
        const std::string name = group.text("name");
        if (name.empty())
            group.error("name", "Groupname must not be empty");
        else
            group.setWhere("group \"" + name + "\"");
        if (!name.empty() && !m_groupNames.insert(name).second)
            group.error("name", "groupname: \"" + name + "\" is repeated in the same file");
        QJsonObject shared{{"name", toText(name)}};
        if (!m_fileName.empty())
            shared.insert("file", toText(m_fileName));
        for (const char *field : {"interval", "query_offset"}) {
            const std::string duration = group.duration(field);
            if (!duration.empty())
                shared.insert(field, toText(duration));
        }
        if (const auto limit = group.count("limit"); limit && *limit > 0)
            shared.insert("limit", qint64(*limit));
        const QJsonObject labels = group.texts("labels");
        for (const auto &[field, meaning] : foreignGroupFields) {
            if (group.take(field))
                group.note(field, std::string("field ") + field + " " + meaning);
        }
        const std::vector<YAML::Node> rules = group.items("rules");
        group.finish();
        m_file.groups++;
        readRules(group, rules, shared, labels);
    }

    void readRules(const YamlMapping &group, const std::vector<YAML::Node> &rules, QJsonObject shared,
                   const QJsonObject &labels)
    {
        for (size_t i = 0; i < rules.size() && !m_complaints.full(); i++) {
            if (m_file.rules.size() >= RuleFile::maxRules)
                return m_complaints.error(rules[i], "there are more than " +
                                                        std::to_string(RuleFile::maxRules) + " rules");
            shared.insert("position", qint64(i));
            YamlMapping rule(rules[i], group.where() + ", rule " + std::to_string(i + 1), m_complaints);
            readRule(rule, shared, labels);
        }
    }

    void readRule(YamlMapping &rule, const QJsonObject &group, const QJsonObject &groupLabels)
    {
        const std::string record = rule.text("record");
        const std::string alert = rule.text("alert");
        const std::string &name = record.empty() ? alert : record;
        if (!name.empty())
            rule.setWhere(rule.where() + ", \"" + name + "\"");
        if (!record.empty() && !alert.empty())
            rule.error("alert", "only one of 'record' and 'alert' must be set");
        if (name.empty())
            rule.error(rule.node(), "one of 'record' or 'alert' must be set");
        QJsonObject definition{{"group", group}};
        const std::string expr = rule.text("expr");
        if (expr.empty())
            rule.error("expr", "field 'expr' must be set in rule");
        definition.insert("expr", toText(expr));
        definition.insert("labels", mergePatch(groupLabels, rule.texts("labels")));
        if (record.empty())
            readAlert(rule, alert, definition);
        else
            readRecord(rule, record, definition);
        for (const char *field : {"debug", "update_entries_limit"}) {
            if (rule.take(field))
                rule.note(field,
                          std::string("field ") + field + " is VictoriaMetrics' and means nothing here");
        }
        rule.finish();
        if (!name.empty() && !expr.empty())
            check(rule, definition);
        m_file.rules.push_back({definition, rule.node().Mark().line + 1});
    }

    static void readRecord(YamlMapping &rule, const std::string &record, QJsonObject &definition)
    {
        definition.insert("record", toText(record));
        for (const char *field : {"for", "keep_firing_for", "annotations"}) {
            if (const auto value = rule.take(field))
                rule.error(*value, std::string("invalid field '") + field + "' in recording rule");
        }
    }

    static void readAlert(YamlMapping &rule, const std::string &alert, QJsonObject &definition)
    {
        definition.insert("name", toText(alert));
        for (const char *field : {"for", "keep_firing_for"}) {
            const std::string duration = rule.duration(field);
            if (!duration.empty())
                definition.insert(field, toText(duration));
        }
        definition.insert("annotations", rule.texts("annotations"));
        const std::string severity =
            definition.value("labels").toObject().value("severity").toString().toLower().toStdString();
        const bool critical =
            std::find(criticalNames.begin(), criticalNames.end(), severity) != criticalNames.end();
        definition.insert("severity", critical ? "critical" : "warning");
        if (!severity.empty() && severity != "critical" && severity != "warning")
            rule.note("labels", "the label severity=\"" + severity +
                                    "\" stays as it is; the alarm counts as " +
                                    (critical ? "critical" : "warning"));
    }

    /// What the API would refuse, and templates that cannot be parsed.
    void check(const YamlMapping &rule, const QJsonObject &definition)
    {
        for (const char *field : {"labels", "annotations"}) {
            const QJsonObject texts = definition.value(field).toObject();
            for (auto it = texts.begin(); it != texts.end(); ++it) {
                const Result<Template> parsed = Template::parse(it->toString().toStdString());
                if (!parsed)
                    rule.error(field, std::string(field == std::string_view("labels") ? "label \""
                                                                                      : "annotation \"") +
                                          it.key().toStdString() + "\": " + parsed.error().message);
            }
        }
        if (const Result<Rule> read = Rule::fromJson(definition); !read) {
            const std::string &hint = read.error().hint;
            const std::string &message = read.error().message;
            const std::string field = message.starts_with('`')
                                          ? message.substr(1, message.find_first_of("`.[", 1) - 1)
                                          : std::string("expr");
            rule.error(field, withoutField(message) + (hint.empty() ? "" : " " + hint));
        }
    }

    std::string m_fileName;
    RuleFile m_file;
    YamlComplaints m_complaints;
    std::set<std::string> m_groupNames;
};

} // namespace

std::string RuleFileNote::toString() const
{
    return line > 0 ? std::to_string(line) + ":" + std::to_string(column) + ": " + message : message;
}

std::string RuleFile::errorText(const std::string &name) const
{
    std::string text;
    for (const RuleFileNote &error : errors)
        text.append(text.empty() ? "" : "\n")
            .append(name.empty() ? "" : name + ": ")
            .append(error.toString());
    return text;
}

RuleFile readRuleFile(std::string_view yaml, const std::string &file)
{
    RuleFile refused;
    if (yaml.size() > RuleFile::maxBytes) {
        refused.errors.push_back(
            {0, 0, "the file is larger than " + std::to_string(RuleFile::maxBytes) + " bytes"});
        return refused;
    }
    if (QUtf8StringView(yaml.data(), qsizetype(yaml.size())).isValidUtf8())
        return Reading(file).run(std::string(yaml));
    refused.errors.push_back({0, 0, "the file is not UTF-8"});
    return refused;
}

} // namespace plimsoll::alerts::prometheus
