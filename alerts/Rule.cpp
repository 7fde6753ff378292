#include "alerts/Rule.h"

#include "alerts/Duration.h"

#include <QJsonArray>

namespace plimsoll::alerts {

namespace {

constexpr std::array<std::string_view, 5> laterFields{"keep_firing_for", "depends_on", "no_data", "record",
                                                      "variables"};

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

Status readLevel(Fields &fields, Level &level)
{
    if (!fields.has("levels")) {
        readLevelFields(fields, level);
        return {};
    }
    for (const char *name : {"severity", "op", "threshold", "for"}) {
        if (fields.has(name))
            fields.fail(name, "stands beside `levels`.",
                        "Give it once: at the top, or in the entry of `levels`.");
    }
    const QJsonArray levels = fields.array("levels", 100);
    if (levels.size() != 1 || !levels.first().isObject()) {
        fields.fail("levels", "must hold exactly one level in this version.",
                    "Make a second rule for the other severity.");
        return {};
    }
    Fields inner(levels.first().toObject(), "a level", "levels[0].");
    inner.refuseUnknown({"severity", "op", "threshold", "for"});
    readLevelFields(inner, level);
    return inner.status();
}

bool isLabelName(std::string_view name)
{
    if (name.empty() || name.starts_with("__") || (name.front() >= '0' && name.front() <= '9'))
        return false;
    return name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
           std::string_view::npos;
}

Fields::Texts readNamedTexts(Fields &fields, std::string_view name, size_t maxLength)
{
    Fields::Texts texts = fields.texts(name, 32, maxLength);
    for (const auto &[key, text] : texts) {
        if (!isLabelName(key))
            fields.fail(std::string(name) + "." + key, "is not a label name.",
                        "Use letters, digits and _, not a digit first and not __.");
    }
    return texts;
}

std::vector<std::string> readChannels(Fields &fields)
{
    std::vector<std::string> ids;
    for (const QJsonValue entry : fields.array("channels", 16)) {
        const std::string id = entry.toString().toStdString();
        if (id.empty())
            fields.fail("channels", "must be a list of channel ids.");
        else if (std::find(ids.begin(), ids.end(), id) == ids.end())
            ids.push_back(id);
    }
    return ids;
}

Status readExpression(Rule &rule)
{
    Result<Query> query = Query::parse(rule.expr);
    if (!query)
        return Error{ErrorCode::Invalid, "`expr` " + query.error().message, query.error().hint};
    const auto type = query->type();
    if (type == QueryResult::Type::Matrix)
        return Error{ErrorCode::Unprocessable, "`expr` is a range of samples, not one value for each series.",
                     "Put a function around it, for example rate(…) or max_over_time(…)."};
    if (type == QueryResult::Type::String)
        return Error{ErrorCode::Unprocessable, "`expr` is a text, which has no height.", {}};
    if (!rule.level.comparison && (type == QueryResult::Type::Scalar || !mayBeFalse(*query)))
        return Error{ErrorCode::Unprocessable, "`threshold` is missing: this rule would always fire.",
                     "Give op and threshold, or put a comparison into expr."};
    auto shared = std::make_shared<const Query>(std::move(query).value());
    if (rule.level.comparison)
        rule.condition = {std::move(shared), rule.level.comparison, rule.level.threshold};
    else
        rule.condition = Condition::ofExpression(shared);
    return {};
}

Error notYet(std::string_view field)
{
    std::string message("`");
    message.append(field).append("` is not supported in this version.");
    return {ErrorCode::Unprocessable, std::move(message), "Leave it out."};
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

Result<Rule> Rule::fromJson(const QJsonObject &object)
{
    Fields fields(object, "a rule");
    for (const std::string_view name : laterFields) {
        if (fields.has(name))
            return notYet(name);
    }
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
                          "error",
                          "firing_since_ms",
                          "condition",
                          "keep_firing_for",
                          "depends_on",
                          "no_data",
                          "record",
                          "group_by",
                          "group_wait",
                          "group_interval",
                          "repeat_interval",
                          "variables"});
    Rule rule;
    rule.name = fields.requiredText("name", 200);
    rule.expr = fields.requiredText("expr", 16'384);
    const Status level = readLevel(fields, rule.level);
    rule.labels = readNamedTexts(fields, "labels", 1024);
    rule.annotations = readNamedTexts(fields, "annotations", 8192);
    rule.channels = readChannels(fields);
    rule.rhythm = NoticeRhythm::read(fields);
    rule.enabled = fields.flag("enabled", true);
    if (Status status = fields.status(); !status)
        return status.error();
    if (!level)
        return level.error();
    if (Status status = readExpression(rule); !status)
        return status.error();
    return rule;
}

QJsonObject Rule::toJson() const
{
    QJsonArray channelIds;
    for (const std::string &channel : channels)
        channelIds.append(QString::fromStdString(channel));
    QJsonObject object{{"id", QString::fromStdString(id)},
                       {"version", qint64(version)},
                       {"created_ms", qint64(createdMs)},
                       {"updated_ms", qint64(updatedMs)},
                       {"name", QString::fromStdString(name)},
                       {"expr", QString::fromStdString(expr)},
                       {"for", QString::fromStdString(formatDurationMs(level.forMs))},
                       {"severity", QString::fromUtf8(severityName(level.severity).data())},
                       {"labels", textsToJson(labels)},
                       {"annotations", textsToJson(annotations)},
                       {"channels", channelIds},
                       {"enabled", enabled}};
    rhythm.write(object);
    if (level.comparison) {
        object.insert("op", QString::fromUtf8(comparisonSign(*level.comparison).data()));
        object.insert("threshold", level.threshold);
    }
    return object;
}

QJsonObject patchRule(const QJsonObject &current, const QJsonObject &patch)
{
    QJsonObject base = current;
    if (patch.contains("levels")) {
        for (const char *name : {"severity", "op", "threshold", "for"})
            base.remove(name);
    }
    return mergePatch(base, patch);
}

} // namespace plimsoll::alerts
