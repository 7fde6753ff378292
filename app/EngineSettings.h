#pragma once

#include "app/Configuration.h"
#include "storage/engine/Engine.h"

namespace plimsoll::app {

/// What the configuration says about the engine. PLIMSOLL_TEST_SMALL_ENGINE in the environment makes windows,
/// head and journal tiny, for tests that kill the program in the midst of everything.
///
/// Fails with Invalid, naming the setting.
Result<EngineOptions> engineOptions(const Configuration &configuration,
                                    const std::filesystem::path &directory);

} // namespace plimsoll::app
