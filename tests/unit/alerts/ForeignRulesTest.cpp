#include "alerts/Evaluator.h"
#include "alerts/Rule.h"
#include "tests/support/TemporaryEngine.h"

#include <QDir>
#include <QRegularExpression>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;
using plimsoll::test::TemporaryEngine;

/// Rules that operators of other systems really use must load and evaluate. They lie outside the repository;
/// without them the test is skipped.
class ForeignRulesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void allLoadAndEvaluate()
    {
        const QDir folder(sharedFolder() + "/conformance/rules");
        const QStringList files = folder.entryList({"*.yml"});
        if (files.isEmpty())
            QSKIP("there are no foreign rules here (PLIMSOLL_SHARED)");
        TemporaryEngine engine;
        engine.append({{"__name__", "up"}, {"job", "a"}}, Kind::Gauge, engine.clock.nowMs(), 0);
        Evaluator evaluator({}, engine.engine(), engine.clock);
        int tried = 0;
        QStringList failures;
        for (const QString &file : files) {
            for (const QString &expr : expressionsOf(folder.filePath(file))) {
                tried++;
                const QString failure = tryOne(evaluator, expr, engine.clock.nowMs());
                if (!failure.isEmpty())
                    failures << file + ": " + expr + "\n    " + failure;
            }
        }
        QVERIFY(tried > 0);
        QVERIFY2(failures.isEmpty(),
                 qPrintable(QString("%1 of %2:\n").arg(failures.size()).arg(tried) + failures.join('\n')));
        qInfo("%d foreign rules load and evaluate", tried);
    }

private:
    static QString sharedFolder()
    {
        return qEnvironmentVariable("PLIMSOLL_SHARED",
                                    qEnvironmentVariable("PLIMSOLL_SOURCE_DIR", ".") + "/../shared");
    }

    /// The files write every expression on one line, in single quotes.
    static QStringList expressionsOf(const QString &path)
    {
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly))
            return {};
        static const QRegularExpression line("^\\s*expr: '(.*)'\\s*$", QRegularExpression::MultilineOption);
        QStringList found;
        auto matches = line.globalMatch(QString::fromUtf8(file.readAll()));
        while (matches.hasNext())
            found << matches.next().captured(1).replace("''", "'");
        return found;
    }

    static QString tryOne(Evaluator &evaluator, const QString &expr, int64_t nowMs)
    {
        const Result<Rule> rule = Rule::fromJson({{"name", "n"}, {"expr", expr}});
        if (!rule)
            return QString::fromStdString(rule.error().message);
        const Evaluation evaluation =
            evaluator.evaluate(Evaluator::Question(rule->condition, nowMs, false)).result();
        return evaluation.status ? QString() : QString::fromStdString(evaluation.status.error().message);
    }
};

QTEST_GUILESS_MAIN(ForeignRulesTest)
#include "ForeignRulesTest.moc"
