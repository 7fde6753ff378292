#pragma once

#include "server/api/PrometheusCall.h"

namespace plimsoll::api::prometheus {

/// `GET /federate?match[]=…`: the newest sample of each selected series that is no older than the lookback
/// and not a staleness marker, with its time, as text exposition 0.0.4 for another Prometheus to scrape. A
/// delta is a counter with its running total, a distribution a classic histogram. Failures are plain text, as
/// Prometheus' are. Source: prometheus/web/federate.go.
http::Response answerFederate(const PrometheusCall &call);

} // namespace plimsoll::api::prometheus
