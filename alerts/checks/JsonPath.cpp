#include "alerts/checks/JsonPath.h"

#include <QJsonArray>
#include <QJsonObject>

namespace plimsoll::alerts {

namespace {

constexpr int maxSteps = 64;

Error wrong(const QString &text)
{
    return {ErrorCode::Invalid, "is not a path: " + text.toStdString(),
            R"(Write it like status, data.items[0].name or checks["db main"].ok.)"};
}

/// The step in brackets that begins at `text`[0] == '['; its length goes to `length`.
std::optional<std::variant<QString, int>> bracketStep(const QString &text, qsizetype &length)
{
    if (text.size() > 1 && text[1] == u'"') {
        const qsizetype end = text.indexOf(QStringLiteral("\"]"), 2);
        if (end < 0)
            return {};
        length = end + 2;
        return text.mid(2, end - 2);
    }
    const qsizetype end = text.indexOf(u']');
    bool isNumber = false;
    const int index = text.mid(1, end - 1).toInt(&isNumber);
    if (end < 0 || !isNumber || index < 0)
        return {};
    length = end + 1;
    return index;
}

} // namespace

Result<JsonPath> JsonPath::parse(const std::string &text)
{
    JsonPath path;
    QString rest = QString::fromStdString(text).trimmed();
    const QString whole = rest;
    if (rest.startsWith(u'$'))
        rest.remove(0, 1);
    bool first = rest == whole;
    while (!rest.isEmpty()) {
        if (path.m_steps.size() >= maxSteps)
            return wrong(whole);
        if (rest.startsWith(u'[')) {
            qsizetype length = 0;
            const auto step = bracketStep(rest, length);
            if (!step)
                return wrong(whole);
            path.m_steps.push_back(*step);
            rest.remove(0, length);
            first = false;
            continue;
        }
        if (rest.startsWith(u'.'))
            rest.remove(0, 1);
        else if (!first)
            return wrong(whole);
        first = false;
        qsizetype end = 0;
        while (end < rest.size() && rest[end] != u'.' && rest[end] != u'[')
            end++;
        if (end == 0)
            return wrong(whole);
        path.m_steps.emplace_back(rest.left(end));
        rest.remove(0, end);
    }
    return path;
}

QJsonValue JsonPath::find(const QJsonValue &document) const
{
    QJsonValue value = document;
    for (const auto &step : m_steps) {
        const QString *name = std::get_if<QString>(&step);
        if (name)
            value = value.isObject() ? value.toObject().value(*name) : QJsonValue(QJsonValue::Undefined);
        else
            value =
                value.isArray() ? value.toArray().at(std::get<int>(step)) : QJsonValue(QJsonValue::Undefined);
    }
    return value;
}

} // namespace plimsoll::alerts
