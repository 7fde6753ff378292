#pragma once

#include "app/Configuration.h"
#include "storage/engine/Engine.h"

namespace plimsoll::app {

/// What the configuration says about the engine. Fails with Invalid, naming the setting.
Result<EngineOptions> engineOptions(const Configuration &configuration,
                                    const std::filesystem::path &directory);

} // namespace plimsoll::app
