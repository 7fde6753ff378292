#pragma once

#include "alerts/SecretBox.h"
#include "storage/model/Result.h"

#include <QJsonObject>

#include <cstdint>
#include <string>
#include <vector>

namespace plimsoll::alerts {

/// The definition of a health check, already checked. What only some kinds have is in `settings` and
/// `expect`, normalised by the kind (CheckKind), secrets in clear.
struct Check
{
    static constexpr int64_t minIntervalMs = 1000;
    static constexpr int64_t maxIntervalMs = 24LL * 3'600'000;

    std::string id;
    uint32_t version = 0;
    int64_t createdMs = 0;
    int64_t updatedMs = 0;
    std::string name; ///< unique in the project: the label `check` of its series
    std::string kind;
    std::string target; ///< what it looks at, as the kind writes it; never holds a secret
    int64_t intervalMs = 60'000;
    int64_t timeoutMs = 10'000; ///< less than the interval
    int retries = 2;            ///< further results that must be bad too before the state gets worse
    int64_t degradedMs = 0;     ///< from this duration on a good answer counts as degraded; 0 never
    QJsonObject expect;
    QJsonObject settings;
    std::string schedule;               ///< of heartbeats: a cron expression, or empty
    int64_t graceMs = 0;                ///< of heartbeats
    std::vector<std::string> dependsOn; ///< ids of checks; while one is down this one tells nobody
    std::vector<std::string> channels;  ///< ids
    bool ready = false;                 ///< `/health/ready` fails while it is down
    bool enabled = true;
    /// Secrets that are in the store but cannot be read, such as after a restore: "settings.password".
    /// Nothing is looked at until they are given again.
    std::vector<std::string> missingSecrets;

    /// Reads a definition. Secrets that carry the mask are taken from `previous`, which may be null; without
    /// it they fail, naming the field. Whether names, channels and checks that it refers to exist is the
    /// book's to say.
    static Result<Check> fromJson(const QJsonObject &object, const Check *previous);
    /// Reads a record of the store; secrets that cannot be read are `missingSecrets`.
    static Result<Check> fromStored(const QJsonObject &object, const SecretBox &box);
    /// With secrets sealed: for the store.
    QJsonObject toStored(const SecretBox &box) const;
    /// With secrets in clear: for comparing.
    QJsonObject toJson() const;
    /// With secrets masked: for everybody else.
    QJsonObject toMaskedJson() const;
};

} // namespace plimsoll::alerts
