#pragma once

#include "server/ingest/ExpositionText.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::ingest {

/// A format that a target may be asked for, under Prometheus' names: "OpenMetricsText1.0.0",
/// "PrometheusText0.0.4", …
enum class ScrapeProtocol { OpenMetrics1, OpenMetrics0, Text1, Text0 };

std::optional<ScrapeProtocol> scrapeProtocolNamed(std::string_view name);
std::string_view scrapeProtocolName(ScrapeProtocol protocol);

/// In the order in which Prometheus 3 prefers them.
const std::vector<ScrapeProtocol> &defaultScrapeProtocols();

/// The Accept header that asks for these, the first liked best.
std::string acceptHeader(const std::vector<ScrapeProtocol> &protocols);

/// What a body is by its Content-Type: nothing where that is missing or not one of them.
std::optional<ExpositionForm> formOfContentType(std::string_view contentType);
ExpositionForm formOf(ScrapeProtocol protocol);

} // namespace plimsoll::ingest
