#include "alerts/backtest/BacktestRequest.h"

#include <QDateTime>

#include <cmath>

namespace plimsoll::alerts {

namespace {

std::optional<int64_t> timeOf(const QJsonValue &value)
{
    if (value.isString()) {
        const QDateTime time = QDateTime::fromString(value.toString(), Qt::ISODateWithMs);
        return time.isValid() ? std::optional<int64_t>(time.toMSecsSinceEpoch()) : std::nullopt;
    }
    const double number = value.toDouble(-1);
    if (!(number >= 0 && number < 1e14))
        return {};
    return std::llround(number < 1e11 ? number * 1000 : number);
}

Result<int64_t> readTime(const QJsonObject &body, const char *name, int64_t otherwise)
{
    const QJsonValue value = body.value(QLatin1String(name));
    if (value.isUndefined() || value.isNull())
        return otherwise;
    if (const auto timeMs = timeOf(value))
        return *timeMs;
    std::string message("`");
    message.append(name).append("` is not a time.");
    return Error{ErrorCode::Invalid, std::move(message),
                 "Give milliseconds since 1970, or a text like \"2026-01-31T12:00:00Z\"."};
}

} // namespace

Result<BacktestRequest> BacktestRequest::fromJson(const QJsonObject &body, int64_t nowMs)
{
    for (const QString &name : body.keys()) {
        if (name != "rule" && name != "rule_id" && name != "from" && name != "to")
            return Error{ErrorCode::Invalid, "`" + name.toStdString() + "` is not a field of a backtest.",
                         "It has rule, rule_id, from, to and wait_seconds."};
    }
    BacktestRequest request;
    request.ruleId = body.value("rule_id").toString().toStdString();
    if (body.contains("rule") && !body.value("rule").isObject())
        return Error{ErrorCode::Invalid, "`rule` must be an object.", {}};
    request.definition = body.value("rule").toObject();
    if (request.ruleId.empty() && request.definition.isEmpty())
        return Error{ErrorCode::Invalid, "`rule` or `rule_id` is missing.",
                     "Give a definition, or the id of an alarm."};
    const auto toMs = readTime(body, "to", nowMs);
    if (!toMs)
        return toMs.error();
    const auto fromMs = readTime(body, "from", *toMs - defaultSpanMs);
    if (!fromMs)
        return fromMs.error();
    request.fromMs = *fromMs;
    request.toMs = std::min(*toMs, nowMs);
    return request;
}

Result<Rule> BacktestRequest::rule(const QJsonObject &stored) const
{
    QJsonObject whole = ruleId.empty() ? definition : patchRule(stored, definition);
    if (whole.value("name").toString().isEmpty())
        whole.insert("name", QStringLiteral("Draft"));
    Result<Rule> rule = Rule::fromJson(whole);
    if (rule)
        rule->id = ruleId;
    return rule;
}

} // namespace plimsoll::alerts
