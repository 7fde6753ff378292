#include "storage/backend/PostgresSchema.h"

#include <array>

namespace plimsoll {

namespace {

/// One step per version; each brings the tables from the version before to its own.
constexpr std::array steps{
    R"(CREATE TABLE schema_version (version bigint NOT NULL);
INSERT INTO schema_version VALUES (0);
CREATE TABLE node (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, identity text NOT NULL UNIQUE,
    host text NOT NULL, writes bigint NOT NULL DEFAULT 0);
CREATE TABLE meta (node bigint NOT NULL, key text NOT NULL, value text NOT NULL, PRIMARY KEY (node, key));
CREATE TABLE catalogue (node bigint NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, data bytea NOT NULL,
    PRIMARY KEY (node, id));
CREATE TABLE receipts (node bigint NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, newest_ms bigint NOT NULL,
    data bytea NOT NULL, PRIMARY KEY (node, id));
CREATE TABLE seal (node bigint NOT NULL, id bigint NOT NULL, window_start_ms bigint NOT NULL,
    span_ms bigint NOT NULL, resolution_ms bigint NOT NULL, min_ms bigint NOT NULL, max_ms bigint NOT NULL,
    samples bigint NOT NULL, bytes bigint NOT NULL, journal_sequence bigint NOT NULL, series bytea NOT NULL,
    PRIMARY KEY (node, id));
CREATE TABLE pack (node bigint NOT NULL, seal bigint NOT NULL, first_series bigint NOT NULL, data bytea NOT NULL,
    PRIMARY KEY (node, seal, first_series));
CREATE TABLE document (project bigint NOT NULL, collection text NOT NULL, id text NOT NULL,
    updated_ms bigint NOT NULL, body text NOT NULL, PRIMARY KEY (project, collection, id));
CREATE TABLE series (node bigint NOT NULL, id bigint NOT NULL, project bigint NOT NULL, name text NOT NULL,
    labels text NOT NULL, kind text NOT NULL, PRIMARY KEY (node, id));
CREATE TABLE daily (node bigint NOT NULL, series bigint NOT NULL, start_ms bigint NOT NULL, end_ms bigint NOT NULL,
    zone text NOT NULL, count bigint NOT NULL, sum double precision, min double precision,
    max double precision, first double precision, last double precision,
    increase double precision, exact_sum bytea NOT NULL, histogram bytea,
    p50 double precision, p95 double precision, p99 double precision,
    PRIMARY KEY (node, series, start_ms));
CREATE TABLE shipment (node bigint NOT NULL, sequence bigint NOT NULL, payload bytea NOT NULL,
    PRIMARY KEY (node, sequence));
ALTER TABLE catalogue ALTER data SET STORAGE EXTERNAL;
ALTER TABLE pack ALTER data SET STORAGE EXTERNAL;
ALTER TABLE shipment ALTER payload SET STORAGE EXTERNAL;)",
};

constexpr int64_t newest = steps.size();

Result<int64_t> storedVersion(PostgresConnection &connection)
{
    auto there = connection.run("SELECT count(*) FROM pg_catalog.pg_tables "
                                "WHERE schemaname = current_schema() AND tablename = 'schema_version'");
    if (!there)
        return there.error();
    if (there->number(0, 0) == 0)
        return int64_t(0);
    auto version = connection.run("SELECT max(version) FROM schema_version");
    if (!version)
        return version.error();
    return version->isNull(0, 0) ? int64_t(0) : version->number(0, 0);
}

Status makeSchema(PostgresConnection &connection, const PostgresSettings &settings)
{
    auto there = connection.run("SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = $1",
                                PostgresParameters().text(settings.schema));
    if (!there)
        return there.error();
    if (there->number(0, 0) > 0)
        return {};
    std::string name;
    for (const char c : settings.schema)
        name += c == '"' ? std::string("\"\"") : std::string(1, c);
    Status made = connection.execute("CREATE SCHEMA \"" + name + "\"");
    if (!made && made.error().code == ErrorCode::Forbidden)
        return Error{ErrorCode::Forbidden,
                     "The role may not make the schema " + settings.schema + " in the database " +
                         settings.shown + ".",
                     "Let its owner run: CREATE SCHEMA \"" + name + "\" AUTHORIZATION this role."};
    return made;
}

Status upgrade(PostgresConnection &connection, const PostgresSettings &settings)
{
    // Nodes that start together take turns.
    if (Status locked = connection.execute("SELECT pg_advisory_xact_lock(hashtext('plimsoll:schema'))");
        !locked)
        return locked;
    if (Status made = makeSchema(connection, settings); !made)
        return made;
    const auto version = storedVersion(connection);
    if (!version)
        return version.error();
    if (*version > newest)
        return Error{ErrorCode::Unsupported,
                     "A newer version of Plimsoll wrote the schema " + settings.schema + " of the database " +
                         settings.shown + ".",
                     "Run that version, or name another schema by search_path in the storage URL."};
    for (int64_t step = *version; step < newest; step++) {
        if (Status done = connection.execute(steps[static_cast<size_t>(step)]); !done)
            return done;
    }
    if (*version == newest)
        return {};
    return connection.execute("UPDATE schema_version SET version = " + std::to_string(newest));
}

} // namespace

Status preparePostgresSchema(PostgresConnection &connection, const PostgresSettings &settings)
{
    Status done = connection.execute("BEGIN");
    if (done)
        done = upgrade(connection, settings);
    if (done)
        return connection.execute("COMMIT");
    (void)connection.execute("ROLLBACK");
    return done;
}

} // namespace plimsoll
