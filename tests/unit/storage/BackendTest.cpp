#include "storage/backend/MemoryBackend.h"
#include "storage/backend/SqliteBackend.h"
#include "storage/backend/Store.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

#include <thread>

using namespace plimsoll;

namespace {

StoredSeal sealOf(uint32_t id)
{
    return {id, -3'600'000, -5, 4'000'000'000'000, 10, 20, 7, std::string("a\0b\xff", 4)};
}

StoredPack packOf(uint32_t seal, uint32_t firstSeries, size_t size)
{
    std::string data = std::to_string(seal) + "/" + std::to_string(firstSeries);
    data.resize(std::max(size, data.size()), '\0');
    return {seal, firstSeries, data};
}

} // namespace

/// The contract of every backend.
class BackendTest : public QObject
{
    Q_OBJECT

    enum Which { Sqlite, Memory };

    std::unique_ptr<QTemporaryDir> m_directory;

    std::unique_ptr<Backend> make(int which) const
    {
        if (which == Memory)
            return std::make_unique<MemoryBackend>();
        return std::make_unique<SqliteBackend>(m_directory->filePath("test.db").toStdString());
    }

    static BackendState load(Store &store)
    {
        BackendState state;
        (void)store.run([&](Backend &backend) -> Status {
            auto loaded = backend.load();
            if (!loaded)
                return loaded.error();
            state = *loaded;
            return {};
        });
        return state;
    }

    static std::vector<DocumentChange> loadDocuments(Store &store)
    {
        std::vector<DocumentChange> documents;
        (void)store.run([&](Backend &backend) -> Status {
            auto loaded = backend.loadDocuments();
            if (!loaded)
                return loaded.error();
            documents = *loaded;
            return {};
        });
        return documents;
    }

    static Status write(Store &store, const BackendWrite &write)
    {
        return store.run([&](Backend &backend) { return backend.write(write); });
    }

    static void backends()
    {
        QTest::addColumn<int>("which");
        QTest::addRow("sqlite") << int(Sqlite);
        QTest::addRow("memory") << int(Memory);
    }

private Q_SLOTS:
    void init() { m_directory = std::make_unique<QTemporaryDir>(); }

    void startsEmpty_data() { backends(); }
    void startsEmpty()
    {
        QFETCH(int, which);
        const auto store = Store::open(make(which));
        QVERIFY(store.ok());
        const BackendState state = load(**store);
        QVERIFY(state.meta.empty() && state.catalogue.empty() && state.receipts.empty() &&
                state.seals.empty());
        QVERIFY(loadDocuments(**store).empty());
        QCOMPARE((*store)->backend().readPack(1, 1).error().code, ErrorCode::NotFound);
    }

    void keepsAllOfOneWrite_data() { backends(); }
    void keepsAllOfOneWrite()
    {
        QFETCH(int, which);
        auto store = Store::open(make(which));
        BackendWrite all;
        all.seals = {sealOf(1), sealOf(2)};
        all.packs = {packOf(1, 5, 40'000), packOf(1, 90, 10), packOf(2, 1, 10), packOf(2, UINT32_MAX, 10)};
        all.catalogue = std::string("\0one", 4);
        all.receipts = std::string("\0keys", 5);
        all.receiptsNewestMs = 500;
        all.meta = {{"a", "1"}, {"b", "ü"}};
        all.documents = {{1, "rules", {"x", R"({"ü":1})", 9}, false}, {0, "keys", {"y", "{}", 8}, false}};
        QVERIFY(write(**store, all));
        BackendWrite more;
        more.catalogue = "two";
        more.receipts = "later";
        more.receiptsNewestMs = 900;
        more.meta = {{"a", "2"}};
        QVERIFY(write(**store, more));
        if (which == Sqlite) {
            store->reset();
            store = Store::open(make(which));
        }
        const BackendState state = load(**store);
        QCOMPARE(state.meta, (std::map<std::string, std::string>{{"a", "2"}, {"b", "ü"}}));
        QCOMPARE(state.catalogue, (std::vector<std::string>{all.catalogue, "two"}));
        QCOMPARE(state.receipts, (std::vector<std::string>{all.receipts, "later"}));
        QCOMPARE(state.seals.size(), size_t(2));
        const StoredSeal &seal = state.seals[0];
        const StoredSeal expected = sealOf(1);
        QCOMPARE(seal.id, expected.id);
        QCOMPARE(seal.windowStartMs, expected.windowStartMs);
        QCOMPARE(seal.minMs, expected.minMs);
        QCOMPARE(seal.maxMs, expected.maxMs);
        QCOMPARE(seal.samples, expected.samples);
        QCOMPARE(seal.bytes, expected.bytes);
        QCOMPARE(seal.journalSequence, expected.journalSequence);
        QCOMPARE(seal.series, expected.series);
        QCOMPARE(loadDocuments(**store).size(), size_t(2));
        QVERIFY((*store)->backend().bytes() > 40'000);
    }

    void findsThePackBelowASeries_data() { backends(); }
    void findsThePackBelowASeries()
    {
        QFETCH(int, which);
        const auto store = Store::open(make(which));
        BackendWrite all;
        all.packs = {packOf(1, 5, 40'000), packOf(1, 90, 10), packOf(3, 1, 10), packOf(3, UINT32_MAX, 10)};
        QVERIFY(write(**store, all));
        const Backend &backend = (*store)->backend();
        const auto first = [&](uint32_t seal, uint32_t series) {
            const auto pack = backend.readPack(seal, series);
            return pack ? int64_t(pack->firstSeries) : -1;
        };
        QCOMPARE(first(1, 4), int64_t(-1));
        QCOMPARE(first(1, 5), int64_t(5));
        QCOMPARE(first(1, 89), int64_t(5));
        QCOMPARE(first(1, 90), int64_t(90));
        QCOMPARE(first(1, UINT32_MAX), int64_t(90));
        QCOMPARE(first(2, UINT32_MAX), int64_t(-1));
        QCOMPARE(first(3, UINT32_MAX - 1), int64_t(1));
        QCOMPARE(first(3, UINT32_MAX), int64_t(UINT32_MAX));
        QCOMPARE(backend.readPack(1, 6)->data, all.packs[0].data);
    }

    void removesSeals_data() { backends(); }
    void removesSeals()
    {
        QFETCH(int, which);
        const auto store = Store::open(make(which));
        BackendWrite all;
        all.seals = {sealOf(1), sealOf(2), sealOf(3)};
        all.packs = {packOf(1, 0, 10), packOf(2, 0, 10), packOf(2, UINT32_MAX, 10), packOf(3, 0, 10)};
        QVERIFY(write(**store, all));
        BackendWrite removal;
        removal.removedSeals = {2};
        QVERIFY(write(**store, removal));
        QCOMPARE(load(**store).seals.size(), size_t(2));
        QVERIFY((*store)->backend().readPack(1, 0).ok());
        QVERIFY(!(*store)->backend().readPack(2, UINT32_MAX).ok());
        QVERIFY((*store)->backend().readPack(3, 0).ok());
    }

    void expiresReceipts_data() { backends(); }
    void expiresReceipts()
    {
        QFETCH(int, which);
        const auto store = Store::open(make(which));
        for (const int64_t ms : {100, 200, 300}) {
            BackendWrite one;
            one.receipts = std::to_string(ms);
            one.receiptsNewestMs = ms;
            QVERIFY(write(**store, one));
        }
        BackendWrite expiry;
        expiry.expireReceiptsMs = 200;
        QVERIFY(write(**store, expiry));
        QCOMPARE(load(**store).receipts, (std::vector<std::string>{"200", "300"}));
    }

    void replacesAndRemovesDocuments_data() { backends(); }
    void replacesAndRemovesDocuments()
    {
        QFETCH(int, which);
        const auto store = Store::open(make(which));
        BackendWrite all;
        all.documents = {{1, "rules", {"x", "1", 1}, false}, {1, "rules", {"y", "2", 2}, false},
                         {1, "rules", {"x", "3", 3}, false}, {2, "rules", {"y", "4", 4}, false},
                         {1, "rules", {"y", "", 0}, true},   {1, "rules", {"never", "", 0}, true}};
        QVERIFY(write(**store, all));
        auto documents = loadDocuments(**store);
        std::sort(documents.begin(), documents.end(),
                  [](const auto &a, const auto &b) { return a.project < b.project; });
        QCOMPARE(documents.size(), size_t(2));
        QCOMPARE(documents[0].document.body, std::string("3"));
        QCOMPARE(documents[1].document.body, std::string("4"));
        QCOMPARE(documents[1].project, 2u);
    }

    void readsFromManyThreads_data() { backends(); }
    void readsFromManyThreads()
    {
        QFETCH(int, which);
        const auto store = Store::open(make(which));
        BackendWrite first;
        first.packs = {packOf(1, 1, 40'000)};
        QVERIFY(write(**store, first));
        std::atomic<int> wrong = 0;
        std::vector<std::thread> readers;
        for (int t = 0; t < 3; t++) {
            readers.emplace_back([&] {
                for (int i = 0; i < 100; i++) {
                    const auto pack = (*store)->backend().readPack(1, 1 + uint32_t(i));
                    wrong += !pack || pack->data != first.packs[0].data;
                }
            });
        }
        for (uint32_t i = 2; i < 30; i++) {
            BackendWrite more;
            more.packs = {packOf(i, 1, 30'000)};
            QVERIFY(write(**store, more));
            QVERIFY((*store)->backend().readPack(i, 1).ok());
        }
        for (std::thread &reader : readers)
            reader.join();
        QCOMPARE(wrong.load(), 0);
    }

    void failsWholly()
    {
        auto store = Store::open(make(Sqlite));
        BackendWrite good;
        good.seals = {sealOf(1)};
        QVERIFY(write(**store, good));
        BackendWrite bad;
        bad.meta = {{"a", "1"}};
        bad.packs = {packOf(9, 1, 10)};
        bad.seals = {sealOf(1)};
        QVERIFY(!write(**store, bad));
        QVERIFY(load(**store).meta.empty());
        QVERIFY(!(*store)->backend().readPack(9, 1).ok());
        bad.seals = {sealOf(2)};
        QVERIFY(write(**store, bad));
    }

    void refusesANewerSchema()
    {
        const QString file = m_directory->filePath("test.db");
        Store::open(make(Sqlite)).value().reset();
        {
            QSqlDatabase database = QSqlDatabase::addDatabase("QSQLITE", "newer");
            database.setDatabaseName(file);
            QVERIFY(database.open());
            QVERIFY(QSqlQuery(database).exec("PRAGMA user_version=99"));
            database.close();
        }
        QSqlDatabase::removeDatabase("newer");
        const auto store = Store::open(make(Sqlite));
        QVERIFY(!store);
        QCOMPARE(store.error().code, ErrorCode::Unsupported);
    }

    void refusesWhatIsNoDatabase()
    {
        QFile file(m_directory->filePath("test.db"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray(8192, 'x'));
        file.close();
        const auto store = Store::open(make(Sqlite));
        QVERIFY(!store);
        QCOMPARE(store.error().code, ErrorCode::Corrupt);
    }

    void leavesOneSmallFile()
    {
        auto store = Store::open(make(Sqlite));
        BackendWrite all;
        all.packs = {packOf(1, 1, 100'000)};
        QVERIFY(write(**store, all));
        QVERIFY((*store)->backend().readPack(1, 1).ok());
        store->reset();
        QVERIFY(!QFile::exists(m_directory->filePath("test.db-wal")) ||
                QFileInfo(m_directory->filePath("test.db-wal")).size() == 0);
        QVERIFY(QFileInfo(m_directory->filePath("test.db")).size() < 200'000);
    }
};

QTEST_GUILESS_MAIN(BackendTest)
#include "BackendTest.moc"
