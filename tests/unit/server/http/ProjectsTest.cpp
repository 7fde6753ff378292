#include "server/http/KeyQuotas.h"
#include "storage/backend/MemoryDocumentStore.h"
#include "tests/support/HttpFixture.h"

#include <QTest>

#include <thread>

using namespace plimsoll;
using namespace plimsoll::http;
using namespace plimsoll::tests;

/// The registry of projects, their keys, and the bounds that are put together of them.
class ProjectsTest : public QObject
{
    Q_OBJECT

private:
    struct World
    {
        MemoryDocumentStore documents;
        SetClock clock;
        Projects projects{documents, clock};
        ApiKeys keys{documents, clock, projects};
        KeyQuotas quotas{projects, keys};

        Result<Project> make(std::string name, const QuotaSettings &limits = {})
        {
            Result<Project> made = Error{};
            projects.create(std::move(name), limits, [&made](Result<Project> done) { made = done; });
            return made;
        }
        Status remove(ProjectId id)
        {
            Status removed = Error{};
            projects.remove(id, [&removed](const Status &done) { removed = done; });
            return removed;
        }
        Result<CreatedKey> makeKey(ProjectId project, const QuotaSettings &limits = {}, int64_t expiresMs = 0)
        {
            KeyWish wish;
            wish.name = "test";
            wish.role = Role::Ingest;
            wish.project = project;
            wish.limits = limits;
            wish.expiresMs = expiresMs;
            return createKeyAndWait(keys, wish);
        }
    };
    static QuotaSettings limits(const QJsonObject &object)
    {
        const auto made = QuotaSettings().patched(object, false);
        return made ? *made : QuotaSettings();
    }

private Q_SLOTS:
    void theDefaultOneIsAlwaysThere()
    {
        World world;
        QCOMPARE(world.projects.list().size(), size_t(1));
        QVERIFY(world.projects.contains(defaultProject));
        QCOMPARE(world.projects.find(std::string_view("default"))->id, defaultProject);
        QCOMPARE(world.projects.named("1")->name, std::string("default"));
        QCOMPARE(world.remove(defaultProject).error().code, ErrorCode::Conflict);
        QVERIFY(world.projects.load().ok());
        QVERIFY(world.projects.contains(defaultProject));
    }

    void refusesNamesThatKeysCannotCarry()
    {
        World world;
        for (const char *name : {"", "Shop", "1shop", "my_shop", "my shop", "-shop", "sch\xc3\xb6n",
                                 "a23456789012345678901234567890123456789012"})
            QCOMPARE(world.make(name).error().code, ErrorCode::Unprocessable);
        QVERIFY(world.make("my-shop-2").ok());
        QCOMPARE(world.make("my-shop-2").error().code, ErrorCode::Conflict);
        QCOMPARE(world.make("default").error().code, ErrorCode::Conflict);
    }

    void areReadBackAndIdsNeverComeAgain()
    {
        World world;
        const auto shop = world.make("shop", limits({{"samples_per_second", 5}}));
        const auto other = world.make("other");
        QVERIFY(world.remove(other->id).ok());
        QVERIFY(!world.projects.find(other->id));
        QVERIFY(!world.projects.find(std::string_view("other")));
        QVERIFY(world.projects.load().ok());
        QVERIFY(!world.projects.contains(other->id));
        QCOMPARE(world.projects.list().size(), size_t(2));
        QCOMPARE(world.projects.find(shop->id)->limits.bounds.samplesPerSecond, 5.0);
        const auto again = world.make("other");
        QVERIFY(again.ok());
        QVERIFY(again->id != other->id);
    }

    void aLateChangeDoesNotBringARemovedOneBack()
    {
        World world;
        const auto shop = world.make("shop");
        QVERIFY(world.remove(shop->id).ok());
        Result<Project> changed = *shop;
        world.projects.setLimits(shop->id, {}, [&changed](Result<Project> done) { changed = done; });
        QCOMPARE(changed.error().code, ErrorCode::NotFound);
        QVERIFY(world.projects.load().ok());
        QVERIFY(!world.projects.contains(shop->id));
    }

    void keysOfARemovedProjectStopAtOnce()
    {
        World world;
        const auto shop = world.make("shop");
        const auto key = world.makeKey(shop->id);
        QVERIFY(key->secret.starts_with("plm_shop_"));
        QCOMPARE(world.keys.find(key->secret)->project, shop->id);
        QVERIFY(world.remove(shop->id).ok());
        QVERIFY(!world.keys.find(key->secret));
        QVERIFY(!world.makeKey(shop->id).ok());
        Status gone = Error{};
        world.keys.removeOf(shop->id, [&gone](const Status &done) { gone = done; });
        QVERIFY(gone.ok());
        QVERIFY(world.keys.list().empty());
        QVERIFY(world.documents.list(0, "keys")->empty());
    }

    void keysExpire()
    {
        World world;
        QVERIFY(!world.makeKey(defaultProject, {}, world.clock.nowMs()).ok());
        const auto key = world.makeKey(defaultProject, {}, world.clock.nowMs() + 1000);
        QVERIFY(!world.keys.find(key->secret)->expired(world.clock.nowMs()));
        world.clock.advance(1000);
        QVERIFY(world.keys.find(key->secret)->expired(world.clock.nowMs()));
        QVERIFY(world.keys.load().ok());
        QVERIFY(world.keys.find(key->secret)->expired(world.clock.nowMs()));
    }

    void temporaryKeysGoOnceTheyExpired()
    {
        World world;
        KeyWish wish;
        wish.name = "an import";
        wish.role = Role::Ingest;
        wish.expiresMs = world.clock.nowMs() + 1000;
        QVERIFY(createKeyAndWait(world.keys, wish).ok());
        wish.temporary = true;
        QVERIFY(createKeyAndWait(world.keys, wish).ok());
        QCOMPARE(world.keys.list().size(), size_t(2));
        world.clock.advance(1000);
        const auto next = world.makeKey(defaultProject);
        QCOMPARE(world.keys.list().size(), size_t(2));
        QVERIFY(!world.keys.list()[0].temporary);
        QCOMPARE(world.keys.list()[1].id, next->key.id);
    }

    void boundsArePutTogether()
    {
        World world;
        const auto shop = world.make("shop", limits({{"samples_per_second", 100}, {"max_labels", 10}}));
        const auto key = world.makeKey(shop->id, limits({{"max_labels", 20}, {"personal_data", "drop"}}));
        const auto plain = world.makeKey(shop->id);
        world.projects.setApplianceLimits(limits({{"max_labels", 5}, {"max_value_bytes", 50}}),
                                          [](const Status &) {});

        QCOMPARE(world.quotas.of(defaultProject, {})->maxLabels, 5u);
        QCOMPARE(world.quotas.of(defaultProject, {})->samplesPerSecond, 0.0);
        const QuotaPtr ofProject = world.quotas.of(shop->id, plain->key.id);
        QCOMPARE(ofProject->maxLabels, 10u);
        QCOMPARE(ofProject->maxValueBytes, 50u);
        QCOMPARE(ofProject->personalData, PersonalData::Flag);
        QCOMPARE(world.quotas.of(shop->id, {}), ofProject);
        const QuotaPtr ofKey = world.quotas.of(shop->id, key->key.id);
        QCOMPARE(ofKey->maxLabels, 20u);
        QCOMPARE(ofKey->samplesPerSecond, 100.0);
        QCOMPARE(ofKey->personalData, PersonalData::Drop);
        QCOMPARE(world.quotas.of(shop->id, key->key.id), ofKey);

        world.projects.setLimits(shop->id, limits({{"samples_per_second", 7}}),
                                 [](const Result<Project> &) {});
        QCOMPARE(world.quotas.of(shop->id, key->key.id)->samplesPerSecond, 7.0);
        QCOMPARE(world.quotas.of(shop->id, {})->maxLabels, 5u);
        QVERIFY(world.projects.load().ok());
        QCOMPARE(world.quotas.of(shop->id, {})->samplesPerSecond, 7.0);
        QCOMPARE(world.quotas.of(shop->id, {})->maxValueBytes, 50u);
    }

    /// For ThreadSanitizer; without it, that readers never see a key without its project.
    void serveManyThreads()
    {
        World world;
        std::atomic<bool> stops = false;
        std::atomic<int> orphans = 0;
        std::vector<std::thread> readers;
        for (int i = 0; i < 3; i++) {
            readers.emplace_back([&] {
                while (!stops) {
                    for (const ApiKey &key : world.keys.list()) {
                        const QuotaPtr quota = world.quotas.of(key.project, key.id);
                        orphans += quota && key.projectName == "shop" ? 0 : 1;
                        world.keys.works(key.id);
                    }
                    (void)world.projects.list();
                    (void)world.keys.find("plm_shop_nothing");
                }
            });
        }
        for (int i = 0; i < 200; i++) {
            const auto shop = world.make("shop", limits({{"max_labels", i + 1}}));
            const auto key = world.makeKey(shop->id, limits({{"max_name_bytes", i + 1}}));
            QCOMPARE(world.quotas.of(shop->id, key->key.id)->maxLabels, uint32_t(i + 1));
            world.projects.setLimits(shop->id, {}, [](const Result<Project> &) {});
            world.projects.setApplianceLimits(limits({{"max_value_bytes", i + 1}}), [](const Status &) {});
            QVERIFY(world.keys.find(key->secret));
            QVERIFY(world.remove(shop->id).ok());
            world.keys.removeOf(shop->id, [](const Status &) {});
        }
        stops = true;
        for (std::thread &reader : readers)
            reader.join();
        QCOMPARE(orphans.load(), 0);
        QVERIFY(world.keys.list().empty());
    }

    void refusesBoundsThatAreNone_data()
    {
        QTest::addColumn<QJsonObject>("patch");
        QTest::addColumn<bool>("ofKey");
        QTest::newRow("unknown") << QJsonObject{{"max_lables", 1}} << false;
        QTest::newRow("negative") << QJsonObject{{"max_labels", -1}} << false;
        QTest::newRow("fraction") << QJsonObject{{"max_labels", 1.5}} << false;
        QTest::newRow("text") << QJsonObject{{"max_labels", "5"}} << false;
        QTest::newRow("beyond its type") << QJsonObject{{"max_labels", 5e9}} << false;
        QTest::newRow("word") << QJsonObject{{"personal_data", "eat"}} << false;
        QTest::newRow("series of a key") << QJsonObject{{"max_active_series", 5}} << true;
    }
    void refusesBoundsThatAreNone()
    {
        QFETCH(QJsonObject, patch);
        QFETCH(bool, ofKey);
        const auto made = QuotaSettings().patched(patch, ofKey);
        QCOMPARE(made.error().code, ErrorCode::Unprocessable);
        QVERIFY(QString::fromStdString(made.error().message).contains("limits." + patch.keys().first()));
    }

    void boundsAreTakenBackByNullAndZero()
    {
        const QuotaSettings set =
            limits({{"max_labels", 5}, {"max_age_ms", 1000}, {"personal_data", "hash"}});
        const auto back = set.patched(
            {{"max_labels", QJsonValue()}, {"max_age_ms", 0}, {"personal_data", QJsonValue()}}, true);
        QVERIFY(back->empty());
        QCOMPARE(QuotaSettings::fromStored(set.toJson()), set);
    }
};

QTEST_GUILESS_MAIN(ProjectsTest)
#include "ProjectsTest.moc"
