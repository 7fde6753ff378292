#pragma once

#include "storage/model/Result.h"

#include <QString>
#include <QStringList>

#include <map>
#include <span>

namespace plimsoll::app {

/// One thing that can be configured: by a flag, an environment variable, or a key of the configuration file
/// (INI).
struct Setting
{
    const char *flag;        ///< without the dashes: "listen"
    const char *environment; ///< "PLIMSOLL_LISTEN"; empty where only the others work
    const char *key;         ///< "listen", or "tls/certificate" for key "certificate" in the section [tls]
    const char *placeholder; ///< shown in the help: "ADDR:PORT"; empty for secrets, which have no flag
    const char *fallback;    ///< the default, as text
    const char *help;
};

/// All settings of the appliance, in the order in which the help shows them.
std::span<const Setting> settings();

/// The values of all settings: flags win over the environment, that over the file, that over the defaults.
class Configuration
{
public:
    /// Takes `--flag value` and `--flag=value` of known settings out of `arguments`; what is left there is
    /// for the caller. Reads the file named by --config, else the user's, else the system's where one exists.
    /// Unknown flags stay.
    static Result<Configuration> load(QStringList &arguments);

    QString value(const char *flag) const;
    /// The same, checked: a duration such as "35d", a byte size such as "64MiB".
    Result<int64_t> durationMs(const char *flag) const;
    Result<uint64_t> bytes(const char *flag) const; ///< 0 where it is empty

    /// The file that was read; empty where there was none.
    QString file() const { return m_file; }
    /// Where the data is when nothing says otherwise.
    static QString defaultDataDirectory();

private:
    std::map<std::string, QString> m_values;
    QString m_file;
};

/// "90s", "5m", "1h30m", "35d", "2w", "1y" as milliseconds.
Result<int64_t> parseDurationMs(const QString &text);
/// Such as "512MiB".
Result<uint64_t> parseBytes(const QString &text);

} // namespace plimsoll::app
