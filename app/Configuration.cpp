#include "app/Configuration.h"

#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>
#include <QSettings>
#include <QStandardPaths>

#include <array>

namespace plimsoll::app {

namespace {

constexpr std::array table{
    Setting{"data", "PLIMSOLL_DATA", "data", "DIR", "", "where everything is kept"},
    Setting{"listen", "PLIMSOLL_LISTEN", "listen", "ADDR:PORT", "127.0.0.1:9510",
            "address of the one HTTP port; an address that others can reach needs an admin password"},
    Setting{"statsd", "PLIMSOLL_STATSD", "statsd/listen", "ADDR:PORT", "127.0.0.1:8125",
            "where StatsD and DogStatsD come in, over UDP and TCP and without a key; off for nowhere. A port "
            "that is taken is a warning"},
    Setting{"statsd-project", "PLIMSOLL_STATSD_PROJECT", "statsd/project", "NAME", "default",
            "the project of what comes over StatsD and Graphite"},
    Setting{"graphite", "PLIMSOLL_GRAPHITE", "graphite/listen", "ADDR:PORT", "",
            "where Graphite's plaintext comes in, over TCP and without a key; nowhere unless set"},
    Setting{"pushgateway-ttl", "PLIMSOLL_PUSHGATEWAY_TTL", "pushgateway/ttl", "AGE", "",
            "what a job pushed to /metrics/job/… is forgotten when it was not pushed again for so long; kept "
            "until it is deleted unless set"},
    Setting{"storage", "PLIMSOLL_STORAGE", "storage", "URL", "sqlite:",
            "sqlite: (a file in the data directory), memory: (nothing survives a restart) or "
            "postgresql://user@host/database (several appliances may share one)"},
    Setting{"config", "PLIMSOLL_CONFIG", "", "FILE", "",
            "configuration file (INI) to read instead of the usual ones"},
    Setting{"tls-certificate", "PLIMSOLL_TLS_CERTIFICATE", "tls/certificate", "FILE", "",
            "PEM certificate chain; with it and the key the port speaks HTTPS, SIGHUP reads both again"},
    Setting{"tls-key", "PLIMSOLL_TLS_KEY", "tls/key", "FILE", "", "PEM private key of the certificate"},
    Setting{"cors-origins", "PLIMSOLL_CORS_ORIGINS", "cors/origins", "ORIGIN,...", "",
            "pages of other sites that may call this from a browser with an API key: "
            "https://app.example.com may read and send samples, * lets every page read; none unless set"},
    Setting{"scrape-config", "PLIMSOLL_SCRAPE_CONFIG", "scrape/config", "FILE", "",
            "targets to scrape, as the scrape_configs of a Prometheus configuration; SIGHUP reads it again"},
    Setting{
        "rules", "PLIMSOLL_RULES", "alerts/rules", "DIR", "",
        "folder of Prometheus rule files (*.yml, *.yaml, *.rules) whose alarms and recording rules are in "
        "force in the project default; read again when a file changes and on SIGHUP"},
    Setting{"retention-raw", "PLIMSOLL_RETENTION_RAW", "retention/raw", "AGE", "35d",
            "how long samples are kept; then hours of them remain"},
    Setting{"retention-hourly", "PLIMSOLL_RETENTION_HOURLY", "retention/hourly", "AGE", "2y",
            "how long hours are kept; then days of them remain. Older samples are refused as too_old"},
    Setting{"retention-daily", "PLIMSOLL_RETENTION_DAILY", "retention/daily", "AGE", "10y",
            "how long days are kept"},
    Setting{"retention-prefixes", "PLIMSOLL_RETENTION_PREFIXES", "retention/prefixes",
            "PREFIX=RAW/HOURLY/DAILY,...", "",
            "other ages for metrics whose name begins so: debug_=7d, tmp_=1d/30d/1y; the longest counts"},
    Setting{
        "storage-max-bytes", "PLIMSOLL_STORAGE_MAX_BYTES", "storage/max_bytes", "SIZE", "",
        "bound of the database, such as 20GiB: beyond it the oldest samples go first. No bound unless set"},
    Setting{"time-zone", "PLIMSOLL_TIME_ZONE", "time_zone", "ZONE", "UTC",
            "IANA name of the zone in which days begin; another one holds for new days"},
    Setting{
        "journal-max-bytes", "PLIMSOLL_JOURNAL_MAX_BYTES", "journal/max_bytes", "SIZE", "",
        "most that the journal may take, with what waits for a database that is away; beyond it writers are "
        "told to try again. 2GiB, or a tenth of the disk if that is less"},
    Setting{"max-active-series", "PLIMSOLL_MAX_ACTIVE_SERIES", "limits/max_active_series", "COUNT", "100000",
            "series of a project seen in the last hour, unless the project says otherwise: beyond it new "
            "increments and observations are counted under the label value __other__, other new series are "
            "refused. 0: no bound"},
    Setting{"dead-letters-max-bytes", "PLIMSOLL_DEAD_LETTERS_MAX_BYTES", "dead_letters/max_bytes", "SIZE",
            "32MiB", "room for what was refused, of each project; beyond it the oldest goes"},
    Setting{"dead-letters-max-age", "PLIMSOLL_DEAD_LETTERS_MAX_AGE", "dead_letters/max_age", "AGE", "14d",
            "how long what was refused is kept"},
    Setting{"alert-interval", "PLIMSOLL_ALERT_INTERVAL", "alerts/interval", "TIME", "15s",
            "how often alarms are evaluated"},
    Setting{"query-timeout", "PLIMSOLL_QUERY_TIMEOUT", "query/timeout", "TIME", "30s",
            "a query that takes longer is ended"},
    Setting{"query-max-samples", "PLIMSOLL_QUERY_MAX_SAMPLES", "query/max_samples", "COUNT", "50000000",
            "samples and points that a query may hold at a time"},
    Setting{"query-max-samples-read", "PLIMSOLL_QUERY_MAX_SAMPLES_READ", "query/max_samples_read", "COUNT",
            "500000000", "samples that a query may read from storage"},
    Setting{"query-max-selected", "PLIMSOLL_QUERY_MAX_SELECTED", "query/max_selected", "COUNT", "1000000",
            "series that a selector of a query may find"},
    Setting{"query-max-series", "PLIMSOLL_QUERY_MAX_SERIES", "query/max_series", "COUNT", "100000",
            "series in an answer"},
    Setting{"query-max-points", "PLIMSOLL_QUERY_MAX_POINTS", "query/max_points", "COUNT", "11000",
            "points of a series in a range query"},
    Setting{"query-max-result-bytes", "PLIMSOLL_QUERY_MAX_RESULT_BYTES", "query/max_result_bytes", "SIZE",
            "1GiB", "size of an answer"},
    Setting{"query-memory", "PLIMSOLL_QUERY_MEMORY", "query/memory", "SIZE", "",
            "memory that all queries together may hold. A quarter of the machine's unless set"},
    Setting{"query-concurrency", "PLIMSOLL_QUERY_CONCURRENCY", "query/concurrency", "COUNT", "8",
            "queries that run at a time; long ones give way to what takes samples in"},
    Setting{"query-queue", "PLIMSOLL_QUERY_QUEUE", "query/queue", "COUNT", "256",
            "queries that wait for others to end; beyond it they are told to try again"},
    Setting{"query-lookback", "PLIMSOLL_QUERY_LOOKBACK", "query/lookback", "TIME", "5m",
            "how old the newest sample of a series may be to count as its value"},
    Setting{"query-experimental", "PLIMSOLL_QUERY_EXPERIMENTAL", "query/experimental", "on|off", "off",
            "whether queries may use what is experimental in Prometheus, such as info() or limitk"},
    Setting{"outbound-private", "PLIMSOLL_OUTBOUND_PRIVATE", "outbound/private", "auto|allow|deny", "auto",
            "whether webhooks may go to private addresses; auto allows it while Plimsoll listens on loopback "
            "only"},
    Setting{
        "secrets-key", "PLIMSOLL_SECRETS_KEY", "secrets/key", "FILE", "",
        "the key under which passwords and tokens of channels and checks are kept, made where it is missing; "
        "secrets.key in the data directory unless given. No backup holds it; appliances on one database need "
        "the same"},
    Setting{"", "PLIMSOLL_ADMIN_PASSWORD", "", "", "",
            "sets the admin password at start where none exists; at least 12 characters"},
};

const Setting *find(const QString &flag)
{
    for (const Setting &setting : table) {
        if (*setting.flag && flag == QLatin1String(setting.flag))
            return &setting;
    }
    return nullptr;
}

/// Takes the flags of known settings out of the arguments.
Result<std::map<std::string, QString>> takeFlags(QStringList &arguments)
{
    std::map<std::string, QString> flags;
    QStringList rest;
    for (qsizetype i = 0; i < arguments.size(); i++) {
        const QString &argument = arguments[i];
        const QString name = argument.mid(2).section(QLatin1Char('='), 0, 0);
        const Setting *setting = argument.startsWith(QLatin1String("--")) ? find(name) : nullptr;
        if (!setting) {
            rest << argument;
        } else if (argument.contains(QLatin1Char('='))) {
            flags[setting->flag] = argument.section(QLatin1Char('='), 1);
        } else if (i + 1 < arguments.size()) {
            flags[setting->flag] = arguments[++i];
        } else {
            const QString message = QStringLiteral("--%1 needs a value.").arg(name);
            const QString hint =
                QStringLiteral("Write --%1 %2.").arg(name, QLatin1String(setting->placeholder));
            return Error{ErrorCode::Invalid, message.toStdString(), hint.toStdString()};
        }
    }
    arguments = rest;
    return flags;
}

QString usualFile()
{
    const QString user = QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) +
                         QLatin1String("/plimsoll/plimsoll.conf");
    for (const QString &path : {user, QStringLiteral("/etc/plimsoll/plimsoll.conf")}) {
        if (QFileInfo(path).isReadable())
            return path;
    }
    return {};
}

} // namespace

std::span<const Setting> settings() { return table; }

QString Configuration::defaultDataDirectory()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QLatin1String("/plimsoll");
}

Result<Configuration> Configuration::load(QStringList &arguments)
{
    auto flags = takeFlags(arguments);
    if (!flags)
        return flags.error();

    Configuration configuration;
    QString &file = configuration.m_file;
    file = flags->contains("config") ? flags->at("config") : qEnvironmentVariable("PLIMSOLL_CONFIG");
    if (!file.isEmpty() && !QFileInfo(file).isReadable())
        return Error{ErrorCode::NotFound, "The configuration file " + file.toStdString() + " cannot be read.",
                     "Check the path and its permissions."};
    if (file.isEmpty())
        file = usualFile();

    const QSettings ini(file.isEmpty() ? QStringLiteral("/dev/null") : file, QSettings::IniFormat);
    if (ini.status() != QSettings::NoError)
        return Error{
            ErrorCode::Invalid, "The configuration file " + file.toStdString() + " is not valid INI.", {}};

    for (const Setting &setting : table) {
        QString value = QString::fromLatin1(setting.fallback);
        if (*setting.key && ini.contains(QLatin1String(setting.key)))
            value = ini.value(QLatin1String(setting.key)).toStringList().join(QLatin1Char(','));
        if (qEnvironmentVariableIsSet(setting.environment))
            value = qEnvironmentVariable(setting.environment);
        if (const auto it = flags->find(setting.flag); it != flags->end())
            value = it->second;
        configuration.m_values[*setting.flag ? setting.flag : setting.environment] = value;
    }
    if (configuration.m_values["data"].isEmpty())
        configuration.m_values["data"] = defaultDataDirectory();
    return configuration;
}

QString Configuration::value(const char *flag) const
{
    const auto it = m_values.find(flag);
    Q_ASSERT(it != m_values.end());
    return it->second;
}

Result<int64_t> Configuration::durationMs(const char *flag) const
{
    auto parsed = parseDurationMs(value(flag));
    if (parsed)
        return parsed;
    const QString message =
        QStringLiteral("--%1: %2").arg(QLatin1String(flag), QString::fromStdString(parsed.error().message));
    return Error{ErrorCode::Invalid, message.toStdString(), parsed.error().hint};
}

Result<uint64_t> Configuration::bytes(const char *flag) const
{
    if (value(flag).isEmpty())
        return uint64_t(0);
    auto parsed = parseBytes(value(flag));
    if (parsed)
        return parsed;
    const QString message =
        QStringLiteral("--%1: %2").arg(QLatin1String(flag), QString::fromStdString(parsed.error().message));
    return Error{ErrorCode::Invalid, message.toStdString(), parsed.error().hint};
}

Result<uint64_t> parseBytes(const QString &text)
{
    static const QRegularExpression whole(QStringLiteral("^(\\d{1,12})(|KiB|MiB|GiB|TiB)$"));
    const auto match = whole.match(text);
    if (!match.hasMatch())
        return Error{ErrorCode::Invalid, QStringLiteral("\"%1\" is not a size.").arg(text).toStdString(),
                     "Write it like 512MiB or 2GiB."};
    static const QStringList units{QString(), QStringLiteral("KiB"), QStringLiteral("MiB"),
                                   QStringLiteral("GiB"), QStringLiteral("TiB")};
    const int power = int(units.indexOf(match.captured(2)));
    const uint64_t number = match.captured(1).toULongLong();
    if (number > UINT64_MAX >> (10 * power))
        return Error{ErrorCode::Invalid, QStringLiteral("\"%1\" is too large.").arg(text).toStdString(), {}};
    return number << (10 * power);
}

Result<int64_t> parseDurationMs(const QString &text)
{
    static const std::map<QString, int64_t> units{
        {"ms", 1},         {"s", 1000},        {"m", 60'000},        {"h", 3'600'000},
        {"d", 86'400'000}, {"w", 604'800'000}, {"y", 31'536'000'000}};
    static const QRegularExpression whole(QStringLiteral("^(?:\\d{1,9}(?:ms|[smhdwy]))+$"));
    static const QRegularExpression part(QStringLiteral("(\\d+)(ms|[smhdwy])"));
    if (!whole.match(text).hasMatch())
        return Error{ErrorCode::Invalid, QStringLiteral("\"%1\" is not a duration.").arg(text).toStdString(),
                     "Write it like 90s, 5m, 1h30m or 35d."};
    int64_t total = 0;
    for (auto it = part.globalMatch(text); it.hasNext();) {
        const auto match = it.next();
        total += match.captured(1).toLongLong() * units.at(match.captured(2));
    }
    return total;
}

} // namespace plimsoll::app
