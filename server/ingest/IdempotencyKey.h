#pragma once

#include "server/http/Request.h"
#include "storage/model/Batch.h"
#include "storage/model/Result.h"

#include <optional>

namespace plimsoll::ingest {

/// The Idempotency-Key header of a request: 1 to 255 printable ASCII bytes. The hashes are XXH3-128 of
/// project and key, and of method, path, query and body as they came. Nothing where there is no such header;
/// Invalid for a bad one.
Result<std::optional<Batch::Idempotency>> idempotencyOf(const http::Request &request);

/// The same from its parts, for those that write to the engine without HTTP.
Batch::Idempotency idempotency(ProjectId project, std::string_view key, std::string_view target,
                               std::string_view body);

} // namespace plimsoll::ingest
