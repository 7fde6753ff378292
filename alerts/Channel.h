#pragma once

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
    /// Secrets that are in the store but cannot be read, such as after a restore: "settings.token". Nothing
    /// is sent until they are given again.
    std::vector<std::string> missingSecrets;

    /// Reads a definition. Secrets that carry the mask are taken from `previous`, which may be null; without
    /// it, or where they would go to another receiver now, they fail, naming the field.
    static Result<Channel> fromJson(const QJsonObject &object, const Channel *previous);
    /// With secrets in clear: for the store only.
    QJsonObject toJson() const;
    /// With secrets masked: for everybody else.
    QJsonObject toMaskedJson() const;
};

} // namespace plimsoll::alerts
