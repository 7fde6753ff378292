#include "tests/support/ManualClock.h"
#include "tests/support/OpenEngine.h"
#include "tests/support/RunProgram.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::test;

/// Data directories that earlier versions left behind (tests/frozen) hold what they held.
class FrozenTest : public QObject
{
    Q_OBJECT

    static QDir root()
    {
        return QDir(qEnvironmentVariable("PLIMSOLL_SOURCE_DIR") + QLatin1String("/tests/frozen"));
    }

    static QByteArrayList linesOf(const std::string &text, const char *first)
    {
        QByteArrayList found;
        for (const QByteArray &line : QByteArray::fromStdString(text).split('\n')) {
            if (line.startsWith(first))
                found << line;
        }
        return found;
    }

    /// The lines of samples: all but those of documents and receipts.
    static std::string samplesIn(const QByteArray &text)
    {
        qsizetype end = text.size();
        for (const char *mark : {"\ndocument ", "\nreceipt "}) {
            if (const qsizetype at = text.indexOf(mark); at >= 0)
                end = std::min(end, at + 1);
        }
        return text.left(end).toStdString();
    }

    static std::array<uint64_t, 2> hashOf(const QByteArray &hex)
    {
        return {hex.left(16).toULongLong(nullptr, 16), hex.mid(16).toULongLong(nullptr, 16)};
    }

    static void compareText(const std::string &found, const std::string &expected)
    {
        const QByteArrayList left = QByteArray::fromStdString(found).split('\n');
        const QByteArrayList right = QByteArray::fromStdString(expected).split('\n');
        for (qsizetype i = 0; i < std::min(left.size(), right.size()); i++)
            QCOMPARE(left[i], right[i]);
        QCOMPARE(left.size(), right.size());
    }

    static void compareAll(const OpenEngine &opened, const QByteArray &expected)
    {
        compareText(opened.samples(), samplesIn(expected));
        compareText(opened.storedDocuments(),
                    linesOf(expected.toStdString(), "document ").join('\n').toStdString() + '\n');
    }

    /// A receipt's line: project, hash of the key, hash of the body, ms, accepted, refused items.
    static void repeatKey(Engine &engine, const QByteArrayList &words)
    {
        Batch batch;
        batch.project = words[1].toUInt();
        batch.itemCount = 1;
        batch.series.push_back({Labels{{"__name__", "again"}}.key(), Kind::Gauge, false, 0});
        batch.floats.push_back({0, words[4].toLongLong(), 1, 0});
        batch.idempotency = Batch::Idempotency{hashOf(words[2]), hashOf(words[3])};
        Batch other = batch;
        other.idempotency->bodyHash[0] ^= 1;
        const CommitReceipt receipt = engine.stage(batch);
        QVERIFY(receipt.status.ok());
        QVERIFY(receipt.replayed);
        QCOMPARE(receipt.committedMs, words[4].toLongLong());
        QCOMPARE(receipt.accepted, words[5].toUInt());
        QCOMPARE(qsizetype(receipt.rejections.size()), words.size() - 6);
        QVERIFY(!engine.stage(other).status.ok());
    }

private Q_SLOTS:
    void holdsWhatItHeld_data()
    {
        QTest::addColumn<QString>("sample");
        for (const QString &version : root().entryList({QStringLiteral("v*")}, QDir::Dirs)) {
            const QDir folder(root().filePath(version));
            for (const QString &file : folder.entryList({QStringLiteral("*.tar.gz")}, QDir::Files))
                QTest::addRow("%s", qPrintable(version + '/' + file.section('.', 0, 0)))
                    << folder.filePath(file.section('.', 0, 0));
        }
    }

    void holdsWhatItHeld()
    {
        QFETCH(QString, sample);
        const QTemporaryDir directory;
        const auto unpacked = tests::runProgram(QStringLiteral("tar"),
                                                {QStringLiteral("-C"), directory.path(),
                                                 QStringLiteral("-xzf"), sample + QLatin1String(".tar.gz")});
        QVERIFY2(unpacked.exitCode == 0, unpacked.output.constData());
        const auto text = tests::runProgram(QStringLiteral("gzip"),
                                            {QStringLiteral("-dc"), sample + QLatin1String(".txt.gz")});
        QCOMPARE(text.exitCode, 0);
        const QByteArray &expected = text.output;
        const QByteArrayList receipts = linesOf(expected.toStdString(), "receipt ");
        QVERIFY(!receipts.isEmpty());
        int64_t newestMs = 0;
        for (const QByteArray &line : receipts)
            newestMs = std::max<int64_t>(newestMs, line.split(' ')[4].toLongLong());
        const ManualClock clock(newestMs);

        for (int round = 0; round < 2; round++) {
            const auto opened = OpenEngine::on(directory.path().toStdString(), clock);
            QVERIFY(opened);
            QCOMPARE(opened->engine->stats().damagedFrames, uint64_t(0));
            compareAll(*opened, expected);
            for (const QByteArray &line : receipts) {
                repeatKey(*opened->engine, line.split(' '));
                if (QTest::currentTestFailed())
                    return;
            }
            QVERIFY(opened->engine->close().ok());
        }
    }

    void hasSamplesOfTheFirstVersion() { QVERIFY(root().exists(QStringLiteral("v1/engine-killed.tar.gz"))); }
};

QTEST_GUILESS_MAIN(FrozenTest)
#include "FrozenTest.moc"
