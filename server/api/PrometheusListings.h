#pragma once

#include "server/api/PrometheusCall.h"
#include "server/api/TimeArgument.h"

namespace plimsoll::api::prometheus {

/// The endpoints that list what there is: series, labels, label/{name}/values and metadata. Names in a path
/// may be escaped as Prometheus does it (U__…).
http::Response answerSeries(const PrometheusCall &call);
http::Response answerLabels(const PrometheusCall &call);
http::Response answerLabelValues(const PrometheusCall &call);
http::Response answerMetadata(const PrometheusCall &call);

/// The series that any of the match[] of a request selects, each once, ordered by labels; `reader` is bound
/// to the call's time limit.
Result<std::vector<SelectedSeries>> selectAny(const PrometheusCall &call, const SeriesReader &reader,
                                              const std::vector<std::vector<Matcher>> &selectors,
                                              TimeRange range);

/// A name as Prometheus escapes it, `U__` first, in plain; any other text, and one that is not well formed,
/// stays as it is. Source: prometheus/common/model, UnescapeName with ValueEncodingEscaping.
std::string unescapedName(std::string_view name);

} // namespace plimsoll::api::prometheus
