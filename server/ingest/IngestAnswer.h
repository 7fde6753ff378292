#pragma once

#include "server/http/Request.h"
#include "server/http/Response.h"
#include "storage/model/BatchSink.h"

#include <optional>
#include <span>
#include <string>

namespace plimsoll::ingest {

/// At most this many rejections are spelled out in an answer; all are counted.
inline constexpr size_t maxReportedErrors = 100;

/// The answer to a batch: `{"accepted":n,"rejected":m,"errors":[{"index","error","code"}]}` with 200 where
/// anything was accepted or nothing was sent, 400 where all was refused, and the header `Idempotent-Replayed:
/// true` for a repeated key; or the JSON error of a batch that was not taken, with Retry-After where a retry
/// may succeed.
http::Response ingestAnswer(const CommitReceipt &receipt);

/// The messages of the first refused items, one to a line.
std::string firstMessages(const std::vector<Rejection> &rejections);

/// 204, or 400 with a text that says how many samples were refused and why the first ones were; the others
/// are kept.
http::Response remoteWriteAnswer(const CommitReceipt &receipt);
/// The same for remote write 2.0, with the headers that say how much was written, also where nothing was.
http::Response remoteWrite2Answer(const CommitReceipt &receipt, std::span<const uint32_t> histogramItems);
/// 415 for messages that remote write does not have.
std::optional<http::Response> remoteWriteRefusal(const http::Request &request);
/// The source of the version that a request is in, by its headers.
const char *remoteWriteSource(const http::Request &request);

/// 204, or `{"code":"invalid","error":"…","message":"…"}` in InfluxDB's words: version 1 reads `error`,
/// version 2 `message`.
http::Response influxAnswer(const CommitReceipt &receipt);
/// The same for any other refusal of the Influx doors.
http::Response influxError(int status, const std::string &message);

} // namespace plimsoll::ingest
