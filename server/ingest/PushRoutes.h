#pragma once

#include "server/http/Router.h"
#include "server/ingest/DecoderThread.h"
#include "server/ingest/Pushgateway.h"

namespace plimsoll::ingest {

/// PUT, POST and DELETE of /metrics/job/{job}{/label/value}; all of it must outlive the router's use.
void addPushRoutes(http::Router &router, Pushgateway &gateway, DecoderThread &decoders, const Prices &prices);

} // namespace plimsoll::ingest
