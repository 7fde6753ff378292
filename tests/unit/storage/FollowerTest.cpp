#include "storage/engine/follow/Follower.h"
#include "storage/backend/Store.h"
#include "storage/engine/Engine.h"
#include "storage/engine/MemoryDisk.h"
#include "tests/support/FaultyBackend.h"
#include "tests/support/ManualClock.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

constexpr int64_t hourMs = 3'600'000;

/// A neighbour whose database is in memory, and whose frames are never removed.
class Neighbour final : public Neighbours, public CommitListener
{
public:
    std::shared_ptr<FaultyBackend::Database> database = std::make_shared<FaultyBackend::Database>();
    int failRead = -1; ///< fail the n-th read from now, counted from 0

    void committed(uint64_t sequence, std::string_view payload) override
    {
        m_frames.push_back({sequence, std::string(payload)});
    }
    void covered(uint64_t) override {}

    Result<std::map<int64_t, int64_t>> all() override { return std::map<int64_t, int64_t>{{1, 1}}; }
    Result<NeighbourNews> read(int64_t, const NeighbourPosition &from) override
    {
        if (failRead >= 0 && failRead-- == 0)
            return Error{ErrorCode::Unavailable, "The database is away.", {}};
        const auto state = database->memory().load();
        if (!state)
            return state.error();
        NeighbourNews news;
        news.meta = state->meta;
        news.position = from;
        for (size_t i = static_cast<size_t>(from.catalogue); i < state->catalogue.size(); i++)
            news.catalogue.push_back(state->catalogue[i]);
        news.position.catalogue = static_cast<int64_t>(state->catalogue.size());
        for (const StoredSeal &seal : state->seals) {
            news.allSeals.push_back(seal.id);
            if (seal.id > from.seal)
                news.seals.push_back(seal);
            news.position.seal = std::max(news.position.seal, seal.id);
        }
        for (const ShippedFrame &frame : m_frames) {
            if (frame.sequence > from.sequence)
                news.frames.push_back(frame);
            news.position.sequence = std::max(news.position.sequence, frame.sequence);
        }
        return news;
    }
    std::unique_ptr<Backend> backendOf(int64_t) const override
    {
        return std::make_unique<FaultyBackend>(database);
    }
    Result<Happening> wait(std::chrono::milliseconds) override { return Happening(); }

private:
    std::vector<ShippedFrame> m_frames;
};

bool put(Engine &engine, int64_t ms)
{
    Batch batch;
    batch.itemCount = 1;
    batch.series.push_back({Labels{{"__name__", "revenue"}}.key(), Kind::Delta, false, 0});
    batch.floats.push_back({0, ms, 1.0, 0});
    return engine.stage(batch).accepted == 1 && engine.commit().ok();
}

double totalIn(Follower &follower)
{
    const auto reader = follower.openReader();
    const auto selected = reader->select(defaultProject, {}, -1, INT64_MAX / 2);
    return selected && selected->size() == 1
               ? reader->totalBefore(selected->front().id, INT64_MAX / 2).value()
               : -1;
}

} // namespace

/// What a node sees of another counts once, whenever the database goes away.
class FollowerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void countsOnceWhenAReadFails_data()
    {
        QTest::addColumn<int>("failRead");
        QTest::addRow("none") << -1;
        QTest::addRow("the news") << 0;
        QTest::addRow("the frames for memory") << 1;
    }
    void countsOnceWhenAReadFails()
    {
        QFETCH(int, failRead);
        Neighbour neighbour;
        MemoryDisk disk;
        ManualClock clock;
        EngineOptions options;
        options.windowMs = hourMs;
        options.commits = &neighbour;
        auto store = Store::open(std::make_unique<FaultyBackend>(neighbour.database));
        QVERIFY(store.ok());
        auto engine = Engine::open(options, **store, disk, clock);
        QVERIFY(engine.ok());
        for (int i = 0; i < 10; i++)
            QVERIFY(put(**engine, clock.nowMs() - 3 * hourMs + i) && put(**engine, clock.nowMs() + i));

        const auto follower = std::make_shared<Follower>(1, neighbour.backendOf(1));
        QVERIFY(follower->update(neighbour).ok());
        QCOMPARE(totalIn(*follower), 20.0);
        clock.advance(2 * 60'000);
        (*engine)->maintain();
        (*engine)->drain();
        const size_t seals = neighbour.database->memory().load()->seals.size();
        QVERIFY(seals > 0);

        neighbour.failRead = failRead;
        QCOMPARE(follower->update(neighbour).ok(), failRead < 0);
        QCOMPARE(totalIn(*follower), 20.0);
        QVERIFY(follower->update(neighbour).ok());
        QCOMPARE(totalIn(*follower), 20.0);
    }
};

QTEST_GUILESS_MAIN(FollowerTest)
#include "FollowerTest.moc"
