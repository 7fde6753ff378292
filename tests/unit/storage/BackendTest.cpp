#include "storage/backend/BackendSnapshot.h"
#include "storage/backend/MemoryBackend.h"
#include "storage/backend/PostgresBackend.h"
#include "storage/backend/SqliteBackend.h"
#include "storage/backend/Store.h"
#include "tests/support/PostgresServer.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <limits>
#include <thread>

using namespace plimsoll;

namespace {

StoredSeal sealOf(uint32_t id)
{
    return {id,        -3'600'000, -5, 4'000'000'000'000, 10, 20, 7, std::string("a\0b\xff", 4),
            3'600'000, 10'800'000};
}

StoredPack packOf(uint32_t seal, uint32_t firstSeries, size_t size)
{
    std::string data = std::to_string(seal) + "/" + std::to_string(firstSeries);
    data.resize(std::max(size, data.size()), '\0');
    return {seal, firstSeries, data};
}

StoredDay dayOf(uint32_t series, int64_t startMs, int64_t lengthMs = 86'400'000)
{
    StoredDay day;
    day.series = series;
    day.startMs = startMs;
    day.endMs = startMs + lengthMs;
    day.zone = "Europe/Berlin";
    day.count = 1ULL << 40;
    day.sum = 0.1;
    day.min = -1e300;
    day.max = 5e-324;
    day.first = -0.0;
    day.last = std::numeric_limits<double>::infinity();
    day.increase = std::nan("");
    day.exactSum = std::string("\0e\xff", 3);
    day.histogram = std::string("h\0", 2);
    day.p50 = 50;
    day.p95 = 95;
    day.p99 = 99;
    return day;
}

} // namespace

/// The contract of every backend.
class BackendTest : public QObject
{
    Q_OBJECT

    enum Which { Sqlite, Memory, Postgres };

    test::PostgresServer m_server;
    std::unique_ptr<QTemporaryDir> m_directory;
    std::string m_url;

    std::unique_ptr<Backend> make(int which) const
    {
        if (which == Memory)
            return std::make_unique<MemoryBackend>();
        if (which == Postgres)
            return std::make_unique<PostgresBackend>(PostgresSettings::parse(m_url).value(),
                                                     std::string(32, 'a'));
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

    static void durableBackends()
    {
        QTest::addColumn<int>("which");
        QTest::addRow("sqlite") << int(Sqlite);
        if (!test::PostgresServer::whyNot())
            QTest::addRow("postgres") << int(Postgres);
    }

    static void backends()
    {
        durableBackends();
        QTest::addRow("memory") << int(Memory);
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (const char *why = test::PostgresServer::whyNot())
            qWarning("%s: its part of the contract is skipped", why);
        else
            QVERIFY2(m_server.start(), m_server.output());
    }

    void init()
    {
        m_directory = std::make_unique<QTemporaryDir>();
        m_url = m_server.newUrl();
    }

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
        if (which != Memory) {
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
        QCOMPARE(seal.resolutionMs, expected.resolutionMs);
        QCOMPARE(seal.spanMs, expected.spanMs);
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

    void keepsPacksOfRetiredSeals_data() { backends(); }
    void keepsPacksOfRetiredSeals()
    {
        QFETCH(int, which);
        const auto store = Store::open(make(which));
        BackendWrite all;
        all.seals = {sealOf(1), sealOf(2)};
        all.packs = {packOf(1, 0, 10), packOf(1, 7, 10), packOf(1, 9, 10), packOf(2, 7, 10),
                     packOf(5, 1, 10)};
        QVERIFY(write(**store, all));
        BackendWrite retirement;
        retirement.retiredSeals = {1};
        QVERIFY(write(**store, retirement));
        QCOMPARE(load(**store).seals.size(), size_t(1));
        const Backend &backend = (*store)->backend();
        QCOMPARE(backend.readPack(1, 9)->firstSeries, 9u);
        BackendWrite slice;
        slice.removedPacks = {{1, 7, 9}};
        slice.removedSeals = {5};
        QVERIFY(write(**store, slice));
        QCOMPARE(backend.readPack(1, 9)->firstSeries, 0u);
        QCOMPARE(backend.readPack(2, 9)->firstSeries, 7u);
        QVERIFY(!backend.readPack(5, 1));
    }

    void removesMetaWithoutValue_data() { backends(); }
    void removesMetaWithoutValue()
    {
        QFETCH(int, which);
        const auto store = Store::open(make(which));
        BackendWrite all;
        all.meta = {{"a", "1"}, {"b", "2"}, {"never", ""}};
        QVERIFY(write(**store, all));
        BackendWrite removal;
        removal.meta = {{"a", ""}};
        QVERIFY(write(**store, removal));
        QCOMPARE(load(**store).meta, (std::map<std::string, std::string>{{"b", "2"}}));
    }

    void showsOneMoment_data() { backends(); }
    void showsOneMoment()
    {
        QFETCH(int, which);
        auto store = Store::open(make(which));
        BackendWrite all;
        all.seals = {sealOf(1)};
        for (uint32_t i = 0; i < 100; i++)
            all.packs.push_back(packOf(1 + i / 50, i % 50, 1000));
        for (int i = 0; i < 5; i++)
            all.days.push_back(dayOf(7, i * 86'400'000));
        all.seriesRows = {{7, 1, "cpu", "{}", "gauge"}};
        all.documents = {{1, "rules", {"x", "{}", 1}, false}};
        all.meta = {{"a", "1"}};
        QVERIFY(write(**store, all));
        auto snapshot = (*store)->backend().snapshot();
        QVERIFY(snapshot.ok());
        BackendWrite more;
        more.removedSeals = {1};
        more.seals = {sealOf(9)};
        more.meta = {{"a", "2"}};
        more.expireDays = {{INT64_MAX, {}}};
        QVERIFY(write(**store, more));
        BackendSnapshot &then = **snapshot;
        const auto state = then.load();
        QCOMPARE(state->seals.size(), size_t(1));
        QCOMPARE(state->seals[0].id, 1u);
        QCOMPARE(state->meta.at("a"), std::string("1"));
        QCOMPARE(then.loadDocuments()->size(), size_t(1));
        std::vector<StoredPack> packs;
        while (true) {
            const StoredPack last = packs.empty() ? StoredPack() : packs.back();
            const auto slice = then.packsAfter(last.seal, last.firstSeries, 10'500);
            QVERIFY(slice.ok());
            if (slice->empty())
                break;
            QVERIFY(slice->size() <= 11);
            packs.insert(packs.end(), slice->begin(), slice->end());
        }
        QCOMPARE(packs.size(), size_t(100));
        QCOMPARE(packs[99].firstSeries, 49u);
        QCOMPARE(packs[99].data, all.packs[99].data);
        QCOMPARE(then.daysAfter(0, 0, 3)->size(), size_t(3));
        QCOMPARE(then.daysAfter(7, 2 * 86'400'000, 10)->size(), size_t(2));
        QCOMPARE(then.seriesRows()->size(), size_t(1));
        QVERIFY(then.integrity()->empty());
        snapshot->reset();
        QCOMPARE(load(**store).seals[0].id, 9u);
    }

    void keepsDays_data() { backends(); }
    void keepsDays()
    {
        QFETCH(int, which);
        auto store = Store::open(make(which));
        constexpr int64_t dayMs = 86'400'000;
        BackendWrite all;
        for (int i = -2; i < 3; i++)
            all.days.push_back(dayOf(7, i * dayMs));
        all.days.push_back(dayOf(8, 0));
        all.seriesRows = {{7, 1, "cpu", R"({"host":"ü"})", "gauge"}};
        QVERIFY(write(**store, all));
        BackendWrite again;
        again.days = {dayOf(7, 0)};
        again.days[0].count = 3;
        again.days[0].histogram.clear();
        again.seriesRows = {{7, 1, "cpu", "{}", "counter"}};
        QVERIFY(write(**store, again));
        if (which != Memory) {
            store->reset();
            store = Store::open(make(which));
        }
        const Backend &backend = (*store)->backend();
        QCOMPARE(backend.readDays(7, INT64_MIN, INT64_MAX)->size(), size_t(5));
        QCOMPARE(backend.readDays(8, INT64_MIN, INT64_MAX)->size(), size_t(1));
        QVERIFY(backend.readDays(9, INT64_MIN, INT64_MAX)->empty());
        QVERIFY(backend.readDays(7, 3 * dayMs, INT64_MAX)->empty());
        const auto days = backend.readDays(7, -1, dayMs);
        QCOMPARE(days->size(), size_t(3));
        QCOMPARE(days->at(0).startMs, -dayMs);
        QCOMPARE(days->at(1).count, uint64_t(3));
        QVERIFY(days->at(1).histogram.empty());
        const StoredDay &found = days->at(2);
        const StoredDay expected = dayOf(7, dayMs);
        QCOMPARE(found.series, 7u);
        QCOMPARE(found.endMs, expected.endMs);
        QCOMPARE(found.zone, expected.zone);
        QCOMPARE(found.count, expected.count);
        QVERIFY(found.sum == expected.sum && found.min == expected.min && found.max == expected.max);
        QVERIFY(found.first == 0 && found.last == expected.last && std::isnan(found.increase));
        QCOMPARE(found.exactSum, expected.exactSum);
        QCOMPARE(found.histogram, expected.histogram);
        QVERIFY(found.p50 == 50 && found.p95 == 95 && found.p99 == 99);
    }

    void expiresDays_data() { backends(); }
    void expiresDays()
    {
        QFETCH(int, which);
        const auto store = Store::open(make(which));
        BackendWrite all;
        for (const uint32_t series : {1u, 2u, 3u}) {
            for (const int64_t start : {0, 100, 200})
                all.days.push_back(dayOf(series, start, 100));
        }
        QVERIFY(write(**store, all));
        BackendWrite expiry;
        expiry.expireDays = {{100, {}}, {200, {1, 3, 9}}};
        QVERIFY(write(**store, expiry));
        const auto days = [&](uint32_t series) {
            return (*store)->backend().readDays(series, 0, 1000)->size();
        };
        QCOMPARE(days(1), size_t(1));
        QCOMPARE(days(2), size_t(2));
        QCOMPARE(days(3), size_t(1));
    }

    void givesSpaceBackInSlices()
    {
        const auto store = Store::open(make(Sqlite));
        BackendWrite all;
        for (uint32_t i = 0; i < 40; i++)
            all.packs.push_back(packOf(1, i, 32'000));
        QVERIFY(write(**store, all));
        BackendWrite removal;
        removal.removedSeals = {1};
        QVERIFY(write(**store, removal));
        const auto slice = [&](uint64_t pages) {
            uint64_t left = 0;
            const Status done = (*store)->run([&](Backend &backend) {
                Status given = backend.giveBack(pages);
                left = backend.freePages();
                return given;
            });
            return done ? left : UINT64_MAX;
        };
        const uint64_t free = slice(0 + 1);
        QVERIFY(free > 250);
        QCOMPARE(slice(100), free - 100);
        QCOMPARE(slice(free), uint64_t(0));
    }

    void upgradesVersionOne()
    {
        const QString file = m_directory->filePath("test.db");
        {
            QSqlDatabase database = QSqlDatabase::addDatabase("QSQLITE", "old");
            database.setDatabaseName(file);
            QVERIFY(database.open());
            for (const char *statement :
                 {"PRAGMA auto_vacuum=INCREMENTAL",
                  "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
                  "CREATE TABLE catalogue (id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
                  "CREATE TABLE receipts (id INTEGER PRIMARY KEY, newest_ms INTEGER NOT NULL, data BLOB NOT "
                  "NULL)",
                  "CREATE TABLE seal (id INTEGER PRIMARY KEY, window_start_ms INTEGER NOT NULL, min_ms "
                  "INTEGER NOT "
                  "NULL, max_ms INTEGER NOT NULL, samples INTEGER NOT NULL, bytes INTEGER NOT NULL, "
                  "journal_sequence INTEGER NOT NULL, series BLOB NOT NULL)",
                  "CREATE TABLE pack (id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
                  "CREATE TABLE document (project INTEGER NOT NULL, collection TEXT NOT NULL, id TEXT NOT "
                  "NULL, "
                  "updated_ms INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (project, collection, id)) "
                  "WITHOUT "
                  "ROWID",
                  "INSERT INTO meta VALUES ('window_ms', '7200000')",
                  "INSERT INTO seal VALUES (4, 7200000, 7200001, 7200002, 2, 10, 3, x'00')",
                  "INSERT INTO pack VALUES (4294967296 * 4 + 1, x'6162')", "PRAGMA user_version=1"})
                QVERIFY2(QSqlQuery(database).exec(statement), statement);
            database.close();
        }
        QSqlDatabase::removeDatabase("old");
        for (int opening = 0; opening < 2; opening++) {
            const auto store = Store::open(make(Sqlite));
            QVERIFY(store.ok());
            const BackendState state = load(**store);
            QCOMPARE(state.seals.size(), size_t(1));
            QCOMPARE(state.seals[0].resolutionMs, int64_t(0));
            QCOMPARE(state.seals[0].spanMs, int64_t(7'200'000));
            QCOMPARE((*store)->backend().readPack(4, 1)->data, std::string("ab"));
            BackendWrite more;
            more.days = {dayOf(1, 0)};
            QVERIFY(write(**store, more));
        }
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

    void failsWholly_data() { durableBackends(); }
    void failsWholly()
    {
        QFETCH(int, which);
        auto store = Store::open(make(which));
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
