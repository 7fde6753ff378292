#pragma once

#include "alerts/AlertService.h"
#include "alerts/DeliveryResources.h"

#include <QJsonArray>

namespace plimsoll::alerts {

/// The episodes of a service as the API shows them, the newest first; of one rule where it is named.
inline QJsonArray episodesOf(AlertService &service, const std::string &ruleId = {})
{
    QJsonArray shown;
    for (const auto &[id, episode] : service.episodes().all()) {
        if (ruleId.empty() || episode.ruleId == ruleId)
            shown.prepend(service.episodes().toJson(episode));
    }
    return shown;
}

/// The first hundred deliveries of a service, the newest first.
inline QJsonArray deliveriesOf(AlertService &service)
{
    return DeliveryResources(service.deliveries()).list({})->value("items").toArray();
}

} // namespace plimsoll::alerts
