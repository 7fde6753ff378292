#pragma once

#include "tests/support/AgingLoad.h"
#include "tests/support/ApplianceProcess.h"
#include "tests/support/SharedClock.h"
#include "tests/support/StoredDirectory.h"

#include <QTemporaryDir>

namespace plimsoll::test {

/// An appliance in the midst of its life, with its load and what was counted.
struct AgingLife
{
    static constexpr int64_t hourMs = 3'600'000;
    static constexpr int64_t dayMs = 24 * hourMs;
    static constexpr int64_t startMs = 1'767'700'800'000; ///< 2026-01-06 12:00 UTC
    static constexpr int64_t rawDays = 2;
    static constexpr int64_t hourlyDays = 9;
    static constexpr int64_t dailyDays = 12;

    SharedClock clock{startMs};
    ApplianceProcess appliance;
    AgingLoad load{2, clock, 12 * hourMs, 4 * dayMs};
    std::string url; ///< of PostgreSQL; empty: SQLite
    QTemporaryDir traces;
    QMap<QByteArray, int> begun;
    QMap<QByteArray, int> killedIn;
    QList<QByteArray> others;
    int rounds = 0;

    QString tracePath() const { return traces.filePath(QString::number(rounds)); }
    bool start()
    {
        QStringList arguments{"--retention-raw",    QString::number(rawDays) + "d",
                              "--retention-hourly", QString::number(hourlyDays) + "d",
                              "--retention-daily",  QString::number(dailyDays) + "d"};
        if (!url.empty())
            arguments << "--storage" << QString::fromStdString(url);
        appliance.setErrorFile(tracePath());
        return appliance.start(arguments, {{"PLIMSOLL_TEST_SMALL_ENGINE", "hours"},
                                           {"PLIMSOLL_TEST_CLOCK", clock.path()},
                                           {"QT_LOGGING_RULES", "plimsoll.storage.debug=true"},
                                           {"QT_FORCE_STDERR_LOGGING", "1"}});
    }
    EngineOptions options() const
    {
        EngineOptions options;
        options.rawRetentionMs = rawDays * dayMs;
        options.hourlyRetentionMs = hourlyDays * dayMs;
        options.dailyRetentionMs = dailyDays * dayMs;
        return options;
    }
    /// From what day on days must be there: those that retention may be about to remove are left out.
    int64_t daysFromMs() const { return (clock.nowMs() - dailyDays * dayMs) / dayMs * dayMs + dayMs; }
    /// Days that end by then were made.
    int64_t daysUpToMs() const { return (clock.nowMs() - hourMs) / dayMs * dayMs; }
};

} // namespace plimsoll::test
