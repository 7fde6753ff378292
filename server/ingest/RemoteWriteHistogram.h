#pragma once

#include "storage/model/Histogram.h"

#include <cstdint>
#include <string_view>

namespace plimsoll::ingest {

/// A native histogram as remote write 1.0 carries it (prometheus.Histogram of types.proto).
struct RemoteHistogram
{
    Histogram value;
    int64_t timestampMs = 0;
    const char *fault = nullptr; ///< what is wrong with it, as the end of a sentence; null where it is fine
};

/// Reads the message. Throws protozero::exception where the bytes are not one.
RemoteHistogram readRemoteHistogram(std::string_view message);

} // namespace plimsoll::ingest
