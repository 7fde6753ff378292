#include "alerts/Fields.h"

#include "alerts/Duration.h"

#include <QJsonArray>

#include <cmath>
#include <limits>

namespace plimsoll::alerts {

namespace {
QString toKey(std::string_view name) { return QString::fromUtf8(name.data(), qsizetype(name.size())); }
} // namespace

Fields::Fields(const QJsonObject &object, std::string what, std::string path)
    : m_object(object)
    , m_what(std::move(what))
    , m_path(std::move(path))
{
}

QJsonValue Fields::value(std::string_view name) const
{
    const QJsonValue found = m_object.value(toKey(name));
    return found.isNull() ? QJsonValue(QJsonValue::Undefined) : found;
}

bool Fields::has(std::string_view name) const { return !value(name).isUndefined(); }

std::string Fields::text(std::string_view name, size_t maxLength)
{
    const QJsonValue found = value(name);
    if (found.isUndefined())
        return {};
    if (!found.isString()) {
        fail(name, "must be a text.");
        return {};
    }
    std::string text = found.toString().trimmed().toStdString();
    if (text.size() > maxLength)
        fail(name, "is longer than " + std::to_string(maxLength) + " bytes.");
    return text;
}

std::string Fields::requiredText(std::string_view name, size_t maxLength)
{
    std::string found = text(name, maxLength);
    if (found.empty())
        fail(name, has(name) ? "must not be empty." : "is missing.");
    return found;
}

double Fields::number(std::string_view name, double fallback)
{
    const QJsonValue found = value(name);
    if (found.isUndefined())
        return fallback;
    if (!found.isDouble() || !std::isfinite(found.toDouble())) {
        fail(name, "must be a number.");
        return fallback;
    }
    return found.toDouble();
}

bool Fields::flag(std::string_view name, bool fallback)
{
    const QJsonValue found = value(name);
    if (!found.isUndefined() && !found.isBool())
        fail(name, "must be true or false.");
    return found.toBool(fallback);
}

int64_t Fields::durationMs(std::string_view name, int64_t fallback, int64_t maxMs)
{
    const QJsonValue found = value(name);
    if (found.isUndefined())
        return fallback;
    const auto parsed = found.isString() ? parseDurationMs(found.toString().toStdString()) : std::nullopt;
    if (!parsed)
        fail(name, "must be a duration.", "Write it like \"30s\", \"5m\" or \"1h30m\".");
    else if (*parsed > maxMs)
        fail(name, "is longer than " + formatDurationMs(maxMs) + ".");
    return parsed.value_or(fallback);
}

Fields::Texts Fields::texts(std::string_view name, size_t maxCount, size_t maxLength)
{
    Texts found;
    const QJsonObject entries = object(name);
    if (size_t(entries.size()) > maxCount)
        fail(name, "has more than " + std::to_string(maxCount) + " entries.");
    for (auto it = entries.begin(); it != entries.end(); ++it) {
        const std::string key = it.key().toStdString();
        const std::string text = it->toString().toStdString();
        if (!it->isString())
            fail(std::string(name) + "." + key, "must be a text.");
        else if (text.size() > maxLength)
            fail(std::string(name) + "." + key, "is longer than " + std::to_string(maxLength) + " bytes.");
        found.emplace(key, text);
    }
    return found;
}

QJsonObject Fields::object(std::string_view name)
{
    const QJsonValue found = value(name);
    if (!found.isUndefined() && !found.isObject())
        fail(name, "must be an object.");
    return found.toObject();
}

QJsonArray Fields::array(std::string_view name, int maxCount)
{
    const QJsonValue found = value(name);
    if (!found.isUndefined() && !found.isArray())
        fail(name, "must be a list.");
    if (found.toArray().size() > maxCount)
        fail(name, "has more than " + std::to_string(maxCount) + " entries.");
    return found.toArray();
}

void Fields::refuseUnknown(std::span<const std::string_view> known)
{
    const QStringList names = m_object.keys();
    for (const QString &key : names) {
        const std::string name = key.toStdString();
        if (std::find(known.begin(), known.end(), name) == known.end())
            fail(name, "is not a field of " + m_what + ".");
    }
}

void Fields::fail(std::string_view name, const std::string &problem, std::string hint)
{
    if (!m_error)
        m_error =
            Error{ErrorCode::Invalid, "`" + m_path + std::string(name) + "` " + problem, std::move(hint)};
}

void Fields::take(const Status &status)
{
    if (!m_error && !status)
        m_error = status.error();
}

Status Fields::status() const { return m_error ? Status(*m_error) : Status(); }

QJsonObject mergePatch(const QJsonObject &target, const QJsonObject &patch)
{
    QJsonObject merged = target;
    for (auto it = patch.begin(); it != patch.end(); ++it) {
        if (it->isNull())
            merged.remove(it.key());
        else if (it->isObject())
            merged.insert(it.key(), mergePatch(merged.value(it.key()).toObject(), it->toObject()));
        else
            merged.insert(it.key(), *it);
    }
    return merged;
}

QJsonObject textsToJson(const Fields::Texts &texts)
{
    QJsonObject object;
    for (const auto &[name, text] : texts)
        object.insert(QString::fromStdString(name), QString::fromStdString(text));
    return object;
}

QJsonValue numberToJson(double value) { return std::isfinite(value) ? QJsonValue(value) : QJsonValue(); }

QJsonValue timeToJson(const std::optional<int64_t> &ms)
{
    return ms ? QJsonValue(qint64(*ms)) : QJsonValue();
}

std::optional<int64_t> timeFromJson(const QJsonValue &value)
{
    return value.isDouble() ? std::optional<int64_t>(value.toInteger()) : std::nullopt;
}

double numberFromJson(const QJsonValue &value)
{
    return value.toDouble(std::numeric_limits<double>::quiet_NaN());
}

} // namespace plimsoll::alerts
