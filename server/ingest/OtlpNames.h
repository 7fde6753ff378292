#pragma once

#include <string>
#include <string_view>

namespace plimsoll::ingest {

/// What the points of an OpenTelemetry metric are, as far as its name goes.
enum class OtlpNaming : uint8_t { Plain, Gauge, MonotonicSum };

/// The name that Prometheus gives an OpenTelemetry metric: ASCII letters, digits and colons, all else a
/// single underscore; then the unit spelled out, `_total` for a monotonic sum, `_ratio` for a gauge of
/// unit 1. Words that the name has already are not repeated. Empty where nothing is left of the name. Source:
/// opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics and the naming of Prometheus'
/// own OTLP receiver ("UnderscoreEscapingWithSuffixes").
std::string otlpMetricName(std::string_view name, std::string_view unit, OtlpNaming naming);

/// The label that an attribute becomes: letters, digits and underscores; `key_` or `key` stands in front of
/// what would begin with a digit or an underscore. Empty where nothing is left.
std::string otlpLabelName(std::string_view attribute);

} // namespace plimsoll::ingest
