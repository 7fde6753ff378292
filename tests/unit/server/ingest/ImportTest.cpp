#include "server/ingest/Import.h"

#include "server/http/ContentCoding.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <set>

using namespace plimsoll;
using namespace plimsoll::ingest;

class ImportTest : public QObject
{
    Q_OBJECT

    QTemporaryDir m_directory;
    std::vector<std::string> m_bodies;
    std::vector<std::string> m_keys;

    std::filesystem::path fileOf(const QByteArray &content)
    {
        QFile file(m_directory.filePath("import"));
        if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(content) != content.size())
            qFatal("cannot write the test file");
        return file.fileName().toStdString();
    }

    Result<ImportProgress> import(const QByteArray &content, size_t partBytes = 1000)
    {
        ImportOptions options;
        options.path = fileOf(content);
        options.partBytes = partBytes;
        options.maxPartBytes = 1 << 20;
        m_bodies.clear();
        m_keys.clear();
        return importFile(options, [this](const ImportPart &part) -> Result<ImportOutcome> {
            m_bodies.emplace_back(part.body);
            m_keys.push_back(part.idempotencyKey);
            ImportOutcome outcome;
            outcome.accepted = 1;
            return outcome;
        });
    }

    static QByteArray lines(int count)
    {
        QByteArray out;
        for (int i = 0; i < count; i++)
            out += "{\"name\":\"m\",\"value\":" + QByteArray::number(i) + "}\n";
        return out;
    }

private Q_SLOTS:
    void cutsBetweenDocuments()
    {
        const QByteArray content = lines(5000);
        const auto progress = import(content);
        QVERIFY(progress.ok());
        QVERIFY(m_bodies.size() > 1);
        std::string joined;
        for (const std::string &body : m_bodies) {
            QVERIFY(body.starts_with("{\"name\"") && body.ends_with("}\n"));
            joined += body;
        }
        QCOMPARE(joined, content.toStdString());
        QCOMPARE(progress->bodyBytes, uint64_t(content.size()));
        QCOMPARE(progress->bytesRead, uint64_t(content.size()));
        QCOMPARE(progress->accepted, uint64_t(m_bodies.size()));
    }

    void findsBoundaries()
    {
        const std::string two = "{\"a\":{\n\"b\":1}\n}\n\n {\"c\":";
        QCOMPARE(importBoundary(ImportFormat::Json, two), two.find("{\"c\""));
        QCOMPARE(importBoundary(ImportFormat::Json, "{\"a\":[\n1]\n,\"b\":{}\n}\n"), size_t(0));
        QCOMPARE(importBoundary(ImportFormat::Json, ""), size_t(0));
        QCOMPARE(importBoundary(ImportFormat::Json, "\n\n\n"), size_t(0));
        QCOMPARE(importBoundary(ImportFormat::Text, "a 1\nb"), size_t(4));
        QCOMPARE(importBoundary(ImportFormat::Text, "a 1"), size_t(0));
    }

    void keysBelongToContent()
    {
        QVERIFY(import(lines(5000)).ok());
        const auto first = m_keys;
        QCOMPARE(std::set<std::string>(first.begin(), first.end()).size(), first.size());
        QVERIFY(import(lines(5000)).ok());
        QCOMPARE(m_keys, first);
        QVERIFY(import(lines(5001)).ok());
        QVERIFY(m_keys != first);
    }

    void readsCompressedFiles()
    {
        const QByteArray content = lines(100000);
        for (const http::Coding coding : {http::Coding::Gzip, http::Coding::Zstd}) {
            QVERIFY(import(http::encodeContent(coding, content), 1 << 18).ok());
            std::string joined;
            for (const std::string &body : m_bodies)
                joined += body;
            QVERIFY(joined == content.toStdString());
        }
        const QByteArray members = http::encodeContent(http::Coding::Gzip, "a 1\n") +
                                   http::encodeContent(http::Coding::Gzip, "b 2\n");
        QVERIFY(import(members).ok());
        QCOMPARE(m_bodies, std::vector<std::string>{"a 1\nb 2\n"});
    }

    void refusesDamagedCompression()
    {
        for (const http::Coding coding : {http::Coding::Gzip, http::Coding::Zstd}) {
            const QByteArray whole = http::encodeContent(coding, lines(100000));
            const auto cut = import(whole.chopped(10));
            QVERIFY(!cut.ok());
            QCOMPARE(cut.error().code, ErrorCode::Corrupt);
        }
    }

    void repeatsTheTypeInEachPart()
    {
        QByteArray content = "# TYPE a counter\n";
        for (int i = 0; i < 300000; i++)
            content += "a{i=\"" + QByteArray::number(i % 7) + "\"} 1\n";
        content += "# EOF\n";
        QVERIFY(import(content).ok());
        QVERIFY(m_bodies.size() > 1);
        for (const std::string &body : m_bodies)
            QVERIFY(body.starts_with("# TYPE a counter\n"));
    }

    void detectsFormats()
    {
        QCOMPARE(detectImportFormat("{\"metrics\": []}"), ImportFormat::Json);
        QCOMPARE(detectImportFormat("\n [ {"), ImportFormat::Json);
        QCOMPARE(detectImportFormat("{}"), ImportFormat::Json);
        QCOMPARE(detectImportFormat("# TYPE a gauge\n"), ImportFormat::Text);
        QCOMPARE(detectImportFormat("a{b=\"c\"} 1"), ImportFormat::Text);
        QCOMPARE(detectImportFormat("{\"a.b\",c=\"d\"} 1"), ImportFormat::Text);
        QCOMPARE(detectImportFormat("{\"a.b\"} 1"), ImportFormat::Text);
    }

    void refusesAnEndlessDocument()
    {
        const auto result = import("[" + QByteArray(3 << 20, ' ') + "]");
        QVERIFY(!result.ok());
        QCOMPARE(result.error().code, ErrorCode::TooLarge);
    }

    void endsWithTheSinksFailure()
    {
        ImportOptions options;
        options.path = fileOf(lines(10));
        const auto result = importFile(options, [](const ImportPart &) -> Result<ImportOutcome> {
            return Error{ErrorCode::Unavailable, "away", {}};
        });
        QVERIFY(!result.ok());
        QCOMPARE(result.error().message, std::string("away"));
    }

    void canBeCancelled()
    {
        std::atomic<bool> cancelled = false;
        ImportOptions options;
        options.path = fileOf(lines(100000));
        options.partBytes = 100;
        options.cancelled = &cancelled;
        int parts = 0;
        const auto result = importFile(options, [&](const ImportPart &) -> Result<ImportOutcome> {
            parts++;
            cancelled = true;
            return ImportOutcome{};
        });
        QVERIFY(!result.ok());
        QCOMPARE(result.error().code, ErrorCode::Cancelled);
        QCOMPARE(parts, 1);
    }

    void emptyAndMissingFiles()
    {
        const auto empty = import("");
        QVERIFY(empty.ok());
        QCOMPARE(empty->parts, uint64_t(0));
        ImportOptions options;
        options.path = "/nowhere/at/all";
        const auto missing =
            importFile(options, [](const ImportPart &) -> Result<ImportOutcome> { return ImportOutcome{}; });
        QVERIFY(!missing.ok());
        QCOMPARE(missing.error().code, ErrorCode::NotFound);
    }
};

QTEST_GUILESS_MAIN(ImportTest)
#include "ImportTest.moc"
