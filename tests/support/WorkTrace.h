#pragma once

#include <QByteArray>
#include <QFile>
#include <QMap>
#include <QSet>
#include <QString>

namespace plimsoll::test {

/// What an appliance with QT_LOGGING_RULES=plimsoll.storage.debug=true says of its work in the background,
/// read from the file that its standard error goes to while it runs.
class WorkTrace
{
public:
    explicit WorkTrace(const QString &path)
        : m_file(path)
    {
        m_open = m_file.open(QIODevice::ReadOnly | QIODevice::Unbuffered);
    }

    /// Reads what was added.
    void read()
    {
        if (!m_open)
            m_open = m_file.open(QIODevice::ReadOnly | QIODevice::Unbuffered);
        m_rest += m_open ? m_file.readAll() : QByteArray();
        for (qsizetype end = m_rest.indexOf('\n'); end >= 0; end = m_rest.indexOf('\n')) {
            take(m_rest.left(end));
            m_rest.remove(0, end + 1);
        }
    }

    bool runs(const QByteArray &work) const { return m_running.value(work) > 0; }
    /// What had begun and not ended.
    QList<QByteArray> running() const
    {
        QList<QByteArray> works;
        for (auto it = m_running.begin(); it != m_running.end(); ++it) {
            if (it.value() > 0)
                works.append(it.key());
        }
        return works;
    }
    /// How often something began.
    const QMap<QByteArray, int> &begun() const { return m_begun; }
    /// How often it said that nothing was due.
    int rests() const { return m_rests; }
    /// Lines that are something else: warnings.
    const QList<QByteArray> &others() const { return m_others; }

private:
    void take(const QByteArray &line)
    {
        static const QByteArray category("plimsoll.storage: ");
        if (line == category + "upkeep rests") {
            m_rests++;
        } else if (line.startsWith(category) && line.endsWith(" begins")) {
            const QByteArray work = line.mid(category.size(), line.size() - category.size() - 7);
            m_running[work]++;
            m_begun[work]++;
        } else if (line.startsWith(category) && line.endsWith(" ends")) {
            m_running[line.mid(category.size(), line.size() - category.size() - 5)]--;
        } else if (!line.trimmed().isEmpty()) {
            m_others.append(line);
        }
    }

    QFile m_file;
    bool m_open = false;
    QByteArray m_rest;
    QMap<QByteArray, int> m_running;
    QMap<QByteArray, int> m_begun;
    QList<QByteArray> m_others;
    int m_rests = 0;
};

} // namespace plimsoll::test
