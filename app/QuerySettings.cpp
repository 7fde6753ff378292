#include "app/QuerySettings.h"

#include <QUrl>

#include <unistd.h>

namespace plimsoll::app {

namespace {

constexpr uint64_t leastMemoryBytes = 64ULL << 20;

uint64_t quarterOfMemory()
{
    const auto pages = static_cast<uint64_t>(std::max(::sysconf(_SC_PHYS_PAGES), 0L));
    const auto pageBytes = static_cast<uint64_t>(std::max(::sysconf(_SC_PAGESIZE), 0L));
    return std::max(pages * pageBytes / 4, leastMemoryBytes);
}

/// Reads counts one after the other; the first that is none sticks.
class Counts
{
public:
    explicit Counts(const Configuration &configuration)
        : m_configuration(configuration)
    {
    }

    uint64_t read(const char *flag, uint64_t least, uint64_t most)
    {
        bool isNumber = false;
        const qulonglong count = m_configuration.value(flag).toULongLong(&isNumber);
        if (m_status && (!isNumber || count < least || count > most))
            m_status = Error{
                ErrorCode::Invalid,
                "--" + std::string(flag) + " is \"" + m_configuration.value(flag).toStdString() + "\".",
                "Write a whole number from " + std::to_string(least) + " to " + std::to_string(most) + "."};
        return count;
    }
    const Status &status() const { return m_status; }

private:
    const Configuration &m_configuration;
    Status m_status;
};

} // namespace

Result<QuerySettings> QuerySettings::from(const Configuration &configuration)
{
    constexpr uint64_t billion = 1'000'000'000;
    const auto timeoutMs = configuration.durationMs("query-timeout");
    if (!timeoutMs)
        return timeoutMs.error();
    const auto lookbackMs = configuration.durationMs("query-lookback");
    if (!lookbackMs)
        return lookbackMs.error();
    const auto memory = configuration.bytes("query-memory");
    if (!memory)
        return memory.error();
    const auto resultBytes = configuration.bytes("query-max-result-bytes");
    if (!resultBytes)
        return resultBytes.error();
    Counts counts(configuration);
    QuerySettings settings;
    settings.limits.timeoutMs = *timeoutMs;
    settings.limits.lookbackMs = *lookbackMs;
    settings.limits.maxSamples = counts.read("query-max-samples", 1, 1000 * billion);
    settings.limits.maxSamplesRead = counts.read("query-max-samples-read", 1, 1'000'000 * billion);
    settings.limits.maxSelected = counts.read("query-max-selected", 1, billion);
    settings.limits.maxSeries = counts.read("query-max-series", 1, billion);
    settings.maxPoints = static_cast<int64_t>(counts.read("query-max-points", 1, 10'000'000));
    settings.threads = counts.read("query-concurrency", 1, 256);
    settings.maxWaiting = counts.read("query-queue", 0, 100'000);
    settings.experimental = configuration.value("query-experimental") == "on";
    if (!settings.experimental && configuration.value("query-experimental") != "off")
        return Error{ErrorCode::Invalid,
                     "--query-experimental is \"" + configuration.value("query-experimental").toStdString() +
                         "\".",
                     "Write on or off."};
    settings.memoryBytes = *memory > 0 ? *memory : quarterOfMemory();
    settings.maxResultBytes = *resultBytes > 0 ? *resultBytes : UINT64_MAX;
    return counts.status() ? Result<QuerySettings>(settings) : counts.status().error();
}

std::vector<std::pair<std::string, std::string>> shownSettings(const Configuration &configuration)
{
    std::vector<std::pair<std::string, std::string>> shown;
    for (const Setting &setting : settings()) {
        if (!*setting.flag)
            continue;
        QString value = configuration.value(setting.flag);
        if (value.contains(QLatin1String("://")))
            value = QUrl(value).toString(QUrl::RemoveUserInfo | QUrl::RemoveQuery);
        shown.emplace_back(setting.flag, value.toStdString());
    }
    return shown;
}

} // namespace plimsoll::app
