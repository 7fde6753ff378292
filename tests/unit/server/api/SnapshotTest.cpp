#include "server/api/Snapshot.h"
#include "storage/model/Staleness.h"
#include "tests/support/MemorySeries.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::api;

namespace {
constexpr int64_t nowMs = 1'767'700'800'000;
constexpr int64_t hour = 3'600'000;
} // namespace

class SnapshotTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_series = {}; }

    void showsTheNewestOfEachKind()
    {
        m_series.add({{"__name__", "cpu"}}, Kind::Gauge, nowMs - 10'000, 1);
        m_series.add({{"__name__", "cpu"}}, Kind::Gauge, nowMs - 5'000, 2);
        m_series.add({{"__name__", "revenue"}, {"plan", "pro"}}, Kind::Delta, nowMs - 40 * 24 * hour, 0.1);
        m_series.add({{"__name__", "revenue"}, {"plan", "pro"}}, Kind::Delta, nowMs - 4 * hour, 0.2);
        m_series.observe({{"__name__", "size"}}, nowMs - 1'000, 3);
        m_series.observe({{"__name__", "size"}}, nowMs - 48 * hour, 5);
        const QJsonArray metrics = take();
        QCOMPARE(metrics.size(), 3);
        QCOMPARE(metrics.at(0)["name"].toString(), QStringLiteral("cpu"));
        QCOMPARE(metrics.at(0)["series"][0]["value"].toDouble(), 2.0);
        QCOMPARE(metrics.at(0)["series"][0]["t"].toInteger(), nowMs - 5'000);
        QCOMPARE(metrics.at(1)["kind"].toString(), QStringLiteral("delta"));
        QCOMPARE(metrics.at(1)["series"][0]["labels"].toObject(), (QJsonObject{{"plan", "pro"}}));
        QCOMPARE(metrics.at(1)["series"][0]["value"].toDouble(), 0.3);
        QVERIFY(metrics.at(2)["series"][0]["value"].isNull());
        QCOMPARE(metrics.at(2)["series"][0]["count"].toDouble(), 2.0);
        QCOMPARE(metrics.at(2)["series"][0]["sum"].toDouble(), 8.0);
    }

    void leavesOutWhatIsOld()
    {
        m_series.add({{"__name__", "old"}}, Kind::Gauge, nowMs - 25 * hour, 1);
        m_series.add({{"__name__", "ahead"}}, Kind::Gauge, nowMs + 30'000, 1);
        QCOMPARE(take().size(), 1);
        QCOMPARE(take({}, 48 * hour).size(), 2);
    }

    void narrowsToNames()
    {
        for (const char *name : {"a", "b", "c"})
            m_series.add({{"__name__", name}}, Kind::Gauge, nowMs, 1);
        QCOMPARE(take({"c", "a"}).size(), 2);
        QCOMPARE(take({"nothing"}).size(), 0);
    }

    void skipsStalenessMarks()
    {
        m_series.add({{"__name__", "a"}}, Kind::Gauge, nowMs - 1000, 5);
        m_series.add({{"__name__", "a"}}, Kind::Gauge, nowMs, __builtin_nan(""));
        QCOMPARE(take().at(0)["series"][0]["value"].toDouble(), 5.0);
    }

    void leavesOutWhatHasEnded()
    {
        m_series.add({{"__name__", "a"}}, Kind::Gauge, nowMs - 1000, 5);
        m_series.add({{"__name__", "a"}}, Kind::Gauge, nowMs - 500, std::bit_cast<double>(staleBits));
        QCOMPARE(take().size(), 0);
        m_series.add({{"__name__", "a"}}, Kind::Gauge, nowMs, 6);
        QCOMPARE(take().at(0)["series"][0]["value"].toDouble(), 6.0);
    }

private:
    QJsonArray take(const std::vector<std::string> &names = {}, int64_t maxAgeMs = Snapshot::defaultMaxAgeMs)
    {
        const std::atomic<bool> cancelled{false};
        const auto reader = m_series.openReader();
        const auto snapshot = Snapshot::take({*reader, defaultProject, nowMs, cancelled}, names, maxAgeMs);
        if (!snapshot)
            return {};
        return QJsonDocument::fromJson(QByteArray::fromStdString(snapshot->toJson(nowMs)))
            .object()["metrics"]
            .toArray();
    }

    test::MemorySeries m_series;
};

QTEST_GUILESS_MAIN(SnapshotTest)
#include "SnapshotTest.moc"
