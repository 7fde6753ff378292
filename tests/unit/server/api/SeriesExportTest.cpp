#include "server/api/SeriesExport.h"
#include "server/ingest/Import.h"
#include "server/ingest/ImportSinks.h"
#include "tests/support/EngineDump.h"
#include "tests/support/EverySort.h"
#include "tests/support/TemporaryEngine.h"

#include <QFile>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::test;

/// What leaves by an export comes back by an import.
class SeriesExportTest : public QObject
{
    Q_OBJECT

    static std::string exported(TemporaryEngine &engine, api::ExportFormat format, size_t &largestPiece)
    {
        std::string text;
        api::ExportOptions options;
        options.format = format;
        api::SeriesExport series(*engine, options, [&](const std::string &piece) {
            text += piece;
            largestPiece = std::max(largestPiece, piece.size());
            return true;
        });
        return series.run() ? text : std::string();
    }

    static void fill(TemporaryEngine &engine)
    {
        const int64_t startMs = engine.clock.nowMs();
        QVERIFY(engine.commit(EverySort::oddities(startMs - 7'200'000)).status.ok());
        for (int i = 0; i < 90; i++)
            QVERIFY(engine.commit(EverySort::minute(i, startMs + i * 30'000)).status.ok());
    }

private Q_SLOTS:
    void comesBackBitForBit()
    {
        TemporaryEngine engine;
        fill(engine);
        size_t largestPiece = 0;
        const std::string text = exported(engine, api::ExportFormat::Json, largestPiece);
        QVERIFY(largestPiece < 600'000);

        const QTemporaryDir directory;
        QFile file(directory.filePath(QStringLiteral("export")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(text.data(), qint64(text.size())), qint64(text.size()));
        file.close();
        TemporaryEngine other;
        other.clock.set(engine.clock.nowMs());
        const ingest::Prices prices = ingest::Prices::shipped();
        ingest::ImportOptions options;
        options.path = file.fileName().toStdString();
        options.partBytes = 50'000;
        for (int round = 0; round < 2; round++) {
            const auto done =
                ingest::importFile(options, ingest::engineImportSink(*other, prices, other.clock));
            QVERIFY2(done.ok(), done ? "" : done.error().message.c_str());
            QCOMPARE(done->rejected, uint64_t(0));
            QVERIFY(done->parts > 0);
            QCOMPARE(done->replayedParts, round == 0 ? uint64_t(0) : done->parts);
            QVERIFY(EngineDump::samples(*other) == EngineDump::samples(*engine));
        }
    }

    void refusesALineAsAWhole()
    {
        TemporaryEngine engine;
        const ingest::Prices prices = ingest::Prices::shipped();
        const auto sink = ingest::engineImportSink(*engine, prices, engine.clock);
        const std::string now = std::to_string(engine.clock.nowMs());
        const std::string series = "{\"series\":{\"__name__\":\"a\"},\"kind\":\"gauge\",\"t\":[" + now;
        for (const std::string &line :
             {series + "],\"v\":[\"x\"]}", series + "],\"v\":[1,2]}", series + "],\"h\":[\"AA\"]}",
              series + ",1.5],\"v\":[1,2]}",
              std::string("{\"series\":{\"__name__\":\"\"},\"kind\":\"gauge\"}"),
              std::string("{\"series\":{\"__name__\":\"a\"},\"kind\":\"x\",\"t\":[],\"v\":[]}"),
              std::string("[1]"), std::string("{")}) {
            ingest::ImportPart part;
            part.format = ingest::ImportFormat::Export;
            const std::string body = line + '\n' + series + "],\"v\":[1]}\n";
            part.body = body;
            part.idempotencyKey = line;
            const auto outcome = sink(part);
            QVERIFY2(outcome.ok(), line.c_str());
            QCOMPARE(outcome->rejected, uint64_t(1));
            QCOMPARE(outcome->accepted, uint64_t(1));
        }
        ingest::ImportPart newer;
        newer.format = ingest::ImportFormat::Export;
        newer.body = "{\"plimsoll_export\":2}\n";
        QVERIFY(!sink(newer).ok());
    }

    void writesForOtherPrograms()
    {
        TemporaryEngine engine;
        const int64_t nowMs = engine.clock.nowMs();
        for (int i = 0; i < 3; i++) {
            QVERIFY(engine.append({{"__name__", "sold"}, {"a", "x\"y"}}, Kind::Delta, nowMs + i, 0.1)
                        .status.ok());
            QVERIFY(engine.append({{"__name__", "my.gauge"}}, Kind::Gauge, nowMs + i, -0.0).status.ok());
            QVERIFY(engine.append({{"__name__", "took"}}, Kind::Distribution, nowMs + i, 2).status.ok());
            QVERIFY(
                engine.append({{"__name__", "=cmd|'/C calc'!A0"}}, Kind::Gauge, nowMs + i, 1).status.ok());
        }
        size_t largest = 0;
        const std::string csv = exported(engine, api::ExportFormat::Csv, largest);
        QVERIFY(csv.starts_with("name,labels,kind,timestamp_ms,value,count,sum\n"));
        QVERIFY(csv.find("\"sold\",\"{\"\"a\"\":\"\"x\\\"\"y\"\"}\",delta," + std::to_string(nowMs) +
                         ",0.1,,\n") != std::string::npos);
        QVERIFY(csv.find("\"took\",\"{}\",distribution," + std::to_string(nowMs) + ",,1,2\n") !=
                std::string::npos);
        QVERIFY2(csv.find("\"'=cmd|'/C calc'!A0\",\"{}\",gauge,") != std::string::npos,
                 "a formula stays text");
        const std::string text = exported(engine, api::ExportFormat::Prometheus, largest);
        QVERIFY(text.find("# TYPE sold counter\nsold{a=\"x\\\"y\"} 0.1 ") != std::string::npos);
        QVERIFY(text.find("sold{a=\"x\\\"y\"} 0.3 " + std::to_string(nowMs + 2)) != std::string::npos);
        QVERIFY(text.find("{\"my.gauge\"} -0 ") != std::string::npos);
        QVERIFY(text.find("took_count 3 " + std::to_string(nowMs + 2)) != std::string::npos);
        QVERIFY(text.find("took_sum 6 " + std::to_string(nowMs + 2)) != std::string::npos);
    }

    void stopsWhereNobodyTakesMore()
    {
        TemporaryEngine engine;
        fill(engine);
        int pieces = 0;
        api::SeriesExport series(*engine, {}, [&](const std::string &) { return ++pieces < 1; });
        QVERIFY(!series.run().ok());
        QCOMPARE(pieces, 1);
    }
};

QTEST_GUILESS_MAIN(SeriesExportTest)
#include "SeriesExportTest.moc"
