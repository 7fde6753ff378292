#pragma once

#include "server/http/Quota.h"
#include "server/http/Router.h"
#include "server/ingest/DeadLetters.h"
#include "server/ingest/Routes.h"

namespace plimsoll::ingest {

/// Adds /api/app/dead-letters (DEAD-LETTERS.md). All must outlive the router.
void addDeadLetterRoutes(http::Router &router, DeadLetters &letters, Replay replay,
                         const http::Quotas &quotas);

} // namespace plimsoll::ingest
