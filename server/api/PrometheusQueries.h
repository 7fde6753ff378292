#pragma once

#include "server/api/PrometheusCall.h"

namespace plimsoll::api::prometheus {

/// query and query_range: they answer by themselves, as a stream where the answer is large.
void serveQuery(const PrometheusCall &call, http::Reply &reply);
void serveQueryRange(const PrometheusCall &call, http::Reply &reply);

http::Response answerFormatQuery(const PrometheusCall &call);
http::Response answerParseQuery(const PrometheusCall &call);
/// Exemplars are read from senders and not kept, so there are none.
http::Response answerExemplars(const PrometheusCall &call);

} // namespace plimsoll::api::prometheus
