#pragma once

#include "server/api/PrometheusCall.h"

namespace plimsoll::api::prometheus {

/// /api/v1/targets (state=active|dropped|any, scrapePool=), /api/v1/targets/metadata (match_target, metric,
/// limit) and /api/v1/scrape_pools: what this appliance scrapes for the project of the caller. Source:
/// prometheus.io/docs/prometheus/latest/querying/api/#targets.
http::Response answerTargets(const PrometheusCall &call);
http::Response answerTargetsMetadata(const PrometheusCall &call);
http::Response answerScrapePools(const PrometheusCall &call);

} // namespace plimsoll::api::prometheus
