#include "server/api/dashboards/ShareForm.h"

#include "server/api/TimeArgument.h"

#include <QJsonArray>

#include <cmath>

namespace plimsoll::api {

namespace {

constexpr int64_t minuteMs = 60'000;
constexpr int64_t yearMs = 366 * 24 * 60 * minuteMs;
constexpr int maxChosen = 100;
constexpr qsizetype maxValueBytes = 1'000;

QString qt(std::string_view text) { return QString::fromUtf8(text.data(), qsizetype(text.size())); }

Error invalid(const std::string &message, const std::string &hint = {})
{
    return {ErrorCode::Unprocessable, message, hint};
}

/// Milliseconds in a field that may be left out.
Result<std::optional<int64_t>> timeIn(const QJsonObject &body, const char *field)
{
    const QJsonValue value = body[QLatin1String(field)];
    if (value.isNull() || value.isUndefined())
        return std::optional<int64_t>();
    const double ms = value.toDouble(-1);
    if (!(ms > 0 && ms < 8.64e15) || ms != std::floor(ms))
        return invalid('`' + std::string(field) + "` must be in milliseconds since the Unix epoch.");
    return std::optional<int64_t>(int64_t(ms));
}

Result<int64_t> expiryIn(const QJsonObject &body, int64_t nowMs)
{
    const auto given = timeIn(body, "expires_ms");
    if (!given)
        return given.error();
    const auto length = parseDuration(body["expires_in"].toString().toStdString());
    if (!*given && !length)
        return invalid("A link needs an end.", "Send `expires_in`, such as 7d, or `expires_ms`.");
    const int64_t atMs = *given ? **given : nowMs + *length;
    if (atMs < nowMs + minuteMs || atMs > nowMs + yearMs)
        return invalid("A link lasts from a minute to a year.");
    return atMs;
}

Result<std::vector<std::string>> valuesIn(const std::string &name, const QJsonValue &value)
{
    std::vector<std::string> values;
    const QJsonArray given = value.isArray() ? value.toArray() : QJsonArray{value};
    for (const QJsonValue &one : given) {
        const QString text = one.toString();
        if (!one.isString() || text.toUtf8().size() > maxValueBytes || given.size() > maxChosen)
            return invalid("The value of `" + name +
                           "` must be a text, a list of at most 100, or null for all.");
        if (!text.isEmpty())
            values.push_back(text.toStdString());
    }
    return values;
}

/// The values as they were chosen: null for all.
QJsonObject frozenOf(const VariableChoices &choices)
{
    QJsonObject frozen;
    for (const auto &[name, choice] : choices) {
        QJsonArray values;
        for (const std::string &value : choice.values)
            values.append(qt(value));
        frozen[qt(name)] = choice.all ? QJsonValue() : values.size() == 1 ? values[0] : QJsonValue(values);
    }
    return frozen;
}

} // namespace

Result<VariableChoices> choicesOf(const QJsonObject &dashboard, const QJsonObject &chosen)
{
    VariableChoices choices;
    const QJsonArray variables = dashboard["variables"].toArray();
    for (const QJsonValue &variable : variables) {
        const QString name = variable["name"].toString();
        const QJsonValue value = chosen.contains(name) ? chosen[name] : variable["value"];
        if (value.isNull()) {
            choices[name.toStdString()] = {{}, true};
            continue;
        }
        auto values = valuesIn(name.toStdString(), value);
        if (!values)
            return values.error();
        const bool all = values->empty();
        choices[name.toStdString()] = {std::move(*values), all};
    }
    for (const QString &name : chosen.keys()) {
        if (!choices.contains(name.toStdString()))
            return invalid("The dashboard has no variable `" + name.left(80).toStdString() + "`.");
    }
    return choices;
}

Result<QJsonObject> shareOf(const QJsonObject &dashboard, const QJsonObject &body, int64_t nowMs)
{
    if (body.contains("variables") && !body["variables"].isObject())
        return invalid("`variables` must be an object of names and values.");
    const auto expires = expiryIn(body, nowMs);
    const auto from = timeIn(body, "from_ms");
    const auto to = timeIn(body, "to_ms");
    const auto choices = choicesOf(dashboard, body["variables"].toObject());
    if (!expires || !from || !to || !choices)
        return !expires ? expires.error() : !from ? from.error() : !to ? to.error() : choices.error();
    const bool fixed = from->has_value() || to->has_value();
    if (fixed && (!*from || !*to || **from >= **to))
        return invalid("`from_ms` and `to_ms` are given together, the first one first.");
    const QString range = body["range"].isString() ? body["range"].toString() : dashboard["range"].toString();
    if (!parseDuration(range.toStdString()))
        return invalid("`range` must be a length of time, such as 24h.");
    return QJsonObject{{"dashboard_id", body["dashboard_id"]},
                       {"range", fixed ? QJsonValue() : QJsonValue(range)},
                       {"from_ms", fixed ? QJsonValue(qint64(**from)) : QJsonValue()},
                       {"to_ms", fixed ? QJsonValue(qint64(**to)) : QJsonValue()},
                       {"variables", frozenOf(*choices)},
                       {"expires_ms", qint64(*expires)},
                       {"created_ms", qint64(nowMs)}};
}

} // namespace plimsoll::api
