#include "app/EngineSettings.h"

namespace plimsoll::app {

namespace {

/// So that everything that happens once in hours happens within a second.
void makeSmall(EngineOptions &options)
{
    options.windowMs = 10'000;
    options.headMaxBytes = 128 * 1024;
    options.segmentBytes = 128 * 1024;
    options.checkpointBytes = 256 * 1024;
}

} // namespace

Result<EngineOptions> engineOptions(const Configuration &configuration,
                                    const std::filesystem::path &directory)
{
    const auto retentionMs = configuration.durationMs("retention-raw");
    if (!retentionMs)
        return retentionMs.error();
    const auto journalMaxBytes = configuration.bytes("journal-max-bytes");
    if (!journalMaxBytes)
        return journalMaxBytes.error();
    EngineOptions options;
    options.directory = directory;
    options.rawRetentionMs = *retentionMs;
    options.journalMaxBytes = *journalMaxBytes;
    if (qEnvironmentVariableIsSet("PLIMSOLL_TEST_SMALL_ENGINE"))
        makeSmall(options);
    return options;
}

} // namespace plimsoll::app
