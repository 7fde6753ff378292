#pragma once

#include "server/ingest/StrictJson.h"

#include <string>
#include <utility>

namespace plimsoll::ingest {

/// An attribute (KeyValue) with its value (AnyValue) as text: numbers in decimal, true and false, bytes in
/// base64, arrays and maps as JSON. Throws JsonShapeError.
std::pair<std::string, std::string> otlpJsonKeyValue(strictjson::Value &value);

} // namespace plimsoll::ingest
