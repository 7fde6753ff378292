#pragma once

#include "server/api/Snapshot.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::api {

/// The forms in which `GET /metrics` answers.
enum class SnapshotForm { Json, Text, OpenMetrics };

/// The form with the highest quality in an Accept header; JSON where it names none of them. "text/plain" and
/// "application/openmetrics-text" must be named: a wildcard is content with JSON.
SnapshotForm preferredForm(std::string_view accept);

/// The Content-Type of a form.
std::string_view contentType(SnapshotForm form);

enum class ShowTimes { No, Yes };

/// Writes a snapshot as text exposition 0.0.4 or OpenMetrics 1.0: a delta as a counter with its running
/// total, a distribution as a classic histogram. Letters that the format does not allow in names become '_'.
/// Source: prometheus.io/docs/instrumenting/exposition_formats,
/// prometheus.io/docs/specs/om/open_metrics_spec.
/// With times each line has that of the newest sample of its series.
/// `helpOf` is asked for the help of a metric that is not one of ours; empty text where nobody knows.
using HelpOf = std::function<std::string(std::string_view metric)>;
std::string writeExposition(const Snapshot &snapshot, SnapshotForm form, ShowTimes times = ShowTimes::No,
                            const HelpOf &helpOf = {});

/// The upper bounds of the classic buckets of a metric, without +Inf: powers of two, which are bounds of the
/// exponential buckets at every schema from 0 on, so that the cumulative counts are exact.
std::vector<double> classicBounds(std::string_view metric);

/// How many observations are at most `bound`. Exact where `bound` is one of the histogram's own bucket
/// bounds, else the bucket that holds it is left out.
double observationsUpTo(const Histogram &histogram, double bound);

} // namespace plimsoll::api
