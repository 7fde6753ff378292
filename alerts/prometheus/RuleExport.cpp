#include "alerts/prometheus/RuleExport.h"

#include "alerts/Rule.h"
#include "alerts/Variables.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <map>
#include <set>

namespace plimsoll::alerts::prometheus {

namespace {

constexpr const char *ungrouped = "plimsoll";

std::string textOf(const QJsonValue &value) { return value.toString().toStdString(); }

/// In double quotes. JSON's escapes are YAML's too.
std::string quoted(const std::string &text)
{
    const QByteArray json =
        QJsonDocument(QJsonArray{QString::fromStdString(text)}).toJson(QJsonDocument::Compact);
    return json.mid(1, json.size() - 2).toStdString();
}

/// Comments and switched-off rules begin every line with "# ".
class Lines
{
public:
    void add(int indent, const std::string &line)
    {
        m_text.append(m_comment ? "# " : "").append(size_t(indent), ' ').append(line).append("\n");
    }
    void comment(int indent, const std::string &line)
    {
        m_text.append(size_t(indent), ' ').append("# ").append(line).append("\n");
    }
    void setComment(bool comment) { m_comment = comment; }
    std::string take() { return std::move(m_text); }

private:
    std::string m_text;
    bool m_comment = false;
};

void addTexts(Lines &lines, const char *name, const QJsonObject &texts)
{
    if (texts.isEmpty())
        return;
    lines.add(4, std::string(name) + ":");
    for (auto it = texts.begin(); it != texts.end(); ++it)
        lines.add(6, it.key().toStdString() + ": " + quoted(textOf(*it)));
}

std::string numberText(double number)
{
    return QByteArray::number(number, 'g', QLocale::FloatingPointShortest).toStdString();
}

/// The expression with its variables filled in and, where the level has a line of its own, compared with it.
std::string expressionOf(const QJsonObject &rule, const QJsonObject &level)
{
    Fields::Texts variables;
    const QJsonObject given = rule.value("variables").toObject();
    for (auto it = given.begin(); it != given.end(); ++it)
        variables.emplace(it.key().toStdString(), textOf(*it));
    const std::string expr = withVariables(textOf(rule.value("expr")), variables);
    if (!level.contains("op"))
        return expr;
    return "(" + expr + ") " + textOf(level.value("op")) + " " +
           numberText(level.value("threshold").toDouble());
}

void addDuration(Lines &lines, const char *name, const QJsonValue &value)
{
    const std::string text = textOf(value);
    if (!text.empty() && text != "0s")
        lines.add(4, std::string(name) + ": " + text);
}

void addRecord(Lines &lines, const QJsonObject &rule)
{
    lines.add(2, "- record: " + quoted(textOf(rule.value("record"))));
    lines.add(4, "expr: " + quoted(expressionOf(rule, {})));
    addTexts(lines, "labels", rule.value("labels").toObject());
}

void addAlert(Lines &lines, const QJsonObject &rule, const QJsonObject &level)
{
    lines.add(2, "- alert: " + quoted(textOf(rule.value("name"))));
    lines.add(4, "expr: " + quoted(expressionOf(rule, level)));
    addDuration(lines, "for", level.value("for"));
    addDuration(lines, "keep_firing_for", rule.value("keep_firing_for"));
    QJsonObject labels = rule.value("labels").toObject();
    if (!labels.contains("severity") || rule.value("levels").toArray().size() > 1)
        labels.insert("severity", level.value("severity"));
    addTexts(lines, "labels", labels);
    addTexts(lines, "annotations", rule.value("annotations").toObject());
}

/// What the format has no words for.
std::string unsaid(const QJsonObject &rule)
{
    QJsonObject left;
    for (const char *name : {"channels", "depends_on", "no_data"}) {
        const QJsonValue value = rule.value(name);
        const bool empty = value.isUndefined() || (value.isArray() && value.toArray().isEmpty());
        if (!empty)
            left.insert(name, value);
    }
    QJsonObject usual;
    NoticeRhythm().write(usual);
    for (auto it = usual.begin(); it != usual.end(); ++it) {
        if (rule.contains(it.key()) && rule.value(it.key()) != *it)
            left.insert(it.key(), rule.value(it.key()));
    }
    return left.isEmpty() ? std::string() : QJsonDocument(left).toJson(QJsonDocument::Compact).toStdString();
}

void addRule(Lines &lines, const QJsonObject &rule)
{
    const bool off = !rule.value("enabled").toBool(true);
    if (const std::string left = unsaid(rule); !left.empty())
        lines.comment(2, "Not in this format: " + left);
    if (off)
        lines.comment(2, "Switched off:");
    lines.setComment(off);
    const QJsonArray levels = rule.value("levels").toArray();
    if (rule.contains("record"))
        addRecord(lines, rule);
    else if (levels.isEmpty())
        addAlert(lines, rule, rule);
    for (const QJsonValue level : levels)
        addAlert(lines, rule, level.toObject());
    lines.setComment(false);
}

struct Group
{
    std::string name;
    QJsonObject settings;
    std::vector<QJsonObject> rules;
};

/// Groups in the order in which they are met. Groups of different files may have one name; in one file they
/// may not.
std::vector<Group> groupsOf(const std::vector<QJsonObject> &rules)
{
    std::vector<Group> groups;
    std::map<std::pair<std::string, std::string>, size_t> places;
    std::set<std::string> names;
    for (const QJsonObject &rule : rules) {
        const QJsonObject settings = rule.value("group").toObject();
        const std::pair key(textOf(settings.value("file")), textOf(settings.value("name")));
        const auto [place, isNew] = places.emplace(key, groups.size());
        if (isNew) {
            std::string name = key.second.empty() ? ungrouped : key.second;
            const std::string base = name;
            for (int i = 2; !names.insert(name).second; i++)
                name = base + " (" + (key.first.empty() ? std::to_string(i) : key.first) +
                       (i > 2 && !key.first.empty() ? " " + std::to_string(i) : "") + ")";
            groups.push_back({name, settings, {}});
        }
        groups[place->second].rules.push_back(rule);
    }
    const auto position = [](const QJsonObject &rule) {
        return rule.value("group").toObject().value("position").toInteger();
    };
    for (Group &group : groups)
        std::stable_sort(
            group.rules.begin(), group.rules.end(),
            [&](const QJsonObject &a, const QJsonObject &b) { return position(a) < position(b); });
    return groups;
}

} // namespace

std::string writeRuleFile(const std::vector<QJsonObject> &rules)
{
    Lines lines;
    const std::vector<Group> groups = groupsOf(rules);
    lines.add(0, groups.empty() ? "groups: []" : "groups:");
    for (const Group &group : groups) {
        lines.add(0, "- name: " + quoted(group.name));
        for (const char *field : {"interval", "query_offset"}) {
            const std::string text = textOf(group.settings.value(field));
            if (!text.empty())
                lines.add(2, std::string(field) + ": " + text);
        }
        if (const qint64 limit = group.settings.value("limit").toInteger(); limit > 0)
            lines.add(2, "limit: " + std::to_string(limit));
        lines.add(2, "rules:");
        for (const QJsonObject &rule : group.rules)
            addRule(lines, rule);
    }
    return lines.take();
}

} // namespace plimsoll::alerts::prometheus
