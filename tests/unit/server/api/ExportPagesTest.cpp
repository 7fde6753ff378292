#include "server/api/SeriesExport.h"
#include "server/ingest/Import.h"
#include "server/ingest/ImportSinks.h"
#include "tests/support/EverySort.h"
#include "tests/support/TemporaryEngine.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::test;
using api::ExportFormat;

namespace {

struct Page
{
    QStringList samples;
    QString next;       ///< of the Link header
    QString lastCursor; ///< in the text
};

QStringList linesOf(const std::string &text)
{
    return QString::fromStdString(text).split(u'\n', Qt::SkipEmptyParts);
}

/// One entry for each sample of a line of the JSON export.
void addRun(const QString &line, QStringList &samples)
{
    const QJsonObject run = QJsonDocument::fromJson(line.toUtf8()).object();
    const QString series =
        QString::fromUtf8(QJsonDocument(run["series"].toObject()).toJson(QJsonDocument::Compact));
    const QJsonArray times = run["t"].toArray();
    const QJsonArray values = run[run.contains("h") ? "h" : "v"].toArray();
    for (int i = 0; i < times.size(); i++)
        samples << series + QString::number(times[i].toDouble(), 'f', 0) + u' ' +
                       values[i].toVariant().toString();
}

Page pageOf(const std::string &text, ExportFormat format)
{
    Page page;
    for (const QString &line : linesOf(text)) {
        if (format == ExportFormat::Json && line.startsWith("{\"series\""))
            addRun(line, page.samples);
        else if (format == ExportFormat::Json && line.startsWith("{\"cursor\""))
            page.lastCursor = QJsonDocument::fromJson(line.toUtf8())["cursor"].toString();
        else if (line.startsWith("# cursor "))
            page.lastCursor = line.mid(9);
        else if (format != ExportFormat::Json && !line.startsWith("# ") && !line.startsWith("name,labels,"))
            page.samples << line;
    }
    return page;
}

} // namespace

/// An export that is cut into pieces is the same export.
class ExportPagesTest : public QObject
{
    Q_OBJECT

    static void fill(TemporaryEngine &engine, int minutes = 90)
    {
        const int64_t startMs = engine.clock.nowMs();
        QVERIFY(engine.commit(EverySort::oddities(startMs - 7'200'000)).status.ok());
        for (int i = 0; i < minutes; i++)
            QVERIFY(engine.commit(EverySort::minute(i, startMs + i * 30'000)).status.ok());
    }

    static Page page(TemporaryEngine &engine, const api::ExportOptions &options)
    {
        std::string text;
        api::SeriesExport series(*engine, options, [&](const std::string &piece) {
            text += piece;
            return true;
        });
        if (const Status done = series.run(); !done)
            qFatal("%s", done.error().message.c_str());
        Page page = pageOf(text, options.format);
        page.next = QString::fromStdString(series.nextCursor());
        return page;
    }

    static api::ExportOptions after(api::ExportOptions options, const QString &cursor)
    {
        const auto read = api::ExportCursor::fromText(cursor.toStdString());
        if (!read)
            qFatal("%s", read.error().message.c_str());
        options.cursor = *read;
        return options;
    }

    static void addFormats()
    {
        QTest::addColumn<ExportFormat>("format");
        QTest::newRow("json") << ExportFormat::Json;
        QTest::newRow("csv") << ExportFormat::Csv;
        QTest::newRow("prometheus") << ExportFormat::Prometheus;
    }

private Q_SLOTS:
    void pagesFitTogether_data() { addFormats(); }
    void pagesFitTogether()
    {
        QFETCH(const ExportFormat, format);
        TemporaryEngine engine;
        fill(engine);
        api::ExportOptions options;
        options.format = format;
        const Page whole = page(engine, options);
        QVERIFY(whole.samples.size() > 700);
        QVERIFY(whole.next.isEmpty());
        for (const uint64_t limit : {7, 97, 100'000}) {
            if (limit == 7)
                options.metrics = {"revenue", "latency"};
            options.limit = limit;
            Page one = page(engine, options);
            QStringList samples = one.samples;
            while (!one.next.isEmpty()) {
                one = page(engine, after(options, one.next));
                QVERIFY(!one.samples.isEmpty());
                samples += one.samples;
            }
            options.limit = 0;
            QCOMPARE(samples, page(engine, options).samples);
            options.metrics.clear();
        }
    }

    void nothingIsDoubledWhileSamplesArrive()
    {
        TemporaryEngine engine;
        fill(engine);
        api::ExportOptions options;
        options.format = ExportFormat::Csv;
        const QStringList before = page(engine, options).samples;
        options.limit = 50;
        QStringList samples;
        int number = 90;
        QString cursor;
        do {
            const Page one = page(engine, cursor.isEmpty() ? options : after(options, cursor));
            samples += one.samples;
            cursor = one.next;
            const int64_t nowMs = engine.clock.nowMs() + int64_t(number) * 30'000;
            QVERIFY(engine.commit(EverySort::minute(number, nowMs)).status.ok());
            QVERIFY(engine.append({{"__name__", "a" + std::to_string(number)}}, Kind::Gauge, nowMs, 1)
                        .status.ok());
            number++;
        } while (!cursor.isEmpty() && number < 200);
        QVERIFY(cursor.isEmpty());
        QCOMPARE(QSet<QString>(samples.begin(), samples.end()).size(), samples.size());
        const QSet<QString> got(samples.begin(), samples.end());
        for (const QString &line : before)
            QVERIFY2(got.contains(line), qPrintable(line));
    }

    void goesOnWhereItBroke_data() { addFormats(); }
    void goesOnWhereItBroke()
    {
        QFETCH(const ExportFormat, format);
        if (format == ExportFormat::Csv)
            QSKIP("csv has no cursor lines");
        TemporaryEngine engine;
        const int64_t startMs = engine.clock.nowMs() - 86'400'000;
        for (int series = 0; series < 8; series++) {
            Batch batch;
            const uint32_t at = EverySort::addSeries(
                batch, {{"__name__", "many"}, {"n", std::to_string(series)}}, Kind::Delta);
            for (int i = 0; i < 30'000; i++)
                EverySort::addFloat(batch, at, startMs + i * 1000, 0.1 * (i % 7));
            QVERIFY(engine.commit(std::move(batch)).status.ok());
        }
        api::ExportOptions options;
        options.format = format;
        const QStringList whole = page(engine, options).samples;
        QCOMPARE(whole.size(), 240'000);
        std::string text;
        api::SeriesExport broken(*engine, options, [&](const std::string &piece) {
            text += piece;
            return text.size() < 4'400'000;
        });
        QCOMPARE(broken.run().error().code, ErrorCode::Cancelled);
        const size_t mark = text.rfind(format == ExportFormat::Json ? "{\"cursor\"" : "# cursor ");
        QVERIFY(mark != std::string::npos);
        const Page kept = pageOf(text.substr(0, text.find('\n', mark) + 1), format);
        QVERIFY(!kept.samples.isEmpty());
        const Page rest = page(engine, after(options, kept.lastCursor));
        QVERIFY(kept.samples + rest.samples == whole);
        QCOMPARE(rest.lastCursor, format == ExportFormat::Json ? QString() : QStringLiteral("end"));
    }

    void letsGoOfItsView()
    {
        TemporaryEngine engine;
        fill(engine);
        api::ExportOptions options;
        options.format = ExportFormat::Csv;
        const QStringList whole = page(engine, options).samples;
        std::string text;
        api::SeriesExport series(*engine, options, [&](const std::string &piece) {
            text += piece;
            series.letGo();
            return true;
        });
        QVERIFY(series.run().ok());
        QCOMPARE(pageOf(text, options.format).samples, whole);
    }

    void narrowsBySelectors()
    {
        TemporaryEngine engine;
        fill(engine, 3);
        api::ExportOptions options;
        options.format = ExportFormat::Csv;
        options.metrics = {"revenue"};
        options.selectors = {{{"__name__", Matcher::Op::Regex, "rev.*"}},
                             {{"room", Matcher::Op::Equal, "kitchen"}}};
        const Page page = ExportPagesTest::page(engine, options);
        QCOMPARE(page.samples.filter("\"revenue\"").size(), 3);
        QCOMPARE(page.samples.filter("\"temperature\"").size(), 3);
        QCOMPARE(page.samples.size(), 6);
        options.toMs = engine.clock.nowMs();
        QCOMPARE(ExportPagesTest::page(engine, options).samples.size(), 2);
    }

    void refusesForeignCursors()
    {
        TemporaryEngine engine;
        fill(engine, 3);
        api::ExportOptions options;
        options.limit = 1;
        const Page first = page(engine, options);
        options = after(options, first.next);
        options.metrics = {"revenue"};
        api::SeriesExport other(*engine, options, [](const std::string &) { return true; });
        QCOMPARE(other.run().error().code, ErrorCode::Invalid);
        for (const char *text : {"", "x", "AAAA", "not/base64"})
            QVERIFY(!api::ExportCursor::fromText(text).ok());
        std::string cut = first.next.toStdString();
        cut.pop_back();
        QVERIFY(!api::ExportCursor::fromText(cut).ok());
    }

    /// The text exposition, taken in by another appliance, is written by it line for line the same; only that
    /// its running totals are counters there.
    void textComesBackExactly()
    {
        TemporaryEngine engine;
        fill(engine);
        QVERIFY(engine
                    .append({{"__name__", "käse.menge"}, {"a b", "x\\y\n"}}, Kind::Gauge,
                            engine.clock.nowMs(), -0.0)
                    .status.ok());
        api::ExportOptions options;
        options.format = ExportFormat::Prometheus;
        std::string text;
        api::SeriesExport series(*engine, options, [&](const std::string &piece) {
            text += piece;
            return true;
        });
        QVERIFY(series.run().ok());
        const QTemporaryDir directory;
        QFile file(directory.filePath(QStringLiteral("export")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(text.data(), qint64(text.size())), qint64(text.size()));
        file.close();
        TemporaryEngine other;
        other.clock.set(engine.clock.nowMs());
        const ingest::Prices prices = ingest::Prices::shipped();
        ingest::ImportOptions import;
        import.path = file.fileName().toStdString();
        import.partBytes = 10'000;
        const auto done = ingest::importFile(import, ingest::engineImportSink(*other, prices, other.clock));
        QVERIFY2(done.ok(), done ? "" : done.error().message.c_str());
        QVERIFY2(done->rejected == 0, done->errors.empty() ? "" : done->errors[0].c_str());
        QStringList sent = pageOf(text, options.format).samples;
        QStringList kept = page(other, options).samples;
        sent.sort();
        kept.sort();
        QCOMPARE(kept, sent);
        QVERIFY(sent.size() > 700);
    }
};

QTEST_GUILESS_MAIN(ExportPagesTest)
#include "ExportPagesTest.moc"
