#include "server/api/dashboards/FieldReader.h"

#include <algorithm>
#include <cmath>

namespace plimsoll::api {

bool FieldReader::has(const char *field) const
{
    return !value(field).isUndefined() && !value(field).isNull();
}

void FieldReader::fail(const std::string &what, const std::string &hint) const
{
    if (!m_failure)
        m_failure = Error{ErrorCode::Unprocessable, m_place.empty() ? what : m_place + ": " + what, hint};
}

void FieldReader::failField(const char *field, const std::string &mustBe) const
{
    fail('`' + std::string(field) + "` must be " + mustBe + '.');
}

QString FieldReader::textOr(const char *field, int maxBytes, const QString &otherwise) const
{
    if (!has(field))
        return otherwise;
    const QString text = value(field).toString();
    if (!value(field).isString() || text.toUtf8().size() > maxBytes)
        failField(field, "a text of at most " + std::to_string(maxBytes) + " bytes");
    return text;
}

QString FieldReader::text(const char *field, int maxBytes) const { return textOr(field, maxBytes, {}); }

QString FieldReader::oneOf(const char *field, const std::vector<const char *> &words,
                           const char *otherwise) const
{
    if (!has(field))
        return QString::fromUtf8(otherwise);
    const QString text = value(field).toString();
    if (std::any_of(words.begin(), words.end(),
                    [&](const char *word) { return text == QLatin1String(word); }) &&
        value(field).isString())
        return text;
    std::string all;
    for (const char *word : words)
        all += (all.empty() ? "" : ", ") + (*word ? std::string(word) : "empty");
    failField(field, "one of " + all);
    return {};
}

bool FieldReader::flag(const char *field) const
{
    if (has(field) && !value(field).isBool())
        failField(field, "true or false");
    return value(field).toBool();
}

int FieldReader::whole(const char *field, int least, int most, int otherwise) const
{
    if (!has(field))
        return otherwise;
    const double number = value(field).toDouble(std::nan(""));
    if (number >= least && number <= most && number == std::floor(number))
        return int(number);
    failField(field, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return otherwise;
}

QJsonValue FieldReader::numberOrNull(const char *field) const
{
    if (has(field) && !value(field).isDouble())
        failField(field, "a number or null");
    return value(field).isDouble() ? value(field) : QJsonValue(QJsonValue::Null);
}

double FieldReader::number(const char *field) const
{
    if (!value(field).isDouble())
        failField(field, "a number");
    return value(field).toDouble();
}

QJsonArray FieldReader::list(const char *field, int most) const
{
    const QJsonArray items = value(field).toArray();
    if (has(field) && !value(field).isArray())
        failField(field, "a list");
    else if (items.size() > most)
        fail('`' + std::string(field) + "` has " + std::to_string(items.size()) + " entries; the limit is " +
             std::to_string(most) + '.');
    return items;
}

std::vector<QJsonObject> FieldReader::objects(const char *field, int most) const
{
    std::vector<QJsonObject> objects;
    const QJsonArray items = list(field, most);
    if (failed())
        return {};
    for (const QJsonValue &item : items) {
        if (!item.isObject())
            failField(field, "a list of objects");
        objects.push_back(item.toObject());
    }
    return objects;
}

QJsonObject FieldReader::object(const char *field) const
{
    if (has(field) && !value(field).isObject())
        failField(field, "an object");
    return value(field).toObject();
}

} // namespace plimsoll::api
