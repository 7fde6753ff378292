#include "app/EngineSettings.h"

#include "server/api/StorageSettings.h"

#include <QJsonArray>

namespace plimsoll::app {

namespace {

/// So that everything that happens once in hours happens within a second; "hours" is for tests that move the
/// clock themselves, and need windows that fit into weeks.
void makeSmall(EngineOptions &options)
{
    options.windowMs = qgetenv("PLIMSOLL_TEST_SMALL_ENGINE") == "hours" ? 3'600'000 : 10'000;
    options.headMaxBytes = 128 * 1024;
    options.segmentBytes = 128 * 1024;
    options.checkpointBytes = 256 * 1024;
}

/// "debug_=7d, tmp_=1d/30d/1y" as the list that the API takes.
QJsonArray prefixesIn(const QString &text)
{
    QJsonArray prefixes;
    for (const QString &part : text.split(QLatin1Char(','), Qt::SkipEmptyParts)) {
        const QStringList ages = part.section(QLatin1Char('='), 1).trimmed().split(QLatin1Char('/'));
        QJsonObject entry{{"prefix", part.section(QLatin1Char('='), 0, 0).trimmed()}};
        const char *const names[] = {"raw", "hourly", "daily"};
        for (qsizetype i = 0; i < std::min<qsizetype>(ages.size(), 3); i++)
            entry[QLatin1String(names[i])] = ages[i].trimmed();
        prefixes.append(entry);
    }
    return prefixes;
}

} // namespace

Result<EngineOptions> configuredEngine(const Configuration &configuration,
                                       const std::filesystem::path &directory)
{
    const auto storageBytes = configuration.bytes("storage-max-bytes");
    if (!storageBytes)
        return storageBytes.error();
    const auto journalBytes = configuration.bytes("journal-max-bytes");
    if (!journalBytes)
        return journalBytes.error();
    const QJsonObject retention{{"raw", configuration.value("retention-raw")},
                                {"hourly", configuration.value("retention-hourly")},
                                {"daily", configuration.value("retention-daily")},
                                {"prefixes", prefixesIn(configuration.value("retention-prefixes"))}};
    const QJsonObject settings{{"retention", retention},
                               {"storage", QJsonObject{{"max_bytes", qint64(*storageBytes)}}},
                               {"journal", QJsonObject{{"max_bytes", qint64(*journalBytes)}}},
                               {"time_zone", configuration.value("time-zone")}};
    EngineOptions options;
    options.directory = directory;
    if (Status applied = api::applySettings(settings, options); !applied)
        return applied.error();
    if (qEnvironmentVariableIsSet("PLIMSOLL_TEST_SMALL_ENGINE"))
        makeSmall(options);
    return options;
}

Result<EngineOptions> engineOptions(const Configuration &configuration,
                                    const std::filesystem::path &directory, const DocumentStore &documents)
{
    auto options = configuredEngine(configuration, directory);
    const auto stored = api::storedSettings(documents);
    if (!stored)
        return stored.error();
    if (options) {
        if (Status applied = api::applySettings(*stored, *options); !applied)
            return applied.error();
    }
    return options;
}

} // namespace plimsoll::app
