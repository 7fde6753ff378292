#include "app/DoctorAnswer.h"

#include <QJsonArray>
#include <QStringList>

namespace plimsoll::app {

QJsonObject toJson(const DoctorReport &report)
{
    QJsonObject counts;
    for (const auto &[what, count] : report.counts)
        counts[QString::fromStdString(what)] = qint64(count);
    QJsonArray findings;
    for (const Finding &finding : report.findings)
        findings.append(QJsonObject{{"where", QString::fromStdString(finding.where)},
                                    {"what", QString::fromStdString(finding.what)}});
    QJsonArray notes;
    for (const std::string &note : report.notes)
        notes.append(QString::fromStdString(note));
    return {{"healthy", report.healthy()},
            {"found", qint64(report.found)},
            {"counts", counts},
            {"findings", findings},
            {"notes", notes}};
}

std::string toText(const QJsonObject &report)
{
    QString text;
    QStringList looked;
    const QJsonObject counts = report["counts"].toObject();
    for (auto it = counts.begin(); it != counts.end(); ++it)
        looked << QStringLiteral("%1 %2").arg(it.value().toInteger()).arg(it.key());
    text += QStringLiteral("Looked at: %1.\n").arg(looked.join(QStringLiteral(", ")));
    for (const auto &note : report["notes"].toArray())
        text += note.toString() + QLatin1Char('\n');
    const QJsonArray findings = report["findings"].toArray();
    for (const auto &value : findings) {
        const QJsonObject finding = value.toObject();
        text += QStringLiteral("  %1: %2\n").arg(finding["where"].toString(), finding["what"].toString());
    }
    const qint64 found = report["found"].toInteger();
    if (found > findings.size())
        text += QStringLiteral("  … and %1 more.\n").arg(found - findings.size());
    text += found == 0 ? QStringLiteral("All is well.\n")
                       : QStringLiteral("%1 found to be damaged.\n")
                             .arg(found == 1 ? QStringLiteral("1 thing was")
                                             : QStringLiteral("%1 things were").arg(found));
    return text.toStdString();
}

} // namespace plimsoll::app
