#include "alerts/prometheus/RuleImport.h"

#include "alerts/AlertService.h"
#include "alerts/prometheus/RuleFolder.h"
#include "tests/support/AlertListings.h"
#include "tests/support/TemporaryEngine.h"

#include <QCoroTask>
#include <QJsonArray>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;
using namespace plimsoll::alerts::prometheus;
using plimsoll::test::TemporaryEngine;

namespace {

constexpr int64_t interval = 15'000;

/// Runs the event loop until a coroutine has its result; QCoro::waitFor() wants results that can be empty.
template<typename T>
T await(QCoro::Task<T> task)
{
    std::optional<T> result;
    const auto run = [](QCoro::Task<T> inner, std::optional<T> &out) -> QCoro::Task<void> {
        out = co_await inner;
    };
    QCoro::waitFor(run(std::move(task), result));
    return *std::move(result);
}

struct Setting
{
    TemporaryEngine engine;
    AlertOptions options;
    std::unique_ptr<AlertService> service;

    Setting()
    {
        options.intervalMs = interval;
        options.baseUrl = "http://host:9510";
        open();
    }

    void open()
    {
        service = std::make_unique<AlertService>(options, engine.engine(), engine.documents(), engine.clock);
        if (!service->open())
            qFatal("the alerts do not open");
    }

    void restart()
    {
        service.reset();
        open();
    }

    ResourceBook::Answer import(const QString &yaml, QJsonObject more = {})
    {
        more.insert("yaml", yaml);
        return await(importRules(*service, more));
    }

    void step(const Labels &labels, double value)
    {
        engine.clock.advance(interval);
        engine.append(labels, Kind::Gauge, engine.clock.nowMs(), value);
        QCoro::waitFor(service->tick(engine.clock.nowMs()));
    }

    QJsonArray episodes() { return episodesOf(*service); }
};

QString group(const QString &rules) { return "groups:\n- name: g\n  rules:\n" + rules; }
const QString twoRules = group("  - alert: A\n    expr: up == 0\n    for: 5m\n"
                               "  - record: job:up\n    expr: sum by (job) (up)\n");

std::vector<int> counts(const ResourceBook::Answer &answer)
{
    if (!answer)
        return {};
    return {answer->value("created").toInt(), answer->value("updated").toInt(),
            answer->value("unchanged").toInt()};
}

void write(const QString &path, const QString &text)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text.toUtf8()) < 0)
        qFatal("cannot write");
}

} // namespace

/// Rule files taken into a project, by the API and from a folder.
class RuleImportTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void importsOnceAndChangesAfterwards()
    {
        Setting setting;
        QCOMPARE(counts(setting.import(twoRules)), (std::vector{2, 0, 0}));
        QCOMPARE(setting.service->rules().size(), size_t(2));
        const std::string id = setting.service->rules()[0].id;
        QCOMPARE(counts(setting.import(twoRules)), (std::vector{0, 0, 2}));
        QCOMPARE(counts(setting.import(QString(twoRules).replace("5m", "6m"))), (std::vector{0, 1, 1}));
        QCOMPARE(setting.service->rules()[0].id, id);
        QCOMPARE(setting.service->rules()[0].version, 2U);
        setting.restart();
        QCOMPARE(setting.service->rules().size(), size_t(2));
        QCOMPARE(setting.service->rules()[0].levels[0].forMs, 360'000);
    }

    void whatTheUserSetStays()
    {
        Setting setting;
        const QString channel = await(setting.service->channels().create(
                                          {{"name", "ops"},
                                           {"kind", "webhook"},
                                           {"settings", QJsonObject{{"url", "http://10.0.0.1/"}}}}))
                                    ->value("id")
                                    .toString();
        QVERIFY(setting.import(twoRules, {{"channels", QJsonArray{"ops"}}}).ok());
        const Rule rule = setting.service->rules()[0];
        QCOMPARE(rule.channels, std::vector{channel.toStdString()});
        QVERIFY(await(setting.service->patchRule(rule.id, {{"enabled", false}})).ok());
        QCOMPARE(counts(setting.import(QString(twoRules).replace("5m", "6m"))), (std::vector{0, 1, 1}));
        QVERIFY(!setting.service->rules()[0].enabled);
        QCOMPARE(setting.service->rules()[0].channels, rule.channels);
        const QString text = exportRules(*setting.service)->value("text").toString();
        QVERIFY2(text.contains("plimsoll_channels: \"" + channel + "\""), qPrintable(text));
    }

    void allOrNothing()
    {
        Setting setting;
        const auto refused =
            setting.import(group("  - alert: A\n    expr: up == 0\n  - alert: B\n    expr: up ==\n"));
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::Invalid);
        QVERIFY(refused.error().message.find("7:11: group \"g\", rule 2, \"B\"") != std::string::npos);
        QVERIFY(setting.service->rules().empty());
        QCOMPARE(setting.import(twoRules, {{"channels", "nobody"}}).error().code, ErrorCode::Unprocessable);
        QVERIFY(setting.service->rules().empty());
        QCOMPARE(setting.import("  ").error().code, ErrorCode::Invalid);
    }

    void triesWithoutChanging()
    {
        Setting setting;
        const auto tried = setting.import(twoRules, {{"dry_run", true}});
        QCOMPARE(counts(tried), (std::vector{2, 0, 0}));
        QCOMPARE(tried->value("rules").toArray().size(), 2);
        QVERIFY(setting.service->rules().empty());
    }

    void annotationsNameChannels()
    {
        Setting setting;
        const QString yaml = group("  - alert: A\n    expr: up == 0\n    annotations:\n"
                                   "      plimsoll_channels: ops, nobody\n      s: x\n");
        QVERIFY(await(setting.service->channels().create(
                          {{"name", "ops"},
                           {"kind", "webhook"},
                           {"settings", QJsonObject{{"url", "http://10.0.0.1/"}}}}))
                    .ok());
        const auto answer = setting.import(yaml);
        QVERIFY(answer.ok());
        QCOMPARE(setting.service->rules()[0].channels.size(), size_t(1));
        QCOMPARE(setting.service->rules()[0].annotations, (Fields::Texts{{"s", "x"}}));
        const QJsonObject note = answer->value("notes").toArray().first().toObject();
        QCOMPARE(note.value("message").toString(),
                 "the channel \"nobody\" does not exist here; it is not told");
        QCOMPARE(note.value("line").toInt(), 4);
    }

    /// Two rules of one name and labels are two, each time.
    void equalNamesStayApart()
    {
        Setting setting;
        const QString yaml = group("  - alert: A\n    expr: up == 0\n  - alert: A\n    expr: up == 1\n");
        QCOMPARE(counts(setting.import(yaml)), (std::vector{2, 0, 0}));
        QCOMPARE(counts(setting.import(yaml)), (std::vector{0, 0, 2}));
    }

    void textsAreExpandedAndFollowTheValue()
    {
        Setting setting;
        QVERIFY(setting
                    .import(group("  - alert: Hot\n    expr: temp > 30\n"
                                  "    labels: {room: 'room {{ $labels.room }}'}\n"
                                  "    annotations:\n      s: '{{ $labels.room }} is {{ $value }}'\n"
                                  "      b: '{{ humanize \"x\" }}'\n"))
                    .ok());
        const Labels temp{{"__name__", "temp"}, {"room", "sauna"}};
        setting.step(temp, 31.5);
        QTRY_COMPARE(setting.episodes().size(), 1);
        QJsonObject episode = setting.episodes()[0].toObject();
        QCOMPARE(episode["labels"].toObject()["room"].toString(), "room sauna");
        QCOMPARE(episode["annotations"].toObject()["s"].toString(), "sauna is 31.5");
        QCOMPARE(
            episode["annotations"].toObject()["b"].toString(),
            "<error expanding template: 1:4: at <humanize>: error calling humanize: parsing \"x\": it is "
            "not a number>");
        setting.step(temp, 40);
        QTRY_COMPARE(setting.episodes()[0].toObject()["annotations"].toObject()["s"].toString(),
                     "sauna is 40");
        QCOMPARE(setting.episodes().size(), 1);
    }

    void aFolderIsKeptInForce()
    {
        Setting setting;
        QTemporaryDir directory;
        write(directory.filePath("a.yml"), twoRules);
        write(directory.filePath("ignored.txt"), "no");
        RuleFolder folder(*setting.service, directory.path());
        QSignalSpy loaded(&folder, &RuleFolder::loaded);
        folder.start();
        QTRY_COMPARE(loaded.size(), 1);
        QCOMPARE(setting.service->rules().size(), size_t(2));
        const Rule rule = setting.service->rules()[0];
        QVERIFY(rule.provisioned);
        QCOMPARE(rule.group.file, "a.yml");

        QCOMPARE(await(setting.service->patchRule(rule.id, {{"enabled", false}})).error().code,
                 ErrorCode::Conflict);
        QCOMPARE(await(setting.service->removeRule(rule.id)).error().code, ErrorCode::Conflict);

        write(directory.filePath("b.yml"), group("  - alert: B\n    expr: up == 2\n"));
        QTRY_COMPARE(setting.service->rules().size(), size_t(3));
        write(directory.filePath("a.yml"), QString(twoRules).replace("up == 0", "up == 3"));
        QTRY_COMPARE(setting.service->rules()[0].expr, "up == 3");
        QCOMPARE(setting.service->rules()[0].id, rule.id);

        write(directory.filePath("a.yml"), "groups: [");
        QTRY_VERIFY(!folder.report()["files"].toArray()[0].toObject()["errors"].toArray().isEmpty());
        QCOMPARE(setting.service->rules().size(), size_t(3));
        QFile::remove(directory.filePath("a.yml"));
        QTRY_COMPARE(setting.service->rules().size(), size_t(1));

        const int before = int(loaded.size());
        folder.reload();
        QTRY_VERIFY(loaded.size() > before);
        QCOMPARE(setting.service->rules().size(), size_t(1));
    }

    void aFolderThatIsNotThereChangesNothingAndNoneRemovesAll()
    {
        Setting setting;
        QTemporaryDir directory;
        write(directory.filePath("a.yml"), twoRules);
        {
            RuleFolder folder(*setting.service, directory.path());
            folder.start();
            QTRY_COMPARE(setting.service->rules().size(), size_t(2));
        }
        setting.restart();
        QVERIFY(setting.service->rules()[0].provisioned);
        RuleFolder missing(*setting.service, directory.filePath("missing"));
        QSignalSpy loaded(&missing, &RuleFolder::loaded);
        missing.start();
        QTRY_COMPARE(loaded.size(), 1);
        QCOMPARE(setting.service->rules().size(), size_t(2));
        QVERIFY(!missing.report()["error"].toString().isEmpty());
        RuleFolder none(*setting.service, {});
        none.start();
        QTRY_VERIFY(setting.service->rules().empty());
    }
};

QTEST_GUILESS_MAIN(RuleImportTest)
#include "RuleImportTest.moc"
