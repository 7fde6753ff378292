#pragma once

#include "storage/model/Result.h"

#include <QJsonObject>

#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace plimsoll::alerts {

/// Reads a JSON object field by field and keeps the first thing that is wrong, naming its field. A field that
/// is null counts as left out. Reading goes on after a failure and gives defaults, so callers check status()
/// once at the end.
class Fields
{
public:
    using Texts = std::map<std::string, std::string>;

    /// `what` names the object in messages ("a rule"); `path` is put before field names ("levels[0].").
    Fields(const QJsonObject &object, std::string what, std::string path = {});

    bool has(std::string_view name) const;
    std::string text(std::string_view name, size_t maxLength);
    std::string requiredText(std::string_view name, size_t maxLength);
    double number(std::string_view name, double fallback);
    bool flag(std::string_view name, bool fallback);
    /// A duration such as "5m", at least 0.
    int64_t durationMs(std::string_view name, int64_t fallback, int64_t maxMs);
    /// An object whose values are texts.
    Texts texts(std::string_view name, size_t maxCount, size_t maxLength);
    QJsonObject object(std::string_view name);
    QJsonArray array(std::string_view name, int maxCount);

    /// Refuses fields that are neither known nor read-only, so that a misspelt one is not lost in silence.
    void refuseUnknown(std::span<const std::string_view> known);
    void refuseUnknown(std::initializer_list<std::string_view> known)
    {
        refuseUnknown(std::span<const std::string_view>(known.begin(), known.size()));
    }

    /// Notes that a field is wrong; `problem` continues the sentence "`field` …".
    void fail(std::string_view name, const std::string &problem, std::string hint = {});
    /// Notes what is wrong in a part that was read by others.
    void take(const Status &status);
    Status status() const;

private:
    QJsonValue value(std::string_view name) const;

    QJsonObject m_object;
    std::string m_what;
    std::string m_path;
    std::optional<Error> m_error;
};

/// RFC 7386: `patch` over `target`; null removes.
QJsonObject mergePatch(const QJsonObject &target, const QJsonObject &patch);

QJsonObject textsToJson(const Fields::Texts &texts);
/// Null for NaN and infinities, which JSON does not have.
QJsonValue numberToJson(double value);
QJsonValue timeToJson(const std::optional<int64_t> &ms);
std::optional<int64_t> timeFromJson(const QJsonValue &value);
double numberFromJson(const QJsonValue &value);

} // namespace plimsoll::alerts
