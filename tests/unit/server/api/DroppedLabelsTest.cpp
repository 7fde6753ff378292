#include "server/api/DroppedLabels.h"

#include "server/api/WithoutLabel.h"
#include "storage/backend/MemoryDocumentStore.h"
#include "tests/support/ManualClock.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::api;

namespace {

constexpr ProjectId other = 7;

} // namespace

class DroppedLabelsTest : public QObject
{
    Q_OBJECT

    std::unique_ptr<MemoryDocumentStore> m_documents;
    test::ManualClock m_clock;
    std::unique_ptr<ingest::LabelDrops> m_drops;
    std::unique_ptr<DroppedLabels> m_list;

    Result<DroppedLabel> create(const std::string &name, const std::string &label,
                                ProjectId project = defaultProject)
    {
        Result<DroppedLabel> answer = Error{};
        m_list->create(project, {{}, name, label, "ann", 0}, [&](auto made) { answer = std::move(made); });
        return answer;
    }
    Result<DroppedLabel> remove(const std::string &id, ProjectId project = defaultProject)
    {
        Result<DroppedLabel> answer = Error{};
        m_list->remove(project, id, [&](auto removed) { answer = std::move(removed); });
        return answer;
    }
    bool drops(const Labels &labels, ProjectId project = defaultProject) const
    {
        return m_drops->without(project, labels.key()).has_value();
    }

    /// The best label of sets that are given as "a=1 b=2".
    static QString best(const QStringList &sets, const ingest::LabelDrops::Labels &dropped = {})
    {
        std::vector<Labels> all;
        std::map<std::string, std::set<std::string>> values;
        for (const QString &set : sets) {
            Labels labels{{"__name__", "m"}};
            for (const QString &pair : set.split(' ', Qt::SkipEmptyParts)) {
                const QStringList parts = pair.split('=');
                labels.set(parts[0].toStdString(), parts[1].toStdString());
                values[parts[0].toStdString()].insert(parts[1].toStdString());
            }
            all.push_back(labels);
        }
        std::vector<const Labels *> pointers;
        for (const Labels &labels : all)
            pointers.push_back(&labels);
        std::vector<WithoutLabel::Candidate> candidates;
        for (const auto &[label, texts] : values)
            candidates.push_back({label, texts.size()});
        const auto found = WithoutLabel::best(pointers, candidates, dropped);
        return found ? QString("%1 %2 of %3")
                           .arg(QString::fromStdString(found->label))
                           .arg(found->series)
                           .arg(found->of)
                     : QString();
    }

private Q_SLOTS:
    void init()
    {
        m_documents = std::make_unique<MemoryDocumentStore>();
        m_clock.set(1'795'300'000'000);
        m_drops = std::make_unique<ingest::LabelDrops>();
        m_list = std::make_unique<DroppedLabels>(*m_documents, *m_drops, m_clock);
    }

    void aDropHoldsForItsProjectOnceItIsMade()
    {
        const auto made = create("logins", "user_id");
        QVERIFY(made.ok());
        QCOMPARE(made->by, std::string("ann"));
        QCOMPARE(made->createdMs, m_clock.nowMs());
        QVERIFY(drops({{"__name__", "logins"}, {"user_id", "1"}}));
        QVERIFY(!drops({{"__name__", "logins"}, {"user_id", "1"}}, other));
        QCOMPARE(m_list->list(defaultProject).size(), size_t(1));
        QCOMPARE(m_list->list(other).size(), size_t(0));
        QCOMPARE(m_list->get(other, made->id).error().code, ErrorCode::NotFound);
        QCOMPARE(remove(made->id, other).error().code, ErrorCode::NotFound);
        QVERIFY(drops({{"__name__", "logins"}, {"user_id", "1"}}));
    }

    void theSameTwiceIsAConflict()
    {
        QVERIFY(create("logins", "user_id").ok());
        QCOMPARE(create("logins", "user_id").error().code, ErrorCode::Conflict);
        QVERIFY(create("logins", "tab").ok());
        QVERIFY(create("login", "suser_id").ok());
        QVERIFY(create("logins", "user_id", other).ok());
        QCOMPARE(m_list->list(defaultProject).size(), size_t(3));
    }

    void takenBackItHoldsNoLonger()
    {
        const auto made = create("logins", "user_id");
        QVERIFY(create("logins", "tab").ok());
        QVERIFY(remove(made->id).ok());
        QVERIFY(!drops({{"__name__", "logins"}, {"user_id", "1"}}));
        QVERIFY(drops({{"__name__", "logins"}, {"tab", "1"}}));
        QCOMPARE(remove(made->id).error().code, ErrorCode::NotFound);
        QVERIFY(create("logins", "user_id").ok());
    }

    void aStartReadsThem()
    {
        QVERIFY(create("logins", "user_id").ok());
        QVERIFY(create("logins", "user_id", other).ok());
        ingest::LabelDrops fresh;
        DroppedLabels again(*m_documents, fresh, m_clock);
        again.load({defaultProject});
        const Labels labels{{"__name__", "logins"}, {"user_id", "1"}};
        QVERIFY(fresh.without(defaultProject, labels.key()));
        QVERIFY(!fresh.any(other));
        QCOMPARE(again.list(defaultProject)[0].by, std::string("ann"));
    }

    void thereAreNotTooMany()
    {
        for (size_t i = 0; i < DroppedLabels::maxDrops; i++)
            QVERIFY(create("m" + std::to_string(i), "user_id").ok());
        const auto more = create("one", "user_id");
        QCOMPARE(more.error().code, ErrorCode::Unprocessable);
        QVERIFY(!drops({{"__name__", "one"}, {"user_id", "1"}}));
        QVERIFY(create("one", "user_id", other).ok());
    }

    void theLabelThatCostsTheMostIsFound_data()
    {
        QTest::addColumn<QStringList>("sets");
        QTest::addColumn<QString>("found");
        QTest::newRow("none") << QStringList{""} << QString();
        QTest::newRow("one series") << QStringList{"a=1"} << QString();
        QTest::newRow("one label") << QStringList{"a=1", "a=2", "a=3"} << "a 1 of 3";
        QTest::newRow("two") << QStringList{"a=1 b=1", "a=2 b=1", "a=3 b=1", "a=1 b=2"} << "a 2 of 4";
        QTest::newRow("each tells all apart") << QStringList{"a=1 b=1", "a=2 b=2", "a=3 b=3"} << QString();
        QTest::newRow("not there counts") << QStringList{"a=1 b=1", "b=1", "b=2"} << "b 2 of 3";
        QTest::newRow("the values are swapped") << QStringList{"a=1 b=2", "a=2 b=1"} << QString();
        QTest::newRow("fewer values, but of use")
            << QStringList{"a=1 b=1 c=x", "a=1 b=1 c=y", "a=2 b=2 c=x", "a=2 b=2 c=y", "a=3 b=3 c=x"}
            << "c 3 of 5";
    }
    void theLabelThatCostsTheMostIsFound()
    {
        QFETCH(QStringList, sets);
        QFETCH(QString, found);
        QCOMPARE(best(sets), found);
    }

    void whatIsDroppedAlreadyCountsAsGone()
    {
        const QStringList sets{"a=1 b=1", "a=2 b=1", "a=3 b=2", "b=1"};
        QCOMPARE(best(sets), QString("a 2 of 4"));
        QCOMPARE(best(sets, {"a"}), QString("b 1 of 2"));
        QCOMPARE(best({"a=1", "a=2"}, {"a"}), QString());
    }
};

QTEST_GUILESS_MAIN(DroppedLabelsTest)
#include "DroppedLabelsTest.moc"
