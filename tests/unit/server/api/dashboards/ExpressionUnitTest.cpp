#include "server/api/dashboards/ExpressionUnit.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace plimsoll;

/// The units of expressions, by the list that the page is held to as well.
class ExpressionUnitTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void tellsTheUnit_data()
    {
        QTest::addColumn<QString>("expr");
        QTest::addColumn<QString>("unit");
        QFile file(qEnvironmentVariable("PLIMSOLL_SOURCE_DIR") + "/tests/support/expression-units.json");
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QJsonArray rows = QJsonDocument::fromJson(file.readAll()).array();
        QVERIFY(rows.size() > 10);
        for (const QJsonValue &row : rows)
            QTest::newRow(qPrintable(row[0].toString().left(60))) << row[0].toString() << row[1].toString();
    }

    void tellsTheUnit()
    {
        QFETCH(QString, expr);
        QFETCH(QString, unit);
        QCOMPARE(api::unitOfExpression(expr), unit);
    }
};

QTEST_GUILESS_MAIN(ExpressionUnitTest)
#include "ExpressionUnitTest.moc"
