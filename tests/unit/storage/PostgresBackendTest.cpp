#include "storage/backend/PostgresBackend.h"
#include "storage/backend/NodeIdentity.h"
#include "tests/support/CuttingProxy.h"
#include "tests/support/PostgresServer.h"

#include <QElapsedTimer>
#include <QTest>

#include <thread>

using namespace plimsoll;
using plimsoll::test::CuttingProxy;
using plimsoll::test::PostgresServer;

namespace {

std::unique_ptr<PostgresBackend> backendOn(const std::string &url, char node = 'a')
{
    return std::make_unique<PostgresBackend>(PostgresSettings::parse(url).value(), std::string(32, node));
}

BackendWrite sealed(uint32_t id, size_t packs = 2, size_t bytes = 1000)
{
    BackendWrite write;
    StoredSeal seal;
    seal.id = id;
    seal.series = "s";
    write.seals = {seal};
    for (uint32_t i = 0; i < packs; i++)
        write.packs.push_back({id, i, {}});
    for (StoredPack &pack : write.packs)
        pack.data.resize(bytes, char('a' + pack.firstSeries % 26));
    return write;
}

std::string textOf(const Error &error) { return error.message + " " + error.hint; }

bool mentions(const Error &error, const char *word) { return textOf(error).find(word) != std::string::npos; }

} // namespace

/// What is PostgreSQL's own; the contract of all backends is in BackendTest.
class PostgresBackendTest : public QObject
{
    Q_OBJECT

    PostgresServer m_server;

    /// Writes again until it succeeds, as the engine does.
    static bool writeAtLast(Backend &backend, const BackendWrite &write)
    {
        QElapsedTimer timer;
        timer.start();
        while (timer.elapsed() < 60'000) {
            if (backend.write(write))
                return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        return false;
    }

    int count(const std::string &url, const char *what) const
    {
        const std::string schema = PostgresSettings::parse(url)->schema;
        return m_server
            .sql(QString::fromStdString("SELECT " + std::string(what)).arg(QString::fromStdString(schema)))
            .trimmed()
            .toInt();
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (const char *why = PostgresServer::whyNot())
            QSKIP(why);
        QVERIFY2(m_server.start(), m_server.output());
    }

    void readsUrls()
    {
        const auto settings =
            PostgresSettings::parse("postgresql://me:s%3Acret@db.example:5433/"
                                    "metrics?search_path=team%5Fa&statement_timeout=7&sslmode=require");
        QVERIFY(settings.ok());
        QCOMPARE(settings->schema, std::string("team_a"));
        QCOMPARE(settings->statementTimeoutMs, 7000);
        QCOMPARE(settings->options.at("password"), std::string("s:cret"));
        QCOMPARE(settings->options.at("sslmode"), std::string("require"));
        QCOMPARE(settings->shown, std::string("postgresql://me@db.example:5433/metrics"));
    }

    void keepsSecretsOutOfMessages()
    {
        for (const char *url :
             {"postgresql://me:secret@host:x/db", "postgresql://me:secret@host/db?nonsense=secret",
              "postgresql://me:secret@host", "mysql://me:secret@host/db",
              "postgresql://me:secret@host/db?statement_timeout=secret", "postgresql://me:sec/ret@host/db"}) {
            const auto settings = PostgresSettings::parse(url);
            QVERIFY2(!settings, url);
            QVERIFY2(!mentions(settings.error(), "secret") && !mentions(settings.error(), "ret@"),
                     textOf(settings.error()).c_str());
        }
        const auto wrong = backendOn(m_server.guardedUrl("secret"))->open();
        QVERIFY(!wrong);
        QVERIFY(!mentions(wrong.error(), "secret"));
        QCOMPARE(withoutSecrets("clickhouse+http://u:p@h/d?password=x"),
                 std::string("clickhouse+http://u@h/d"));
    }

    void saysWhatToDo()
    {
        QCOMPARE(backendOn(m_server.guardedUrl("wrong"))->open().error().code, ErrorCode::Unauthorized);

        std::string missing = m_server.newUrl();
        missing.replace(missing.find("/postgres?"), 10, "/nowhere?");
        const Status notThere = backendOn(missing)->open();
        QCOMPARE(notThere.error().code, ErrorCode::NotFound);
        QVERIFY(mentions(notThere.error(), "createdb"));

        const Status refused = backendOn("postgresql://plimsoll@127.0.0.1:1/postgres")->open();
        QCOMPARE(refused.error().code, ErrorCode::Unavailable);
        QVERIFY(mentions(refused.error(), "Check that the server runs"));

        const Status forbidden = backendOn(m_server.guardedUrl("right") + "?search_path=theirs")->open();
        QCOMPARE(forbidden.error().code, ErrorCode::Forbidden);
        QVERIFY(mentions(forbidden.error(), "CREATE SCHEMA"));
    }

    void refusesANewerSchema()
    {
        const std::string url = m_server.newUrl();
        QVERIFY(backendOn(url)->open());
        QVERIFY(backendOn(url)->open());
        m_server.sql(QString::fromStdString("UPDATE " + PostgresSettings::parse(url)->schema +
                                            ".schema_version SET version = 99"));
        const Status opened = backendOn(url)->open();
        QVERIFY(!opened);
        QCOMPARE(opened.error().code, ErrorCode::Unsupported);
    }

    void makesTheSchemaOnceThoughManyStart()
    {
        const std::string url = m_server.newUrl();
        std::atomic<int> opened = 0;
        std::vector<std::thread> nodes;
        for (char node = 'a'; node < 'e'; node++)
            nodes.emplace_back([&, node] { opened += backendOn(url, node)->open() ? 1 : 0; });
        for (std::thread &node : nodes)
            node.join();
        QCOMPARE(opened.load(), 4);
        QCOMPARE(count(url, "count(*) FROM %1.node"), 4);
    }

    void keepsNodesApartAndSharesDocuments()
    {
        const std::string url = m_server.newUrl();
        const auto first = backendOn(url, 'a');
        const auto second = backendOn(url, 'b');
        QVERIFY(first->open() && second->open());
        QVERIFY(first->node() != second->node());
        BackendWrite write = sealed(1);
        write.meta = {{"window_ms", "1"}};
        write.documents = {{1, "rules", {"x", "{}", 1}, false}};
        QVERIFY(first->write(write));
        QVERIFY(second->load()->seals.empty() && second->load()->meta.empty());
        QVERIFY(!second->readPack(1, 1));
        QCOMPARE(second->loadDocuments()->size(), size_t(1));
        QVERIFY(second->write(sealed(1, 1)));
        QCOMPARE(first->readPack(1, 5)->firstSeries, 1u);
        QCOMPARE(second->readPack(1, 5)->firstSeries, 0u);
        const int64_t node = first->node();
        QVERIFY(first->close());
        const auto again = backendOn(url, 'a');
        QVERIFY(again->open());
        QCOMPARE(again->node(), node);
        QCOMPARE(again->load()->seals.size(), size_t(1));
    }

    void refusesACopiedDirectory()
    {
        const std::string url = m_server.newUrl();
        const auto first = backendOn(url);
        QVERIFY(first->open());
        const Status second = backendOn(url)->open();
        QVERIFY(!second);
        QCOMPARE(second.error().code, ErrorCode::Conflict);
        QVERIFY(mentions(second.error(), "remove the file \"node\""));
        QVERIFY(first->write(sealed(1)));
    }

    void remembersItsIdentity()
    {
        const QTemporaryDir directory;
        const auto first = nodeIdentity(directory.path().toStdString());
        QVERIFY(first.ok());
        QCOMPARE(first->size(), size_t(32));
        QCOMPARE(nodeIdentity(directory.path().toStdString()).value(), *first);
        const QTemporaryDir other;
        QVERIFY(nodeIdentity(other.path().toStdString()).value() != *first);
        QFile file(directory.filePath("node"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("nonsense");
        file.close();
        QCOMPARE(nodeIdentity(directory.path().toStdString()).error().code, ErrorCode::Corrupt);
    }

    void connectsAgain_data()
    {
        QTest::addColumn<int>("how");
        QTest::addRow("connections dropped") << 0;
        QTest::addRow("server restarted") << 1;
        QTest::addRow("server restarted at once") << 2;
        QTest::addRow("backend killed") << 3;
    }
    void connectsAgain()
    {
        QFETCH(int, how);
        const std::string url = m_server.newUrl();
        const auto backend = backendOn(url);
        QVERIFY(backend->open());
        QVERIFY(backend->write(sealed(1)));
        QVERIFY(backend->readPack(1, 0).ok());
        if (how == 0)
            QVERIFY(m_server.dropConnections() >= 2);
        else if (how == 3)
            m_server.killOneBackend();
        else
            QVERIFY(
                m_server.restart(how == 1 ? PostgresServer::Stop::Fast : PostgresServer::Stop::Immediate));
        QTRY_VERIFY_WITH_TIMEOUT(backend->readPack(1, 0).ok(), 30'000);
        QVERIFY(writeAtLast(*backend, sealed(2)));
        QCOMPARE(backend->load()->seals.size(), size_t(2));
        QVERIFY(backend->readers()->state().snapshot().up);
    }

    void failsAtOnceWhileTheServerIsAway()
    {
        const std::string url = m_server.newUrl();
        const auto backend = backendOn(url);
        QVERIFY(backend->open());
        m_server.stop();
        for (int i = 0; i < 20; i++) {
            const Status done = backend->write(sealed(1));
            QVERIFY(!done);
            QCOMPARE(done.error().code, ErrorCode::Unavailable);
        }
        const auto state = backend->readers()->state().snapshot();
        QVERIFY(!state.up && !state.reason.empty());
        QCOMPARE(backend->readPack(1, 0).error().code, ErrorCode::Unavailable);
        QVERIFY2(m_server.start(), m_server.output());
        QVERIFY(writeAtLast(*backend, sealed(1)));
        QCOMPARE(count(url, "count(*) FROM %1.seal"), 1);
    }

    /// The connection ends while the COMMIT waits for its answer, once before the server hears of it and once
    /// after it was done.
    void findsOutHowACommitWent_data()
    {
        QTest::addColumn<bool>("after");
        QTest::addRow("after it was done") << true;
        QTest::addRow("before the server heard of it") << false;
    }
    void findsOutHowACommitWent()
    {
        QFETCH(bool, after);
        const CuttingProxy::Cut cut = after ? CuttingProxy::Cut::After : CuttingProxy::Cut::Before;
        CuttingProxy proxy(m_server.port());
        std::string url = m_server.newUrl();
        const std::string port = std::to_string(m_server.port());
        const auto backend =
            backendOn(std::string(url).replace(url.find(port), port.size(), std::to_string(proxy.port())));
        QVERIFY(backend->open());
        QVERIFY(backend->write(sealed(1)));
        for (uint32_t id = 2; id < 5; id++) {
            proxy.cutNextCommit(cut);
            BackendWrite write = sealed(id);
            write.documents = {{1, "rules", {std::to_string(id), "{}", 1}, false}};
            QVERIFY(writeAtLast(*backend, write));
        }
        QCOMPARE(proxy.cuts(), 3);
        QCOMPARE(count(url, "count(*) FROM %1.seal"), 4);
        QCOMPARE(count(url, "count(*) FROM %1.pack"), 8);
        QCOMPARE(count(url, "count(*) FROM %1.document"), 3);
        QCOMPARE(count(url, "writes FROM %1.node"), 4);
    }

    /// The server goes away for longer than a write waits for the answer: the write fails, and its repetition
    /// finds that it was done.
    void takesARepetitionForDone()
    {
        CuttingProxy proxy(m_server.port());
        std::string url = m_server.newUrl();
        const std::string port = std::to_string(m_server.port());
        const auto backend =
            backendOn(std::string(url).replace(url.find(port), port.size(), std::to_string(proxy.port())));
        QVERIFY(backend->open());
        QVERIFY(backend->write(sealed(1)));
        backend->setAnswerPatience(std::chrono::milliseconds(0));
        proxy.cutNextCommit(CuttingProxy::Cut::After);
        BackendWrite write = sealed(2);
        write.removedSeals = {1};
        QVERIFY(!backend->write(write));
        QTRY_COMPARE(count(url, "count(*) FROM %1.seal WHERE id = 2"), 1);
        BackendWrite another = sealed(3);
        another.removedSeals = {1};
        QTRY_COMPARE_WITH_TIMEOUT(backend->write(another).error().code, ErrorCode::Conflict, 10'000);
        QVERIFY(backend->write(write));
        QCOMPARE(count(url, "count(*) FROM %1.seal"), 1);
        QCOMPARE(count(url, "count(*) FROM %1.pack"), 2);
    }

    /// Connections are dropped at random moments under a load that repeats what failed: each seal is there
    /// once.
    void losesAndDoublesNothingUnderCuts()
    {
        const int cuts = std::max(10, qEnvironmentVariableIntValue("PLIMSOLL_TEST_CUTS"));
        const std::string url = m_server.newUrl();
        const auto backend = backendOn(url);
        QVERIFY(backend->open());
        std::atomic<bool> stop = false;
        std::atomic<int> dropped = 0;
        std::thread cutter([&] {
            while (!stop) {
                dropped += m_server.dropConnections();
                std::this_thread::sleep_for(std::chrono::milliseconds(30));
            }
        });
        bool all = true;
        int seals = 0;
        while (all && dropped < cuts)
            all = writeAtLast(*backend, sealed(uint32_t(++seals), 4, 20'000));
        stop = true;
        cutter.join();
        QVERIFY(all);
        qInfo("%d seals, %d connections dropped", seals, dropped.load());
        QCOMPARE(count(url, "count(*) FROM %1.seal"), seals);
        QCOMPARE(count(url, "count(*) FROM %1.pack"), seals * 4);
        QCOMPARE(count(url, "writes FROM %1.node"), seals);
    }

    void copiesQuickly()
    {
        const std::string url = m_server.newUrl();
        const auto backend = backendOn(url);
        QVERIFY(backend->open());
        const BackendWrite write = sealed(1, 1000, 32'000);
        QElapsedTimer timer;
        timer.start();
        QVERIFY(backend->write(write));
        qInfo("32 MB of packs in %lld ms: %.0f MB/s", timer.elapsed(),
              32'000.0 / double(std::max<qint64>(1, timer.elapsed())));
        QCOMPARE(count(url, "count(*) FROM %1.pack"), 1000);
    }
};

QTEST_GUILESS_MAIN(PostgresBackendTest)
#include "PostgresBackendTest.moc"
