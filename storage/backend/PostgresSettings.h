#pragma once

#include "storage/model/Result.h"

#include <map>
#include <string>
#include <string_view>

namespace plimsoll {

/// Where a PostgreSQL database is and how to enter it, out of a URL:
/// `postgresql://user:password@host:port/database?option=value&…`.
///
/// Options are those of libpq (`sslmode`, `sslrootcert`, `passfile`, `application_name`, …; `host=/directory`
/// for a unix socket) and three of ours: `search_path` (the schema, default `plimsoll`; made where it is
/// missing), `statement_timeout` (seconds, default 30) and `ship_interval` (milliseconds between two
/// shipments to the other nodes, default 250).
struct PostgresSettings
{
    std::map<std::string, std::string> options; ///< libpq's keywords and values, secrets among them
    std::string schema = "plimsoll";
    int connectTimeoutMs = 5'000;
    int statementTimeoutMs = 30'000;
    int shipIntervalMs = 250;
    std::string shown; ///< how messages name the database: `postgresql://user@host:port/database`

    /// Fails with Invalid for what is no such URL; the message repeats no secret.
    static Result<PostgresSettings> parse(std::string_view url);
};

/// A URL of any kind without what may be secret: the password and the options.
std::string withoutSecrets(std::string_view url);

} // namespace plimsoll
