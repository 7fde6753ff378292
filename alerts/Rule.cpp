#include "alerts/Rule.h"

#include "alerts/Duration.h"
#include "alerts/Variables.h"

#include <QJsonArray>

#include <algorithm>
#include <cmath>

namespace plimsoll::alerts {

namespace {

constexpr std::array<std::pair<NoDataPolicy, const char *>, 3> noDataNames{
    {{NoDataPolicy::Ok, "ok"}, {NoDataPolicy::Alert, "alert"}, {NoDataPolicy::Keep, "keep"}}};

void readLevelFields(Fields &fields, Level &level)
{
    if (fields.has("severity")) {
        const auto severity = severityFromName(fields.text("severity", 32));
        if (!severity)
            fields.fail("severity", "must be \"warning\" or \"critical\".");
        level.severity = severity.value_or(level.severity);
    }
    if (fields.has("op")) {
        level.comparison = comparisonFromSign(fields.text("op", 8));
        if (!level.comparison)
            fields.fail("op", "must be one of > >= < <= == !=.");
    }
    level.threshold = fields.number("threshold", 0);
    if (fields.has("op") != fields.has("threshold"))
        fields.fail(fields.has("op") ? "threshold" : "op", "is missing.",
                    "Give op and threshold together, or leave both out when expr holds the comparison.");
    level.forMs = fields.durationMs("for", 0, Rule::maxForMs);
}

constexpr std::array<std::string_view, 4> levelFields{"severity", "op", "threshold", "for"};
constexpr int severityCount = 2;

/// Levels keep the order of their severities, the most severe first.
void addLevel(Fields &fields, const Level &level, std::vector<Level> &levels)
{
    const auto same = [&](const Level &other) { return other.severity == level.severity; };
    if (std::any_of(levels.begin(), levels.end(), same))
        fields.fail("levels",
                    "holds two levels of the severity \"" + std::string(severityName(level.severity)) + "\".",
                    "Give each severity once.");
    if (!levels.empty() && levels.front().comparison.has_value() != level.comparison.has_value())
        fields.fail(
            "levels", "holds a threshold in one level and none in another.",
            "Give op and threshold in each, or leave them out of all when expr holds the comparison.");
    levels.push_back(level);
    std::stable_sort(levels.begin(), levels.end(),
                     [](const Level &a, const Level &b) { return a.severity > b.severity; });
}

Status readLevels(Fields &fields, std::vector<Level> &levels)
{
    if (!fields.has("levels")) {
        readLevelFields(fields, levels.emplace_back());
        return {};
    }
    for (const std::string_view name : levelFields) {
        if (fields.has(name))
            fields.fail(name, "stands beside `levels`.",
                        "Give it once: at the top, or in the entry of `levels`.");
    }
    const QJsonArray entries = fields.array("levels", severityCount);
    for (qsizetype i = 0; i < entries.size(); i++) {
        if (!entries[i].isObject())
            fields.fail("levels", "must be a list of levels.");
        Fields inner(entries[i].toObject(), "a level", "levels[" + std::to_string(i) + "].");
        inner.refuseUnknown(levelFields);
        Level level;
        readLevelFields(inner, level);
        if (Status status = inner.status(); !status)
            return status;
        addLevel(fields, level, levels);
    }
    if (levels.empty())
        fields.fail("levels", "must hold at least one level.");
    return {};
}

NoDataPolicy readNoData(Fields &fields)
{
    const std::string text = fields.has("no_data") ? fields.text("no_data", 32) : std::string("ok");
    for (const auto &[policy, name] : noDataNames) {
        if (text == name)
            return policy;
    }
    fields.fail("no_data", "must be \"ok\", \"alert\" or \"keep\".");
    return NoDataPolicy::Ok;
}

uint32_t readCount(Fields &fields, std::string_view name)
{
    const double count = fields.number(name, 0);
    if (count >= 0 && count <= 1e9 && count == std::floor(count))
        return uint32_t(count);
    fields.fail(name, "must be a whole number that is not below 0.");
    return 0;
}

Status readGroup(Fields &fields, RuleGroup &group)
{
    if (!fields.has("group"))
        return {};
    Fields inner(fields.object("group"), "a group", "group.");
    inner.refuseUnknown({"name", "file", "interval", "query_offset", "limit", "position"});
    group.name = inner.requiredText("name", 500);
    if (inner.has("file"))
        group.file = inner.text("file", 4096);
    group.intervalMs = inner.durationMs("interval", 0, 86'400'000);
    if (group.intervalMs > 0 && group.intervalMs < 1000)
        inner.fail("interval", "is shorter than 1s.");
    group.queryOffsetMs = inner.durationMs("query_offset", 0, 86'400'000);
    group.limit = readCount(inner, "limit");
    group.position = readCount(inner, "position");
    return inner.status();
}

bool isLabelName(std::string_view name)
{
    if (name.empty() || name == nameLabel || (name.front() >= '0' && name.front() <= '9'))
        return false;
    return name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
           std::string_view::npos;
}

Fields::Texts readNamedTexts(Fields &fields, std::string_view name, size_t maxLength)
{
    Fields::Texts texts = fields.texts(name, 64, maxLength);
    for (const auto &[key, text] : texts) {
        if (!isLabelName(key))
            fields.fail(std::string(name) + "." + key, "is not a label name.",
                        "Use letters, digits and _, not a digit first.");
    }
    return texts;
}

std::vector<std::string> readIds(Fields &fields, std::string_view name, const std::string &problem)
{
    std::vector<std::string> ids;
    for (const QJsonValue entry : fields.array(name, 16)) {
        const std::string id = entry.toString().toStdString();
        if (id.empty())
            fields.fail(name, problem);
        else if (std::find(ids.begin(), ids.end(), id) == ids.end())
            ids.push_back(id);
    }
    return ids;
}

bool isMetricName(std::string_view name)
{
    const auto allowed = [](char c) {
        return isalnum(static_cast<unsigned char>(c)) || c == '_' || c == ':';
    };
    return !name.empty() && !isdigit(static_cast<unsigned char>(name.front())) &&
           std::all_of(name.begin(), name.end(), allowed);
}

/// What stands beside `record` and only means something for an alert.
void readRecord(Fields &fields, Rule &rule)
{
    rule.record = fields.text("record", 500);
    if (!isMetricName(rule.record))
        fields.fail("record", "is not a metric name.", "Use letters, digits, _ and :, not a digit first.");
    for (const std::string_view name : {"levels", "severity", "op", "threshold", "for", "keep_firing_for",
                                        "no_data", "channels", "depends_on", "annotations"}) {
        if (fields.has(name))
            fields.fail(name, "is for alerts, and this rule records.",
                        "Leave it out, or leave out `record`.");
    }
    rule.name = fields.has("name") ? fields.requiredText("name", 500) : rule.record;
    rule.levels.emplace_back();
}

Status readAlert(Fields &fields, Rule &rule)
{
    rule.name = fields.requiredText("name", 500);
    const Status levels = readLevels(fields, rule.levels);
    rule.keepFiringForMs = fields.durationMs("keep_firing_for", 0, Rule::maxForMs);
    rule.noData = readNoData(fields);
    rule.annotations = readNamedTexts(fields, "annotations", 8192);
    rule.channels = readIds(fields, "channels", "must be a list of channel ids.");
    rule.dependsOn = readIds(fields, "depends_on", "must be a list of ids of rules and checks.");
    rule.rhythm = NoticeRhythm::read(fields);
    return levels;
}

Status checkType(const Rule &rule, const Query &query)
{
    const auto type = query.type();
    if (type == QueryResult::Type::Matrix)
        return Error{ErrorCode::Unprocessable, "`expr` is a range of samples, not one value for each series.",
                     "Put a function around it, for example rate(…) or max_over_time(…)."};
    if (type == QueryResult::Type::String)
        return Error{ErrorCode::Unprocessable, "`expr` is a text, which has no height.", {}};
    const bool unconditional =
        !rule.leastSevere().comparison && !rule.isRecording() && rule.group.name.empty();
    if (unconditional && (type == QueryResult::Type::Scalar || !mayBeFalse(query)))
        return Error{ErrorCode::Unprocessable, "`threshold` is missing: this rule would always fire.",
                     "Give op and threshold, or put a comparison into expr."};
    return {};
}

Status readExpression(Rule &rule)
{
    Result<Query> query = Query::parse(withVariables(rule.expr, rule.variables));
    if (!query)
        return Error{ErrorCode::Invalid, "`expr` " + query.error().message, query.error().hint};
    if (Status status = checkType(rule, *query); !status)
        return status;
    auto shared = std::make_shared<const Query>(std::move(query).value());
    const Level &level = rule.leastSevere();
    if (rule.isRecording())
        rule.condition = {std::move(shared), std::nullopt, 0, nullptr};
    else if (level.comparison)
        rule.condition = {std::move(shared), level.comparison, level.threshold, nullptr};
    else
        rule.condition = Condition::ofExpression(shared);
    if (!rule.condition.comparison && rule.noData != NoDataPolicy::Ok)
        rule.condition.presence = presenceOf(*rule.condition.measured);
    return {};
}

QJsonArray textsToArray(const std::vector<std::string> &texts)
{
    QJsonArray array;
    for (const std::string &text : texts)
        array.append(QString::fromStdString(text));
    return array;
}

QJsonObject levelToJson(const Level &level)
{
    QJsonObject object{{"severity", QString::fromUtf8(severityName(level.severity).data())},
                       {"for", QString::fromStdString(formatDurationMs(level.forMs))}};
    if (level.comparison) {
        object.insert("op", QString::fromUtf8(comparisonSign(*level.comparison).data()));
        object.insert("threshold", level.threshold);
    }
    return object;
}

QJsonObject groupToJson(const RuleGroup &group)
{
    QJsonObject object{{"name", QString::fromStdString(group.name)}, {"position", qint64(group.position)}};
    if (!group.file.empty())
        object.insert("file", QString::fromStdString(group.file));
    if (group.intervalMs > 0)
        object.insert("interval", QString::fromStdString(formatDurationMs(group.intervalMs)));
    if (group.queryOffsetMs > 0)
        object.insert("query_offset", QString::fromStdString(formatDurationMs(group.queryOffsetMs)));
    if (group.limit > 0)
        object.insert("limit", qint64(group.limit));
    return object;
}

/// What only alerts have.
void insertAlert(const Rule &rule, QJsonObject &object)
{
    object.insert("annotations", textsToJson(rule.annotations));
    object.insert("channels", textsToArray(rule.channels));
    if (rule.levels.size() == 1)
        object = mergePatch(object, levelToJson(rule.levels.front()));
    QJsonArray levels;
    for (const Level &level : rule.levels)
        levels.append(levelToJson(level));
    if (rule.levels.size() > 1)
        object.insert("levels", levels);
    if (rule.keepFiringForMs > 0)
        object.insert("keep_firing_for", QString::fromStdString(formatDurationMs(rule.keepFiringForMs)));
    for (const auto &[policy, name] : noDataNames) {
        if (policy == rule.noData && policy != NoDataPolicy::Ok)
            object.insert("no_data", QString::fromLatin1(name));
    }
    if (!rule.dependsOn.empty())
        object.insert("depends_on", textsToArray(rule.dependsOn));
    rule.rhythm.write(object);
}

} // namespace

std::string_view severityName(Severity severity)
{
    return severity == Severity::Critical ? "critical" : "warning";
}

std::optional<Severity> severityFromName(std::string_view name)
{
    if (name == "warning")
        return Severity::Warning;
    if (name == "critical")
        return Severity::Critical;
    return {};
}

Condition Rule::conditionOf(size_t level) const
{
    Condition own = condition;
    if (levels[level].comparison) {
        own.comparison = levels[level].comparison;
        own.threshold = levels[level].threshold;
    }
    return own;
}

LevelSet Rule::breachedBy(double value) const
{
    LevelSet breached = 0;
    for (size_t i = 0; i < levels.size(); i++) {
        const auto comparison = levels[i].comparison ? levels[i].comparison : condition.comparison;
        const double threshold = levels[i].comparison ? levels[i].threshold : condition.threshold;
        if (!comparison || breaches(value, *comparison, threshold))
            breached |= LevelSet(1U << i);
    }
    return breached;
}

std::optional<uint8_t> Rule::levelOf(Severity severity) const
{
    for (size_t i = 0; i < levels.size(); i++) {
        if (levels[i].severity == severity)
            return uint8_t(i);
    }
    return {};
}

RuleTiming Rule::timing(int64_t intervalMs) const
{
    RuleTiming timing;
    timing.levels.clear();
    for (size_t i = 0; i < levels.size(); i++)
        timing.levels.push_back({levels[i].forMs, worseDirection(conditionOf(i).comparison)});
    timing.keepFiringForMs = keepFiringForMs;
    timing.noData = noData;
    timing.intervalMs = group.intervalMs > 0 ? group.intervalMs : intervalMs;
    timing.gapMs = std::max<int64_t>(4 * timing.intervalMs, 60'000);
    timing.resumeGraceMs = std::max<int64_t>(2 * timing.intervalMs, 90'000);
    return timing;
}

Result<Rule> Rule::fromJson(const QJsonObject &object)
{
    Fields fields(object, "a rule");
    fields.refuseUnknown({"id",
                          "version",
                          "created_ms",
                          "updated_ms",
                          "name",
                          "expr",
                          "op",
                          "threshold",
                          "for",
                          "severity",
                          "levels",
                          "labels",
                          "annotations",
                          "channels",
                          "enabled",
                          "state",
                          "value",
                          "highest",
                          "last_evaluated_ms",
                          "last_duration_ms",
                          "last_lag_ms",
                          "error",
                          "firing_since_ms",
                          "firing_severity",
                          "absence",
                          "condition",
                          "provisioned",
                          "keep_firing_for",
                          "depends_on",
                          "no_data",
                          "record",
                          "group",
                          "group_by",
                          "group_wait",
                          "group_interval",
                          "repeat_interval",
                          "variables"});
    Rule rule;
    Status alert;
    if (fields.has("record"))
        readRecord(fields, rule);
    else
        alert = readAlert(fields, rule);
    rule.expr = fields.requiredText("expr", 16'384);
    const Status group = readGroup(fields, rule.group);
    rule.labels = readNamedTexts(fields, "labels", 1024);
    rule.variables = readNamedTexts(fields, "variables", 1024);
    rule.enabled = fields.flag("enabled", true);
    if (Status status = fields.status(); !status)
        return status.error();
    if (!alert)
        return alert.error();
    if (!group)
        return group.error();
    if (Status status = readExpression(rule); !status)
        return status.error();
    return rule;
}

QJsonObject Rule::toJson() const
{
    QJsonObject object{{"id", QString::fromStdString(id)},     {"version", qint64(version)},
                       {"created_ms", qint64(createdMs)},      {"updated_ms", qint64(updatedMs)},
                       {"name", QString::fromStdString(name)}, {"expr", QString::fromStdString(expr)},
                       {"labels", textsToJson(labels)},        {"enabled", enabled}};
    if (isRecording())
        object.insert("record", QString::fromStdString(record));
    else
        insertAlert(*this, object);
    if (!group.name.empty())
        object.insert("group", groupToJson(group));
    if (!variables.empty())
        object.insert("variables", textsToJson(variables));
    if (provisioned)
        object.insert("provisioned", true);
    return object;
}

QJsonObject patchRule(const QJsonObject &current, const QJsonObject &patch)
{
    QJsonObject base = current;
    const auto isPatched = [&](std::string_view name) {
        return patch.contains(QLatin1String(name.data(), qsizetype(name.size())));
    };
    if (isPatched("levels") || !patch.value("record").toString().isEmpty()) {
        for (const std::string_view name : levelFields)
            base.remove(QLatin1String(name.data(), qsizetype(name.size())));
    } else if (std::any_of(levelFields.begin(), levelFields.end(), isPatched)) {
        base.remove("levels");
    }
    return mergePatch(base, patch);
}

} // namespace plimsoll::alerts
