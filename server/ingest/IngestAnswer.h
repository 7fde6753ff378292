#pragma once

#include "server/http/Response.h"
#include "storage/model/BatchSink.h"

namespace plimsoll::ingest {

/// At most this many rejections are spelled out in an answer; all are counted.
inline constexpr size_t maxReportedErrors = 100;

/// The answer to a batch: `{"accepted":n,"rejected":m,"errors":[{"index","error","code"}]}` with 200 where
/// anything was accepted or nothing was sent, 400 where all was refused, and the header `Idempotent-Replayed:
/// true` for a repeated key; or the JSON error of a batch that was not taken, with Retry-After where a retry
/// may succeed.
http::Response ingestAnswer(const CommitReceipt &receipt);

} // namespace plimsoll::ingest
