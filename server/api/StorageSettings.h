#pragma once

#include "server/http/Router.h"
#include "storage/backend/DocumentStore.h"
#include "storage/engine/Engine.h"

#include <QJsonObject>

namespace plimsoll::api {

/// What people may set of the storage, as `GET /api/app/settings` shows it: `{"retention":{"raw":"35d",
/// "hourly":"2y","daily":"10y","prefixes":[{"prefix":"debug_","raw":"7d",…}]},"storage":{"max_bytes":0},
/// "journal":{"max_bytes":0},"time_zone":"UTC"}`.
QJsonObject settingsOf(const EngineOptions &options);

/// Puts what such an object says (all of it is optional) into options. Fails with Invalid, naming the field;
/// the options are unspecified then.
Status applySettings(const QJsonObject &settings, EngineOptions &options);

/// "2GiB", "500MB", "4096" as bytes.
Result<uint64_t> parseByteSize(std::string_view text);

/// What was set on the page or by the API, empty where nothing was. It wins over flags, environment and file.
Result<QJsonObject> storedSettings(const DocumentStore &documents);

/// `GET /api/app/settings` and `PATCH /api/app/settings`. What is patched is kept, and holds from the next
/// start on; until then `restart_required` is true. `running` are the options of the engine that runs.
/// Documents must outlive the router.
void addSettingsRoutes(http::Router &router, DocumentStore &documents, const EngineOptions &configured,
                       const EngineOptions &running);

} // namespace plimsoll::api
