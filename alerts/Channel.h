#pragma once

#include "alerts/SecretBox.h"
#include "alerts/mutes/QuietHours.h"
#include "storage/model/Result.h"

#include <QJsonObject>

#include <cstdint>
#include <string>
#include <vector>

namespace plimsoll::alerts {

/// Where notifications go. The settings are those of its kind (ChannelKind), already checked, secrets in
/// clear.
struct Channel
{
    std::string id;
    int64_t createdMs = 0;
    int64_t updatedMs = 0;
    std::string name;
    std::string kind;
    QJsonObject settings;
    std::optional<QuietHours> quietHours; ///< when it is left alone
    /// Secrets that are in the store but cannot be read, such as after a restore: "settings.token". Nothing
    /// is sent until they are given again.
    std::vector<std::string> missingSecrets;

    /// Reads a definition. Secrets that carry the mask are taken from `previous`, which may be null; without
    /// it, or where they would go to another receiver now, they fail, naming the field.
    static Result<Channel> fromJson(const QJsonObject &object, const Channel *previous);
    /// Reads a record of the store. Its settings were checked when they were written; secrets that cannot be
    /// read are `missingSecrets`.
    static Result<Channel> fromStored(const QJsonObject &object, const SecretBox &box);
    /// With secrets sealed.
    QJsonObject toStored(const SecretBox &box) const;
    /// True where a record holds a secret in clear, as versions before did.
    static bool holdsClear(const QJsonObject &object);
    /// With secrets masked.
    QJsonObject toMaskedJson() const;

private:
    static Result<Channel> read(const QJsonObject &object, const Channel *previous, bool checked);
    QJsonObject toJson() const;
};

} // namespace plimsoll::alerts
