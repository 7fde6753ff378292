#include "alerts/checks/HttpExpectation.h"

#include "alerts/Comparison.h"
#include "alerts/checks/JsonPath.h"

#include <re2/re2.h>

namespace plimsoll::alerts {

namespace {

constexpr size_t maxTextBytes = 4096;
constexpr int64_t maxPatternMemory = 1 << 20;

using Ranges = std::vector<std::pair<int, int>>;

std::optional<int> statusOf(const QString &text)
{
    bool isNumber = false;
    const int status = text.trimmed().toInt(&isNumber);
    return isNumber && status >= 100 && status <= 599 ? std::optional(status) : std::nullopt;
}

/// "200-299, 304"; nothing where it is not that.
std::optional<Ranges> parseRanges(const QString &text)
{
    Ranges ranges;
    for (const QString &part : text.split(u',')) {
        const QStringList ends = part.split(u'-');
        const auto first = statusOf(ends.value(0));
        const auto last = statusOf(ends.last());
        if (ends.size() > 2 || !first || !last || *last < *first)
            return {};
        ranges.emplace_back(*first, *last);
    }
    return ranges;
}

QString readStatus(Fields &fields, const QJsonValue &given)
{
    if (given.isUndefined() || given.isNull())
        return QStringLiteral("200-299");
    QStringList parts;
    for (const QJsonValue part : given.isArray() ? given.toArray() : QJsonArray{given})
        parts.append(part.isDouble() ? QString::number(part.toInt()) : part.toString());
    const QString text = parts.join(QStringLiteral(", "));
    if (!parseRanges(text))
        fields.fail("status", "is not a status or a range.", R"(Write 200, "200-299" or "200-299, 304".)");
    return text;
}

RE2::Options quietly()
{
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(maxPatternMemory);
    return options;
}

QString shownValue(const QJsonValue &value)
{
    if (value.isUndefined())
        return QStringLiteral("not there");
    const QByteArray array = QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
    return QString::fromUtf8(array.mid(1, array.size() - 2)).left(100);
}

QJsonObject readJson(Fields &whole, const QJsonObject &given)
{
    if (given.isEmpty())
        return {};
    Fields fields(given, "what is expected of the JSON", "expect.json.");
    fields.refuseUnknown({"path", "op", "value"});
    const std::string path = fields.requiredText("path", 500);
    if (const auto parsed = JsonPath::parse(path); !path.empty() && !parsed)
        fields.fail("path", parsed.error().message, parsed.error().hint);
    const std::string op = fields.has("op") ? fields.text("op", 2) : "==";
    const auto comparison = comparisonFromSign(op);
    const QJsonValue value = given.value("value");
    if (!comparison)
        fields.fail("op", "must be one of > >= < <= == !=.");
    else if (value.isUndefined())
        fields.fail("value", "is missing.");
    else if (*comparison != Comparison::Equal && *comparison != Comparison::NotEqual && !value.isDouble())
        fields.fail("value", "must be a number with this `op`.");
    whole.take(fields.status());
    return {{"path", QString::fromStdString(path)}, {"op", QString::fromStdString(op)}, {"value", value}};
}

bool holds(const QJsonValue &found, Comparison comparison, const QJsonValue &value)
{
    if (comparison == Comparison::Equal)
        return found == value;
    if (comparison == Comparison::NotEqual)
        return !found.isUndefined() && found != value;
    return found.isDouble() && breaches(found.toDouble(), comparison, value.toDouble());
}

} // namespace

QJsonObject HttpExpectation::read(Fields &fields, const QJsonObject &given)
{
    QJsonObject expect{{"status", readStatus(fields, given.value("status"))}};
    for (const char *name : {"text", "not_text", "matches"}) {
        fields.text(name, maxTextBytes);
        if (const QString text = given.value(QLatin1String(name)).toString(); !text.isEmpty())
            expect.insert(QLatin1String(name), text);
    }
    if (const std::string pattern = expect.value("matches").toString().toStdString(); !pattern.empty()) {
        const RE2 parsed(pattern, quietly());
        if (!parsed.ok())
            fields.fail("matches", "is not a regular expression: " + parsed.error());
    }
    if (const QJsonObject json = readJson(fields, fields.object("json")); !json.isEmpty())
        expect.insert("json", json);
    return expect;
}

bool HttpExpectation::looksAtBody() const { return m_expect.size() > 1; }

ProbeResult HttpExpectation::judge(int status, const QByteArray &body) const
{
    std::string problem = statusProblem(status);
    if (problem.empty())
        problem = textProblem(body);
    if (problem.empty())
        problem = jsonProblem(body);
    return problem.empty() ? ProbeResult::ok("Status " + std::to_string(status) + ".")
                           : ProbeResult::failed(problem);
}

std::string HttpExpectation::statusProblem(int status) const
{
    const QString text = m_expect.value("status").toString();
    const Ranges ranges = parseRanges(text).value_or(Ranges{{200, 299}});
    for (const auto &[first, last] : ranges) {
        if (status >= first && status <= last)
            return {};
    }
    return "The status is " + std::to_string(status) + "; expected was " + text.toStdString() + ".";
}

std::string HttpExpectation::textProblem(const QByteArray &body) const
{
    const QByteArray text = m_expect.value("text").toString().toUtf8();
    if (!text.isEmpty() && !body.contains(text))
        return "The answer does not hold \"" + text.toStdString() + "\".";
    const QByteArray unwanted = m_expect.value("not_text").toString().toUtf8();
    if (!unwanted.isEmpty() && body.contains(unwanted))
        return "The answer holds \"" + unwanted.toStdString() + "\".";
    const std::string pattern = m_expect.value("matches").toString().toStdString();
    if (pattern.empty())
        return {};
    const RE2 parsed(pattern, quietly());
    const re2::StringPiece piece(body.constData(), size_t(body.size()));
    return RE2::PartialMatch(piece, parsed) ? std::string() : "The answer does not match " + pattern + ".";
}

std::string HttpExpectation::jsonProblem(const QByteArray &body) const
{
    const QJsonObject json = m_expect.value("json").toObject();
    if (json.isEmpty())
        return {};
    QJsonParseError failure;
    const QJsonDocument document = QJsonDocument::fromJson(body, &failure);
    if (failure.error != QJsonParseError::NoError)
        return "The answer is not JSON: " + failure.errorString().toStdString() + ".";
    const std::string path = json.value("path").toString().toStdString();
    const auto steps = JsonPath::parse(path);
    const QJsonValue whole =
        document.isArray() ? QJsonValue(document.array()) : QJsonValue(document.object());
    const QJsonValue found = steps ? steps->find(whole) : QJsonValue(QJsonValue::Undefined);
    const std::string op = json.value("op").toString().toStdString();
    if (holds(found, comparisonFromSign(op).value_or(Comparison::Equal), json.value("value")))
        return {};
    return path + " is " + shownValue(found).toStdString() + "; expected was " + op + " " +
           shownValue(json.value("value")).toStdString() + ".";
}

} // namespace plimsoll::alerts
