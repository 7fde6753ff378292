#include "alerts/AlertService.h"
#include "storage/backend/MemoryDocumentStore.h"
#include "tests/support/TemporaryEngine.h"
#include "tests/support/WebhookReceiver.h"

#include <QCoroTask>
#include <QJsonArray>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;
using plimsoll::test::TemporaryEngine;
using plimsoll::test::WebhookReceiver;

namespace {

/// Keeps what was written until the process "dies": after that many writes nothing is taken any more, and
/// nobody hears of it. allowAll() is the next process.
class DyingStore final : public DocumentStore
{
public:
    Result<std::vector<Document>> list(ProjectId project, std::string_view collection) const override
    {
        return m_memory.list(project, collection);
    }
    Result<Document> get(ProjectId project, std::string_view collection, std::string_view id) const override
    {
        return m_memory.get(project, collection, id);
    }
    void put(ProjectId project, std::string_view collection, Document document, Done done) override
    {
        if (takes())
            m_memory.put(project, collection, std::move(document), std::move(done));
        else
            m_unheard.push_back(std::move(done));
    }
    void remove(ProjectId project, std::string_view collection, std::string_view id, Done done) override
    {
        if (takes())
            m_memory.remove(project, collection, id, std::move(done));
        else
            m_unheard.push_back(std::move(done));
    }

    void dieAfter(int writes) { m_left = writes; }
    void allowAll() { m_left = -1; }
    bool dead() const { return m_left == 0; }

private:
    bool takes()
    {
        if (m_left == 0)
            return false;
        m_left -= m_left > 0 ? 1 : 0;
        return true;
    }

    MemoryDocumentStore m_memory;
    std::vector<Done> m_unheard;
    int m_left = -1;
};

constexpr int64_t interval = 15'000;

std::unique_ptr<AlertService> openService(TemporaryEngine &engine, DyingStore &store)
{
    AlertOptions options;
    options.intervalMs = interval;
    options.allowPrivate = true;
    auto service = std::make_unique<AlertService>(options, engine.engine(), store, engine.clock);
    return service->open() ? std::move(service) : nullptr;
}

void createRule(AlertService &service, const QString &url)
{
    const auto create = [](AlertService &to, QString receiver) -> QCoro::Task<void> {
        const QJsonObject channel{
            {"name", "ops"}, {"kind", "webhook"}, {"settings", QJsonObject{{"url", receiver}}}};
        const Result<QJsonObject> made = co_await to.channels().create(channel);
        const QJsonObject rule{{"name", "high"}, {"expr", "cpu"},
                               {"op", ">"},      {"threshold", 90},
                               {"for", "30s"},   {"channels", QJsonArray{made->value("id")}}};
        const Result<QJsonObject> created = co_await to.createRule(rule);
        if (!created)
            qFatal("%s", created.error().message.c_str());
    };
    QCoro::waitFor(create(service, url));
}

} // namespace

/// One process dies after each possible number of writes, another takes over: the alarm must be told of once
/// (the key of a notice that was sent but not recorded may come again), and its end too.
class CrashPointTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyWriteMayBeTheLast()
    {
        int survived = 0;
        for (int writes = 0; writes < 60; writes++) {
            const bool died = tryDyingAfter(writes);
            if (QTest::currentTestFailed())
                return;
            survived = died ? 0 : survived + 1;
            if (survived == 2)
                return;
        }
        QFAIL("the scenario never got through without dying");
    }

private:
    /// Above the line for a while, then below it; true where the first process died on the way.
    bool tryDyingAfter(int writes)
    {
        TemporaryEngine engine;
        DyingStore store;
        WebhookReceiver receiver;
        auto service = openService(engine, store);
        createRule(*service, receiver.url());
        store.dieAfter(writes);
        bool died = false;
        for (int i = 0; i < 12; i++) {
            const double value = i < 6 ? 95 : 10;
            engine.clock.advance(interval);
            engine.append({{"__name__", "cpu"}}, Kind::Gauge, engine.clock.nowMs(), value);
            live(*service, engine, store);
            if (store.dead() && !died) {
                died = true;
                service.reset();
                store.allowAll();
                service = openService(engine, store);
                live(*service, engine, store);
            }
        }
        check(receiver, writes);
        return died;
    }

    /// Evaluates, and goes on until nothing is left to do or the process is dead.
    void live(AlertService &service, TemporaryEngine &engine, DyingStore &store)
    {
        const int64_t nowMs = engine.clock.nowMs();
        QCoro::waitFor(service.tick(nowMs));
        for (int round = 0; round < 3; round++) {
            if (!QTest::qWaitFor([&] { return store.dead() || service.settled(); }, 20'000))
                QFAIL("the alerts do not settle");
            if (store.dead()) {
                QTest::qWait(20);
                return;
            }
            QCoro::waitFor(service.tick(nowMs));
        }
    }

    void check(const WebhookReceiver &receiver, int writes)
    {
        std::map<QString, std::set<QByteArray>> keys;
        for (const auto &request : receiver.received())
            keys[request.event()].insert(request.header("idempotency-key"));
        const QByteArray which = "after " + QByteArray::number(writes) + " writes";
        QVERIFY2(keys["firing"].size() == 1,
                 which + ": firing was told under " + QByteArray::number(keys["firing"].size()) + " keys");
        QVERIFY2(keys["resolved"].size() == 1, which + ": resolved was told under " +
                                                   QByteArray::number(keys["resolved"].size()) + " keys");
        QVERIFY2(receiver.count() <= 3, which + ": more than one notice came again");
        QVERIFY2(receiver.received().back().event() == "resolved", which);
    }
};

QTEST_GUILESS_MAIN(CrashPointTest)
#include "CrashPointTest.moc"
