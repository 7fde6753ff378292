#pragma once

#include "alerts/prometheus/RuleImport.h"

#include <QFileSystemWatcher>
#include <QObject>
#include <QTimer>

namespace plimsoll::alerts::prometheus {

/// Reads the rule files (*.yml, *.yaml, *.rules) of a folder, in the order of their names. Fails where the
/// folder cannot be read; a file that cannot be read has that as its error.
Result<std::vector<ProvisionedFile>> readRuleFolder(const QString &folder);

/// Keeps the provisioned rules of a project as the files of a folder say: reads them at start, when one
/// changes (within about a second; it looks again every minute too, for file systems that do not tell) and
/// when it is told to. A file with errors is reported in the log and changes nothing. Without a folder there
/// are no provisioned rules. Belongs to the thread of the service.
class RuleFolder : public QObject
{
    Q_OBJECT

public:
    RuleFolder(AlertService &service, QString folder, QObject *parent = nullptr);

    void start();
    void stop();
    /// Reads the files again; the rules are in force soon after.
    void reload();
    /// `{"folder","read_ms","error","files":[{"name","rules","errors":[…],"notes":[…]}]}` as last read.
    QJsonObject report() const { return m_report; }

Q_SIGNALS:
    /// The rules are in force, or could not be put there.
    void loaded();

private:
    QCoro::Task<void> load();
    void watch();

    AlertService &m_service;
    QString m_folder;
    QFileSystemWatcher m_watcher;
    QTimer m_settle; ///< editors write a file in several steps
    QTimer m_look;
    QJsonObject m_report;
    QByteArray m_fingerprint; ///< of what was read last
    bool m_loading = false;
    bool m_again = false;
    bool m_stopped = true;
};

} // namespace plimsoll::alerts::prometheus
