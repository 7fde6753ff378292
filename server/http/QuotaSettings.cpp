#include "server/http/QuotaSettings.h"

#include <cmath>
#include <limits>

namespace plimsoll::http {

namespace {

constexpr std::pair<PersonalData, std::string_view> personalDataNames[] = {{PersonalData::Keep, "keep"},
                                                                           {PersonalData::Flag, "flag"},
                                                                           {PersonalData::Hash, "hash"},
                                                                           {PersonalData::Drop, "drop"}};
constexpr const char *personalDataField = "personal_data";
constexpr const char *seriesField = "max_active_series";
constexpr double maxBound = 1e15; ///< every whole number up to it is exact in JSON

/// Calls `visit(field name, bound)` for each bound that is a number.
template<typename Bounds, typename Visit>
void eachBound(Bounds &bounds, Visit visit)
{
    visit("max_body_bytes", bounds.maxBodyBytes);
    visit("requests_per_second", bounds.requestsPerSecond);
    visit("samples_per_second", bounds.samplesPerSecond);
    visit(seriesField, bounds.maxActiveSeries);
    visit("max_labels", bounds.maxLabels);
    visit("max_name_bytes", bounds.maxNameBytes);
    visit("max_value_bytes", bounds.maxValueBytes);
    visit("max_age_ms", bounds.maxAgeMs);
    visit("max_future_ms", bounds.maxFutureMs);
}

Error bad(const QString &field, const char *what, const char *hint)
{
    return {ErrorCode::Unprocessable, "`limits." + field.toStdString() + "` " + what + ".", hint};
}

template<typename Bound>
bool takeNumber(const QJsonValue &value, Bound &bound)
{
    const double number = value.toDouble(-1);
    if (!(number >= 0) || number > std::min(maxBound, double(std::numeric_limits<Bound>::max())))
        return false;
    if (std::is_integral_v<Bound> && number != std::floor(number))
        return false;
    bound = Bound(number);
    return true;
}

/// True if there is a bound of that name; `taken` says if it could be read.
bool takeBound(Quota &bounds, const QString &field, const QJsonValue &value, bool &taken)
{
    bool known = false;
    eachBound(bounds, [&](const char *name, auto &bound) {
        if (field != QLatin1String(name))
            return;
        known = true;
        if (value.isNull())
            bound = 0;
        taken = value.isNull() || takeNumber(value, bound);
    });
    return known;
}

} // namespace

std::string_view personalDataName(PersonalData what)
{
    for (const auto &[known, name] : personalDataNames) {
        if (known == what)
            return name;
    }
    return {};
}

std::optional<PersonalData> personalDataNamed(std::string_view wanted)
{
    for (const auto &[what, name] : personalDataNames) {
        if (name == wanted)
            return what;
    }
    return std::nullopt;
}

Quota QuotaSettings::over(const Quota &wider) const
{
    const auto either = [](auto own, auto other) { return own != 0 ? own : other; };
    Quota quota;
    quota.maxBodyBytes = either(bounds.maxBodyBytes, wider.maxBodyBytes);
    quota.requestsPerSecond = either(bounds.requestsPerSecond, wider.requestsPerSecond);
    quota.samplesPerSecond = either(bounds.samplesPerSecond, wider.samplesPerSecond);
    quota.maxActiveSeries = either(bounds.maxActiveSeries, wider.maxActiveSeries);
    quota.maxLabels = either(bounds.maxLabels, wider.maxLabels);
    quota.maxNameBytes = either(bounds.maxNameBytes, wider.maxNameBytes);
    quota.maxValueBytes = either(bounds.maxValueBytes, wider.maxValueBytes);
    quota.maxAgeMs = either(bounds.maxAgeMs, wider.maxAgeMs);
    quota.maxFutureMs = either(bounds.maxFutureMs, wider.maxFutureMs);
    quota.personalData = personalData.value_or(wider.personalData);
    return quota;
}

QJsonObject QuotaSettings::toJson() const
{
    QJsonObject object;
    eachBound(bounds, [&](const char *name, const auto &bound) {
        if (bound != 0)
            object[QLatin1String(name)] = double(bound);
    });
    if (personalData) {
        const std::string_view name = personalDataName(*personalData);
        object[personalDataField] = QString::fromLatin1(name.data(), qsizetype(name.size()));
    }
    return object;
}

QuotaSettings QuotaSettings::fromStored(const QJsonObject &object)
{
    QuotaSettings settings;
    for (auto it = object.begin(); it != object.end(); ++it) {
        bool taken = false;
        takeBound(settings.bounds, it.key(), it.value(), taken);
    }
    settings.personalData = personalDataNamed(object[personalDataField].toString().toStdString());
    return settings;
}

Result<QuotaSettings> QuotaSettings::patched(const QJsonObject &patch, bool ofKey) const
{
    QuotaSettings settings = *this;
    for (auto it = patch.begin(); it != patch.end(); ++it) {
        const QJsonValue value = it.value();
        bool taken = false;
        if (it.key() == QLatin1String(personalDataField)) {
            settings.personalData = personalDataNamed(value.toString().toStdString());
            if (!settings.personalData && !value.isNull())
                return bad(it.key(), "is none of the words for it", "Use keep, flag, hash, drop or null.");
            continue;
        }
        if (ofKey && it.key() == QLatin1String(seriesField))
            return bad(it.key(), "is a bound of projects", "Set it for the project of the key.");
        if (!takeBound(settings.bounds, it.key(), value, taken))
            return bad(it.key(), "is not known",
                       "server/api/README.md and /api/openapi.json name the limits.");
        if (!taken)
            return bad(it.key(), "is not a number that can be a bound",
                       "Use a number of at least 0; 0 and null take the bound back.");
    }
    return settings;
}

Result<QuotaSettings> QuotaSettings::patchedIn(const QJsonObject &body, bool ofKey) const
{
    const QJsonValue value = body.value("limits");
    if (value.isUndefined())
        return *this;
    if (value.isNull())
        return QuotaSettings();
    if (!value.isObject())
        return Error{ErrorCode::Unprocessable, "`limits` is not an object.", {}};
    return patched(value.toObject(), ofKey);
}

} // namespace plimsoll::http
