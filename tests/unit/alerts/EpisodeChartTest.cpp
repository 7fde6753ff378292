#include "alerts/receipts/EpisodeChart.h"

#include <QJsonArray>
#include <QTest>
#include <QXmlStreamReader>

using namespace plimsoll::alerts;

namespace {

constexpr qint64 startMs = 1'767'700'800'000;

QJsonArray points(qint64 fromMs, std::initializer_list<QJsonValue> values)
{
    QJsonArray array;
    for (const QJsonValue &value : values) {
        array.append(QJsonArray{fromMs, value});
        fromMs += 15'000;
    }
    return array;
}

QJsonObject episode()
{
    return {{"rule_name", "CPU <is> \"high\" & rising"},
            {"series_labels", QJsonObject{{"host", "<script>alert(1)</script>"}}},
            {"severity", "critical"},
            {"threshold", 90.5},
            {"started_ms", startMs},
            {"ended_ms", startMs + 60'000},
            {"peak", 97.25},
            {"before", points(startMs - 60'000, {10, 20, 30, 80})},
            {"points", points(startMs, {95, QJsonValue(), 97.25, 91, 12})}};
}

/// The names of the elements with their classes; empty where it is not well-formed.
QStringList elements(const QByteArray &svg)
{
    QStringList names;
    QXmlStreamReader reader(svg);
    while (!reader.atEnd()) {
        if (reader.readNext() == QXmlStreamReader::StartElement)
            names
                << (reader.name().toString() + ' ' + reader.attributes().value("class").toString()).trimmed();
    }
    return reader.hasError() ? QStringList() : names;
}

} // namespace

class EpisodeChartTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void drawsWhatWasMeasured()
    {
        const QByteArray svg = episodeChart(episode(), startMs + 3'600'000);
        QCOMPARE(elements(svg),
                 (QStringList{"svg", "title", "style", "rect span", "line axis", "line line", "text end",
                              "line mark", "line mark", "polyline before", "polyline during", "text title",
                              "text end", "text start", "text end"}));
        QVERIFY(svg.contains("90.5"));
        QVERIFY(svg.contains("peak 97.25"));
        QVERIFY(svg.contains("2026-01-06 11:59:00"));
        QVERIFY(svg.contains("2026-01-06 12:01:00 UTC"));
    }

    void textsAreTextsAndNothingElse()
    {
        const QByteArray svg = episodeChart(episode(), startMs);
        QVERIFY(!svg.contains("<script"));
        QVERIFY(svg.contains("&lt;script&gt;"));
        QVERIFY(!svg.contains("href"));
    }

    void copesWithLittle_data()
    {
        QTest::addColumn<QJsonObject>("change");
        QTest::newRow("one point") << QJsonObject{{"before", QJsonArray()},
                                                  {"points", points(startMs, {95})}};
        QTest::newRow("no points") << QJsonObject{{"before", QJsonValue()}, {"points", QJsonValue()}};
        QTest::newRow("no line") << QJsonObject{{"threshold", QJsonValue()}};
        QTest::newRow("fires on") << QJsonObject{{"ended_ms", QJsonValue()}};
        QTest::newRow("all the same")
            << QJsonObject{{"threshold", 0}, {"before", QJsonArray()}, {"points", points(startMs, {0, 0})}};
        QTest::newRow("enormous") << QJsonObject{{"points", points(startMs, {1e300, -1e300})}};
        QTest::newRow("nothing at all") << QJsonObject{{"rule_name", ""},
                                                       {"series_labels", QJsonObject()},
                                                       {"threshold", QJsonValue()},
                                                       {"started_ms", 0},
                                                       {"ended_ms", 0},
                                                       {"before", QJsonArray()},
                                                       {"points", QJsonArray()}};
    }
    void copesWithLittle()
    {
        QFETCH(QJsonObject, change);
        QJsonObject changed = episode();
        for (auto it = change.begin(); it != change.end(); ++it)
            changed.insert(it.key(), it.value());
        const QByteArray svg = episodeChart(changed, startMs + 30'000);
        QVERIFY(elements(svg).contains("rect span"));
        QVERIFY2(!svg.contains("nan") && !svg.contains("inf"), svg.constData());
    }
};

QTEST_GUILESS_MAIN(EpisodeChartTest)
#include "EpisodeChartTest.moc"
