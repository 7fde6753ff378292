#include "app/EngineSettings.h"

namespace plimsoll::app {

Result<EngineOptions> engineOptions(const Configuration &configuration,
                                    const std::filesystem::path &directory)
{
    const auto retentionMs = configuration.durationMs("retention-raw");
    if (!retentionMs)
        return retentionMs.error();
    EngineOptions options;
    options.directory = directory;
    options.rawRetentionMs = *retentionMs;
    return options;
}

} // namespace plimsoll::app
