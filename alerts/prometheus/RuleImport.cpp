#include "alerts/prometheus/RuleImport.h"

#include "alerts/AlertService.h"
#include "alerts/prometheus/RuleExport.h"

#include <QCryptographicHash>
#include <QJsonArray>
#include <QJsonDocument>

#include <map>

namespace plimsoll::alerts::prometheus {

namespace {

using Answer = ResourceBook::Answer;

/// What makes a rule the same as one of an earlier reading. Further ones with the same key are told apart by
/// their order.
std::string keyOf(const QJsonObject &definition)
{
    const QJsonObject group = definition.value("group").toObject();
    const QJsonArray key{group.value("file"), group.value("name"), definition.value("record"),
                         definition.contains("record") ? QJsonValue() : definition.value("name"),
                         definition.value("labels").toObject()};
    return QJsonDocument(key).toJson(QJsonDocument::Compact).toStdString();
}

std::string provisionedId(const std::string &key, size_t occurrence)
{
    const QByteArray bytes = QByteArray::fromStdString(key + "#" + std::to_string(occurrence));
    return QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex().first(24).toStdString();
}

/// The form in which two definitions compare: without what is not part of the file.
QJsonObject comparable(const Rule &rule)
{
    QJsonObject object = rule.toJson();
    for (const char *name : {"id", "version", "created_ms", "updated_ms"})
        object.remove(name);
    return object;
}

QJsonArray notesToJson(const std::vector<RuleFileNote> &notes)
{
    QJsonArray array;
    for (const RuleFileNote &note : notes)
        array.append(QJsonObject{
            {"line", note.line}, {"column", note.column}, {"message", QString::fromStdString(note.message)}});
    return array;
}

/// Rules that are there, by their key; each is given out once.
class Present
{
public:
    Present(const AlertService &service, bool provisioned)
    {
        for (const Rule &rule : service.rules()) {
            if (rule.provisioned == provisioned)
                m_rules[keyOf(rule.toJson())].push_back(rule);
        }
    }

    std::optional<Rule> take(const std::string &key)
    {
        const auto found = m_rules.find(key);
        if (found == m_rules.end() || found->second.empty())
            return {};
        Rule rule = found->second.front();
        found->second.erase(found->second.begin());
        return rule;
    }

    /// Those that nobody took.
    std::vector<Rule> rest() const
    {
        std::vector<Rule> rules;
        for (const auto &[key, left] : m_rules)
            rules.insert(rules.end(), left.begin(), left.end());
        return rules;
    }

private:
    std::map<std::string, std::vector<Rule>> m_rules;
};

/// Moves the channels that the annotation names into the definition.
void takeChannels(const AlertService &service, QJsonObject &definition, int line,
                  std::vector<RuleFileNote> &notes)
{
    QJsonObject annotations = definition.value("annotations").toObject();
    if (!annotations.contains(channelsAnnotation))
        return;
    QJsonArray ids;
    const QStringList names = annotations.take(channelsAnnotation).toString().split(',', Qt::SkipEmptyParts);
    for (const QString &name : names) {
        if (const auto id = service.channels().idOf(name.trimmed().toStdString()))
            ids.append(QString::fromStdString(*id));
        else
            notes.push_back(
                {line, 1,
                 "the channel \"" + name.trimmed().toStdString() + "\" does not exist here; it is not told"});
    }
    definition.insert("annotations", annotations);
    definition.insert("channels", ids);
}

Result<QJsonArray> channelsOf(const AlertService &service, const QJsonValue &given)
{
    QJsonArray names = given.toArray();
    if (given.isString()) {
        const QStringList parts = given.toString().split(',', Qt::SkipEmptyParts);
        for (const QString &part : parts)
            names.append(part.trimmed());
    }
    QJsonArray ids;
    for (const QJsonValue name : names) {
        const auto id = service.channels().idOf(name.toString().toStdString());
        if (!id)
            return Error{ErrorCode::Unprocessable,
                         "`channels` names \"" + name.toString().toStdString() + "\", which does not exist.",
                         {}};
        ids.append(QString::fromStdString(*id));
    }
    return ids;
}

/// What an import changes, found before anything is.
struct Plan
{
    std::vector<Rule> changed; ///< new ones without an id
    QJsonArray listed;
    int created = 0;
    int updated = 0;
    int unchanged = 0;
};

void list(Plan &plan, const Rule &rule, int line)
{
    plan.listed.append(QJsonObject{{"id", QString::fromStdString(rule.id)},
                                   {"name", QString::fromStdString(rule.name)},
                                   {"group", QString::fromStdString(rule.group.name)},
                                   {"line", line}});
}

Result<Plan> planImport(const AlertService &service, RuleFile &file, const QJsonArray &channels)
{
    Plan plan;
    Present present(service, false);
    for (RuleFileEntry &entry : file.rules) {
        takeChannels(service, entry.definition, entry.line, file.notes);
        if (!channels.isEmpty() && !entry.definition.contains("record"))
            entry.definition.insert("channels", channels);
        Result<Rule> rule = Rule::fromJson(entry.definition);
        if (!rule)
            return rule.error();
        const std::optional<Rule> before = present.take(keyOf(rule->toJson()));
        if (before) {
            rule->id = before->id;
            rule->enabled = before->enabled;
            if (!entry.definition.contains("channels"))
                rule->channels = before->channels;
        } else {
            rule->id = service.makeRuleId();
        }
        list(plan, *rule, entry.line);
        if (before && comparable(*before) == comparable(*rule)) {
            plan.unchanged++;
            continue;
        }
        (before ? plan.updated : plan.created)++;
        plan.changed.push_back(*std::move(rule));
    }
    return plan;
}

} // namespace

QCoro::Task<Answer> importRules(AlertService &service, QJsonObject asked)
{
    const QString yaml =
        asked.contains("yaml") ? asked.value("yaml").toString() : asked.value("text").toString();
    const bool dryRun =
        asked.value("dry_run").toBool() || asked.value("dry_run").toString() == QStringLiteral("true");
    if (yaml.trimmed().isEmpty())
        co_return Error{ErrorCode::Invalid, "There is no rule file in the body.",
                        "Send the YAML as text/yaml, or as JSON {\"yaml\": \"…\"}."};
    RuleFile file = readRuleFile(yaml.toStdString());
    if (!file.ok())
        co_return Error{ErrorCode::Invalid, "The rule file has errors: " + file.errorText(""),
                        "Nothing was changed. The numbers are line:column."};
    const Result<QJsonArray> channels = channelsOf(service, asked.value("channels"));
    if (!channels)
        co_return channels.error();
    Result<Plan> plan = planImport(service, file, *channels);
    if (!plan)
        co_return plan.error();
    const QJsonObject answer{{"created", plan->created},     {"updated", plan->updated},
                             {"unchanged", plan->unchanged}, {"dry_run", dryRun},
                             {"rules", plan->listed},        {"notes", notesToJson(file.notes)}};
    if (dryRun)
        co_return answer;
    auto storing = service.storeRules(std::move(plan->changed), {});
    const Status stored = co_await storing;
    if (!stored)
        co_return stored.error();
    co_return answer;
}

Answer exportRules(const AlertService &service)
{
    std::vector<QJsonObject> definitions;
    for (const Rule &rule : service.rules()) {
        QJsonObject definition = rule.toJson();
        const QJsonArray channels = definition.take("channels").toArray();
        QStringList ids;
        for (const QJsonValue id : channels)
            ids.append(id.toString());
        QJsonObject annotations = definition.value("annotations").toObject();
        if (!ids.isEmpty())
            annotations.insert(channelsAnnotation, ids.join(','));
        if (!definition.contains("record"))
            definition.insert("annotations", annotations);
        definitions.push_back(definition);
    }
    return QJsonObject{{"text", QString::fromStdString(writeRuleFile(definitions))}};
}

ProvisionPlan planProvisioned(const AlertService &service, std::vector<ProvisionedFile> &files)
{
    ProvisionPlan plan;
    std::set<std::string> faulty;
    std::map<std::string, size_t> occurrences;
    Present present(service, true);
    for (ProvisionedFile &file : files) {
        if (!file.content.ok()) {
            faulty.insert(file.name);
            continue;
        }
        for (RuleFileEntry &entry : file.content.rules) {
            takeChannels(service, entry.definition, entry.line, file.content.notes);
            Result<Rule> rule = Rule::fromJson(entry.definition);
            if (!rule)
                continue;
            const std::string key = keyOf(rule->toJson());
            rule->provisioned = true;
            rule->id = provisionedId(key, occurrences[key]++);
            const std::optional<Rule> before = present.take(key);
            if (!before || before->id != rule->id || comparable(*before) != comparable(*rule))
                plan.changed.push_back(*std::move(rule));
        }
    }
    for (const Rule &rule : present.rest()) {
        const auto same = [&](const Rule &other) { return other.id == rule.id; };
        if (!faulty.contains(rule.group.file) && std::none_of(plan.changed.begin(), plan.changed.end(), same))
            plan.gone.push_back(rule.id);
    }
    return plan;
}

} // namespace plimsoll::alerts::prometheus
