#pragma once

#include "server/http/Quota.h"
#include "storage/model/Result.h"

#include <QJsonObject>

#include <optional>

namespace plimsoll::http {

/// What was set of a quota, for one key, one project or the appliance: the bounds in their own place, before
/// they are put together.
struct QuotaSettings
{
    Quota bounds; ///< 0: nothing is set here
    std::optional<PersonalData> personalData;
    bool operator==(const QuotaSettings &) const = default;

    bool empty() const { return *this == QuotaSettings(); }
    /// These bounds where they are set, else those of `wider`.
    Quota over(const Quota &wider) const;

    /// As `limits` of server/api/README.md; what is not set is left out.
    QJsonObject toJson() const;
    /// What is stored, leniently: fields that cannot be read are left out.
    static QuotaSettings fromStored(const QJsonObject &object);
    /// These with an RFC 7386 patch applied: null or 0 takes a bound back. Fails with Unprocessable, naming
    /// the field. A key has no bound on series.
    Result<QuotaSettings> patched(const QJsonObject &patch, bool ofKey) const;
    /// The same with the patch that stands as `limits` in the body of a request: null takes all bounds back,
    /// a body without it none.
    Result<QuotaSettings> patchedIn(const QJsonObject &body, bool ofKey) const;
};

std::string_view personalDataName(PersonalData what);
std::optional<PersonalData> personalDataNamed(std::string_view name);

} // namespace plimsoll::http
