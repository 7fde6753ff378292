#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace plimsoll::ingest {

/// An attribute (opentelemetry.proto.common.v1.KeyValue) with its value as text: numbers in decimal, true and
/// false, bytes in base64, arrays and maps as JSON. Throws protozero::exception where the bytes are none.
std::pair<std::string, std::string> readOtlpKeyValue(std::string_view message);

} // namespace plimsoll::ingest
