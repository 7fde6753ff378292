#pragma once

#include "storage/model/Labels.h"
#include "storage/model/Result.h"

#include <string_view>

namespace plimsoll::ingest {

/// The labels that a path of the Pushgateway names: `<job>` and what follows it, `<label>/<value>/…`, both
/// percent-decoded. With `@base64` behind a label (for the job: `jobIsBase64`) its value is URL-safe base64,
/// padded or not, and "=" is the empty value. Source: github.com/prometheus/pushgateway, "URL".
Result<Labels> pushLabels(std::string_view job, bool jobIsBase64, std::string_view rest);

} // namespace plimsoll::ingest
