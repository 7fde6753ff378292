#pragma once

#include "storage/model/Kind.h"

#include <string_view>

namespace plimsoll::api {

/// What is known of a metric beside its samples.
struct MetricDescription
{
    std::string_view help; ///< one sentence, empty where it is not one of ours
    std::string_view unit; ///< "seconds", "bytes", "ratio", "usd", …; empty where the name does not say
};

/// Describes our own metrics from a table and the unit of any other from the end of its name, as Prometheus'
/// and OpenMetrics' naming rules put it there.
MetricDescription describe(std::string_view metric);

/// The word that Prometheus and OpenMetrics have for a kind: "gauge", "counter", "histogram", "unknown".
std::string_view prometheusType(Kind kind);

} // namespace plimsoll::api
