#pragma once

#include "alerts/Delivery.h"

#include <QJsonArray>

namespace plimsoll::alerts {

/// What one notice says, before it becomes a body.
struct Notice
{
    struct Item
    {
        const Episode *episode = nullptr;
        Delivery::Event event = Delivery::Event::Firing;
        QJsonArray points = {};  ///< what was evaluated, for a chart; may be left out
        QJsonObject around = {}; ///< "normal" and "deploy", where they are known
    };

    std::string id; ///< of the delivery
    std::string dedupKey;
    std::string event; ///< "firing", "resolved" or "test"
    bool repeat = false;
    std::vector<Item> items; ///< at least one; what is new first
    size_t leftOut = 0;      ///< further ones that fire, for want of room
    Labels groupLabels;      ///< that all of the group share by `group_by`
};

/// The body that every kind of channel gets (channels/README.md). The item that matters most comes first, and
/// the top level speaks of it: of those that fire the worst, else the first.
QJsonObject notificationBody(Notice notice, const std::string &baseUrl);

/// Of one episode alone.
QJsonObject notificationBody(const Episode &episode, const std::string &event, const std::string &deliveryId,
                             const std::string &baseUrl);

} // namespace plimsoll::alerts
