#include "alerts/prometheus/RuleFolder.h"

#include "alerts/AlertService.h"

#include <QCryptographicHash>
#include <QDir>
#include <QJsonArray>
#include <QPointer>

namespace plimsoll::alerts::prometheus {

namespace {

constexpr int settleMs = 300;
constexpr int lookMs = 60'000;
const QStringList patterns{QStringLiteral("*.yml"), QStringLiteral("*.yaml"), QStringLiteral("*.rules")};

QJsonArray linesOf(const std::vector<RuleFileNote> &notes)
{
    QJsonArray lines;
    for (const RuleFileNote &note : notes)
        lines.append(QString::fromStdString(note.toString()));
    return lines;
}

/// The form of the API; errors are logged too.
QJsonArray reportsOf(const std::vector<ProvisionedFile> &files)
{
    QJsonArray reports;
    for (const ProvisionedFile &file : files) {
        if (!file.content.ok())
            qWarning("A rule file has errors; the alarms that it gave before stay.\n%s",
                     file.content.errorText(file.name).c_str());
        reports.append(QJsonObject{{"name", QString::fromStdString(file.name)},
                                   {"rules", qint64(file.content.ok() ? file.content.rules.size() : 0)},
                                   {"errors", linesOf(file.content.errors)},
                                   {"notes", linesOf(file.content.notes)}});
    }
    return reports;
}

ProvisionedFile readOne(const QDir &folder, const QString &name)
{
    ProvisionedFile read;
    read.name = name.toStdString();
    QFile file(folder.filePath(name));
    if (file.open(QIODevice::ReadOnly))
        read.content = readRuleFile(file.read(qint64(RuleFile::maxBytes) + 1).toStdString(), read.name);
    else
        read.content.errors.push_back({0, 0, "cannot be read: " + file.errorString().toStdString()});
    return read;
}

/// Names, sizes and times: what changes when a file does.
QByteArray fingerprintOf(const QString &folder)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    const QFileInfoList entries = QDir(folder).entryInfoList(patterns, QDir::Files, QDir::Name);
    for (const QFileInfo &entry : entries) {
        hash.addData(entry.fileName().toUtf8());
        hash.addData(QByteArray::number(entry.size()) + "/" +
                     QByteArray::number(entry.lastModified().toMSecsSinceEpoch()) + ";");
    }
    return hash.result();
}

} // namespace

Result<std::vector<ProvisionedFile>> readRuleFolder(const QString &folder)
{
    const QDir directory(folder);
    if (!directory.exists() || !directory.isReadable())
        return Error{ErrorCode::NotFound, "The folder of rules " + folder.toStdString() + " cannot be read.",
                     "Make it, or change --rules."};
    std::vector<ProvisionedFile> files;
    const QStringList names = directory.entryList(patterns, QDir::Files, QDir::Name);
    for (const QString &name : names)
        files.push_back(readOne(directory, name));
    return files;
}

RuleFolder::RuleFolder(AlertService &service, QString folder, QObject *parent)
    : QObject(parent)
    , m_service(service)
    , m_folder(std::move(folder))
    , m_watcher(this)
    , m_settle(this)
    , m_look(this)
{
    m_settle.setSingleShot(true);
    m_settle.setInterval(settleMs);
    m_look.setInterval(lookMs);
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, &m_settle, qOverload<>(&QTimer::start));
    connect(&m_watcher, &QFileSystemWatcher::fileChanged, &m_settle, qOverload<>(&QTimer::start));
    connect(&m_settle, &QTimer::timeout, this, &RuleFolder::reload);
    connect(&m_look, &QTimer::timeout, this, [this] {
        if (fingerprintOf(m_folder) != m_fingerprint)
            reload();
    });
}

void RuleFolder::start()
{
    m_stopped = false;
    if (!m_folder.isEmpty())
        m_look.start();
    reload();
}

void RuleFolder::stop()
{
    m_stopped = true;
    m_settle.stop();
    m_look.stop();
}

void RuleFolder::reload()
{
    if (m_stopped)
        return;
    if (std::exchange(m_loading, true)) {
        m_again = true;
        return;
    }
    load();
}

void RuleFolder::watch()
{
    m_fingerprint = fingerprintOf(m_folder);
    QStringList paths{m_folder};
    const QFileInfoList entries = QDir(m_folder).entryInfoList(patterns, QDir::Files, QDir::Name);
    for (const QFileInfo &entry : entries)
        paths.append(entry.filePath());
    m_watcher.addPaths(paths);
}

QCoro::Task<void> RuleFolder::load()
{
    const QPointer<RuleFolder> self(this);
    do {
        m_again = false;
        std::vector<ProvisionedFile> files;
        m_report = {{"folder", m_folder}, {"read_ms", QDateTime::currentMSecsSinceEpoch()}};
        if (!m_folder.isEmpty()) {
            watch();
            Result<std::vector<ProvisionedFile>> read = readRuleFolder(m_folder);
            if (!read) {
                qWarning("%s %s", read.error().message.c_str(), read.error().hint.c_str());
                m_report.insert("error", QString::fromStdString(read.error().message));
                break;
            }
            files = *std::move(read);
        }
        ProvisionPlan plan = planProvisioned(m_service, files);
        m_report.insert("files", reportsOf(files));
        auto storing = m_service.storeRules(std::move(plan.changed), std::move(plan.gone));
        const Status provisioned = co_await storing;
        if (!self)
            co_return;
        if (!provisioned) {
            qWarning("The alarms of the rule files could not be stored: %s",
                     provisioned.error().message.c_str());
            m_report.insert("error", QString::fromStdString(provisioned.error().message));
        }
    } while (m_again && !m_stopped);
    m_loading = false;
    Q_EMIT loaded();
}

} // namespace plimsoll::alerts::prometheus
