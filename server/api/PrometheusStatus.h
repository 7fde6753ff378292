#pragma once

#include "server/api/PrometheusCall.h"

namespace plimsoll::api::prometheus {

/// The endpoints under /api/v1/status, and those of Alertmanagers, which there are none of: alarms are
/// delivered by the appliance itself.
http::Response answerBuildInfo(const PrometheusParts &parts);
http::Response answerRuntimeInfo(const PrometheusCall &call);
http::Response answerFlags(const PrometheusCall &call);
http::Response answerConfig(const PrometheusCall &call);
http::Response answerTsdb(const PrometheusCall &call);
http::Response answerWalReplay(const PrometheusCall &call);
http::Response answerAlertmanagers(const PrometheusCall &call);

} // namespace plimsoll::api::prometheus
