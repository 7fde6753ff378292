#include "storage/engine/CommitListener.h"
#include "storage/engine/Group.h"
#include "tests/support/TemporaryEngine.h"

#include <QTest>

using namespace plimsoll;
using plimsoll::test::TemporaryEngine;

namespace {

class Recorder final : public CommitListener
{
public:
    std::vector<std::pair<uint64_t, std::string>> frames;
    uint64_t coveredThrough = 0;

    void committed(uint64_t sequence, std::string_view payload) override
    {
        frames.emplace_back(sequence, payload);
    }
    void covered(uint64_t sequence) override { coveredThrough = sequence; }
};

} // namespace

class CommitListenerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void hearsOfEachCommitAndOfTheJournalAtStart()
    {
        Recorder recorder;
        EngineOptions options;
        options.commits = &recorder;
        TemporaryEngine engine(options);
        const int64_t now = engine.clock.nowMs();
        QVERIFY(engine.append({{"__name__", "cpu"}}, Kind::Gauge, now, 1).status);
        QVERIFY(engine.append({{"__name__", "cpu"}}, Kind::Gauge, now + 1, 2).status);
        engine->maintain();
        QCOMPARE(recorder.frames.size(), size_t(2));
        QCOMPARE(recorder.frames[1].first, recorder.frames[0].first + 1);
        QVERIFY(recorder.coveredThrough < recorder.frames[0].first);
        Group group;
        int definitions = 0;
        QVERIFY(group.decode(recorder.frames[0].second, [&](const SeriesDefinition &) { definitions++; }));
        QCOMPARE(definitions, 1);
        QCOMPARE(group.values, (std::vector<double>{1}));

        const auto before = recorder.frames;
        recorder.frames.clear();
        engine.crash();
        QCOMPARE(recorder.frames, before);
        engine.restart();
        engine->maintain();
        QVERIFY(recorder.coveredThrough >= before.back().first);
    }
};

QTEST_GUILESS_MAIN(CommitListenerTest)
#include "CommitListenerTest.moc"
