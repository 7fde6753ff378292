#pragma once

#include "alerts/Rule.h"

#include <QJsonArray>

namespace plimsoll::alerts {

/// Alarms that belong together and are made at one click: a file `{"id","title","text","metrics","rules"}`,
/// whose rules are definitions as the API takes them. They are quiet on healthy data; StarterSetTest
/// backtests each one on healthy and on sick data.
struct StarterSet
{
    std::string id;
    std::string title;
    std::string text;
    std::vector<std::string> metrics; ///< names; where one of them arrives, the set has something to watch
    std::vector<QJsonObject> rules;

    static Result<StarterSet> fromJson(const QJsonObject &object);

    /// Those that are shipped, by id.
    static const std::vector<StarterSet> &all();
    static const StarterSet *find(std::string_view id);
};

} // namespace plimsoll::alerts
