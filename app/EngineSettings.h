#pragma once

#include "app/Configuration.h"
#include "storage/backend/DocumentStore.h"
#include "storage/engine/Engine.h"

namespace plimsoll::app {

/// What flags, environment and configuration file say about the engine. Fails with Invalid, naming the
/// setting.
Result<EngineOptions> configuredEngine(const Configuration &configuration,
                                       const std::filesystem::path &directory);

/// The same, and over it what was set by `PATCH /api/app/settings`.
Result<EngineOptions> engineOptions(const Configuration &configuration,
                                    const std::filesystem::path &directory, const DocumentStore &documents);

} // namespace plimsoll::app
