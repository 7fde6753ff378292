#pragma once

#include "server/http/Request.h"
#include "server/http/Response.h"
#include "storage/model/BatchSink.h"

#include <optional>

namespace plimsoll::ingest {

/// 200 with an ExportMetricsServiceResponse, whose partial success tells how many points were refused and
/// why; where all were, 400; else the status of the error. Refusals carry a google.rpc.Status. The first
/// answers in protobuf, the second in JSON.
http::Response otlpProtobufAnswer(const CommitReceipt &receipt);
http::Response otlpJsonAnswer(const CommitReceipt &receipt);

/// 415 for a content type that is neither protobuf nor JSON.
std::optional<http::Response> otlpRefusal(const http::Request &request);

/// The source of the form that a request is in, by its content type.
const char *otlpSource(const http::Request &request);

} // namespace plimsoll::ingest
