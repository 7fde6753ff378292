#pragma once

#include "server/http/Authority.h"
#include "server/http/Cors.h"
#include "server/http/HttpStats.h"
#include "server/http/Limits.h"
#include "server/http/Tls.h"
#include "storage/model/Clock.h"

namespace plimsoll::http {

/// What all threads of the HTTP room share. It outlives them.
struct ServerContext
{
    const Router &router;
    Authority &authority;
    const Clock &clock;
    HttpStats &stats;
    Tls &tls;
    Limits limits;
    Cors cors = {};
};

} // namespace plimsoll::http
