#include "server/api/StorageSettings.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace plimsoll;

class StorageSettingsTest : public QObject
{
    Q_OBJECT

    static QJsonObject json(const char *text) { return QJsonDocument::fromJson(text).object(); }

private Q_SLOTS:
    void saysWhatHolds()
    {
        EngineOptions options;
        QVERIFY(
            api::applySettings(json(R"({"retention":{"raw":"7d","prefixes":[{"prefix":"debug_","raw":"1d"}]},
            "storage":{"max_bytes":"2GiB"},"journal":{"max_bytes":1000000},"time_zone":"Europe/Berlin"})"),
                               options)
                .ok());
        QCOMPARE(options.rawRetentionMs, 7 * 86'400'000LL);
        QCOMPARE(options.hourlyRetentionMs, 730 * 86'400'000LL);
        QCOMPARE(options.prefixRetention.at("debug_").rawMs, 86'400'000LL);
        QCOMPARE(options.prefixRetention.at("debug_").dailyMs, options.dailyRetentionMs);
        QCOMPARE(options.storageMaxBytes, uint64_t(2) << 30);
        QCOMPARE(options.journalMaxBytes, uint64_t(1000000));
        QCOMPARE(options.timeZone, std::string("Europe/Berlin"));
        const QJsonObject said = api::settingsOf(options);
        QCOMPARE(said["retention"].toObject()["raw"].toString(), QString("7d"));
        QCOMPARE(said["retention"].toObject()["hourly"].toString(), QString("2y"));
        EngineOptions again;
        QVERIFY(api::applySettings(said, again).ok());
        QCOMPARE(api::settingsOf(again), said);
    }

    void changesNothingWithoutAWord()
    {
        EngineOptions options;
        const QJsonObject before = api::settingsOf(options);
        QVERIFY(api::applySettings({}, options).ok());
        QCOMPARE(api::settingsOf(options), before);
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("field");
        QTest::addRow("no time") << QByteArray(R"({"retention":{"raw":"x"}})") << QByteArray("retention.raw");
        QTest::addRow("too short") << QByteArray(R"({"retention":{"raw":"5m"}})")
                                   << QByteArray("retention.raw");
        QTest::addRow("order") << QByteArray(R"({"retention":{"raw":"3y"}})") << QByteArray("`retention`");
        QTest::addRow("no prefix") << QByteArray(R"({"retention":{"prefixes":[{"raw":"1d"}]}})")
                                   << QByteArray("retention.prefixes");
        QTest::addRow("bytes") << QByteArray(R"({"storage":{"max_bytes":"many"}})")
                               << QByteArray("storage.max_bytes");
        QTest::addRow("negative") << QByteArray(R"({"journal":{"max_bytes":-1}})")
                                  << QByteArray("journal.max_bytes");
        QTest::addRow("zone") << QByteArray(R"({"time_zone":"Mars/Olympus"})") << QByteArray("time_zone");
    }

    void refuses()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, field);
        EngineOptions options;
        const Status applied = api::applySettings(json(text), options);
        QVERIFY(!applied.ok());
        QVERIFY2(QByteArray::fromStdString(applied.error().message).contains(field),
                 applied.error().message.c_str());
    }

    void readsSizes()
    {
        QCOMPARE(*api::parseByteSize("0"), uint64_t(0));
        QCOMPARE(*api::parseByteSize("500MB"), uint64_t(500'000'000));
        QCOMPARE(*api::parseByteSize("3 GiB"), uint64_t(3) << 30);
        for (const char *wrong : {"", "GiB", "1.5GiB", "-1", "1XB", "99999999999TiB"})
            QVERIFY2(!api::parseByteSize(wrong).ok(), wrong);
    }
};

QTEST_GUILESS_MAIN(StorageSettingsTest)
#include "StorageSettingsTest.moc"
