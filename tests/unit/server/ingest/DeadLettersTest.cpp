#include "server/ingest/DeadLetters.h"
#include "server/ingest/RefusedItems.h"
#include "tests/support/ManualClock.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <future>

using namespace plimsoll;
using namespace plimsoll::ingest;
using plimsoll::test::ManualClock;

namespace {

DeadLetter letterOf(const std::string &payload, int64_t atMs = 1000)
{
    DeadLetter letter;
    letter.atMs = atMs;
    letter.source = "ingest";
    letter.code = "bad_value";
    letter.payload = payload;
    return letter;
}

std::vector<std::string> payloadsOf(const DeadLetterBox &box, uint64_t before = 0)
{
    std::vector<std::string> payloads;
    box.each(before, [&](const DeadLetter &letter) {
        payloads.push_back(letter.payload);
        return true;
    });
    return payloads;
}

using Payloads = std::vector<std::string>;

RefusedInput inputOf(const char *source, const QByteArray &body, std::vector<Rejection> rejections)
{
    RefusedInput input;
    input.source = source;
    input.body = body;
    input.refused = uint32_t(rejections.size());
    input.rejections = std::move(rejections);
    input.accepted = 1;
    return input;
}

} // namespace

class DeadLettersTest : public QObject
{
    Q_OBJECT

    QTemporaryDir m_directory;
    std::filesystem::path m_path;
    int m_used = 0;

private Q_SLOTS:
    void init() { m_path = m_directory.filePath(QString::number(m_used++)).toStdString(); }

    void keepsThemOverARestart()
    {
        {
            DeadLetterBox box(m_path, {});
            QCOMPARE(box.add(letterOf("one")), uint64_t(1));
            QCOMPARE(box.add(letterOf("two")), uint64_t(2));
            QCOMPARE(box.add(letterOf(std::string("th\0ree\xff", 7))), uint64_t(3));
            auto changed = *box.get(1);
            changed.payload = "ONE";
            changed.edited = true;
            QVERIFY(box.replace(changed));
            QVERIFY(box.remove(2));
            QVERIFY(!box.remove(2));
        }
        DeadLetterBox box(m_path, {});
        QCOMPARE(payloadsOf(box), (Payloads{std::string("th\0ree\xff", 7), "ONE"}));
        QVERIFY(box.get(1)->edited);
        QCOMPARE(box.get(3)->code, std::string("bad_value"));
        QVERIFY(!box.get(2));
        QCOMPARE(box.add(letterOf("four")), uint64_t(4));
        QCOMPARE(payloadsOf(box, 4), (Payloads{std::string("th\0ree\xff", 7), "ONE"}));
    }

    void readsWhatIsWholeOfATornFile()
    {
        for (int cut = 1; cut < 60; cut += 7) {
            const auto path = m_path / std::to_string(cut);
            {
                DeadLetterBox box(path, {});
                box.add(letterOf("one"));
                box.add(letterOf("two"));
            }
            QFile file(QString::fromStdString((path / "1.letters").string()));
            QVERIFY(file.resize(file.size() - cut));
            DeadLetterBox box(path, {});
            QCOMPARE(payloadsOf(box), Payloads{"one"});
            box.add(letterOf("three"));
            DeadLetterBox again(path, {});
            QCOMPARE(payloadsOf(again), (Payloads{"three", "one"}));
        }
    }

    void believesNoDamagedFrame()
    {
        {
            DeadLetterBox box(m_path, {});
            box.add(letterOf("one"));
            box.add(letterOf("two"));
        }
        QFile file(QString::fromStdString((m_path / "1.letters").string()));
        QVERIFY(file.open(QIODevice::ReadWrite));
        file.seek(file.size() - 2);
        file.write("X");
        file.close();
        DeadLetterBox box(m_path, {});
        QCOMPARE(payloadsOf(box), Payloads{"one"});
    }

    void staysWithinItsBounds_data()
    {
        QTest::addColumn<bool>("onDisk");
        QTest::newRow("on disk") << true;
        QTest::newRow("in memory") << false;
    }
    void staysWithinItsBounds()
    {
        QFETCH(bool, onDisk);
        DeadLetterLimits limits;
        limits.maxBytes = 400'000;
        limits.maxLetters = 100;
        limits.maxAgeMs = 1000;
        DeadLetterBox box(onDisk ? m_path : std::filesystem::path(), limits);
        for (int i = 0; i < 300; i++) {
            box.add(letterOf(std::string(10'000, 'x'), 1000));
            box.expire(1500);
        }
        QVERIFY(box.bytes() <= 400'000);
        QVERIFY(box.size() > 20 && box.size() < 40);
        for (int i = 0; i < 200; i++)
            box.add(letterOf("small", 2500));
        box.expire(2600);
        QCOMPARE(box.size(), size_t(100));
        QCOMPARE(payloadsOf(box), Payloads(100, "small"));
        box.expire(3600);
        QCOMPARE(box.size(), size_t(0));
        QCOMPARE(box.add(letterOf("later", 3600)), uint64_t(501));
        box.clear();
        QCOMPARE(box.size(), size_t(0));
        QCOMPARE(box.add(letterOf("last", 3600)), uint64_t(502));
    }

    void doesNotBringBackWhatIsGone()
    {
        DeadLetterLimits limits;
        limits.maxBytes = 80'000; // files of 10,000
        {
            DeadLetterBox box(m_path, limits);
            for (int i = 0; i < 6; i++)
                box.add(letterOf(std::string(3'000, char('a' + i))));
            for (const uint64_t id : {2, 4, 5, 6})
                box.remove(id);
            for (int i = 0; i < 3; i++) {
                const uint64_t id = box.add(letterOf(std::string(6'000, 'z')));
                box.remove(id);
            }
            box.expire(1000);
        }
        DeadLetterBox box(m_path, limits);
        QCOMPARE(payloadsOf(box), (Payloads{std::string(3'000, 'c'), std::string(3'000, 'a')}));
    }

    void findsARefusedItemAgain_data()
    {
        QTest::addColumn<QByteArray>("source");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("item");
        QTest::addColumn<QByteArray>("message");
        QTest::addColumn<QByteArray>("found");
        const auto row = [](const char *name, const char *source, const QByteArray &body, int item,
                            const char *message, const char *found) {
            QTest::newRow(name) << QByteArray(source) << body << item << QByteArray(message)
                                << QByteArray(found);
        };
        row("a metric", "ingest", R"({"metrics":[{"name":"a","value":1},{"name":"b"}]})", 1,
            "metrics[1]: value is missing.", R"({"metrics":[{"name":"b"}]})");
        row("a request after metrics", "ingest", R"({"x":[1],"metrics":[{"name":"a"}],"requests":[{"m":1}]})",
            1, "requests[0]: no.", R"({"requests":[{"m":1}]})");
        row("a bare metric", "ingest", R"([{"name":"a"},{"name":"b","value":"x"}])", 1, "value is bad.",
            R"({"name":"b","value":"x"})");
        row("a later document", "ingest", "{\"name\":\"a\"}\n{\"metrics\":[{\"name\":\"b\"}]}\n", 1,
            "metrics[0]: no.", R"({"metrics":[{"name":"b"}]})");
        row("another section than said", "ingest", R"({"metrics":[{"name":"a"}]})", 0, "llm[0]: no.", "");
        row("broken JSON", "ingest", R"({"metrics":[{"name":"a"})", 0, "metrics[0]: no.", "");
        row("a line", "influx", "a v=1\nb v=\nc v=2", 1, "line 2: no value.", "b v=\n");
        row("the last line", "import", "a 1\nb x", 1, "line 2: no number.", "b x\n");
        row("a line that is not there", "import", "a 1", 7, "line 9: no number.", "");
        row("a line that the engine refused", "influx", "# c\n\na v=1\n# d\nb v=1\n", 1,
            "It is of another kind.", "b v=1\n");
        row("a metric that the engine refused", "ingest", R"({"metrics":[{"name":"a"}],"llm":[{"b":1}]})", 1,
            "It is of another kind.", R"({"llm":[{"b":1}]})");
        row("no text", "remote_write", "abc", 0, "line 1: no.", "");
    }
    void findsARefusedItemAgain()
    {
        QFETCH(QByteArray, source);
        QFETCH(QByteArray, body);
        QFETCH(int, item);
        QFETCH(QByteArray, message);
        QFETCH(QByteArray, found);
        const RefusedInput input =
            inputOf(source.constData(), body, {{uint32_t(item), "bad_value", message.toStdString()}});
        const auto items = refusedItems(input);
        QCOMPARE(items.empty() ? QByteArray() : QByteArray::fromStdString(items.front().body), found);
    }

    void writesWhatWasRefused()
    {
        ManualClock clock;
        DeadLetters letters(m_path, {}, clock);
        RefusedInput input = inputOf("influx", "ok v=1\nb v=\n", {{1, "bad_line", "line 2: no value."}});
        input.query = "db=x&u=me&p=secret&precision=s";
        letters.refused(input);
        RefusedInput whole = inputOf("ingest", "nonsense", {});
        whole.error = Error{ErrorCode::Invalid, "This is no JSON.", {}};
        whole.project = 7;
        letters.refused(whole);
        std::promise<DeadLetter> first;
        std::promise<DeadLetter> second;
        QVERIFY(letters.ask(defaultProject, [&](DeadLetterBox &box) { first.set_value(*box.get(1)); }));
        QVERIFY(letters.ask(7, [&](DeadLetterBox &box) { second.set_value(*box.get(1)); }));
        const DeadLetter line = first.get_future().get();
        QCOMPARE(line.payload, std::string("b v=\n"));
        QCOMPARE(line.query, std::string("db=x&precision=s"));
        QCOMPARE(line.code, std::string("bad_line"));
        QVERIFY(!line.whole);
        const DeadLetter other = second.get_future().get();
        QCOMPARE(other.payload, std::string("nonsense"));
        QCOMPARE(other.message, std::string("This is no JSON."));
        QVERIFY(other.whole);
        letters.stop();
        QCOMPARE(letters.kept(), uint64_t(2));
        QVERIFY(!letters.ask(1, [](DeadLetterBox &) {}));
    }

    void aFloodIsCountedNotKept()
    {
        ManualClock clock;
        DeadLetters letters({}, {}, clock);
        for (int i = 0; i < 20'000; i++)
            letters.refused(inputOf("influx", QByteArray(2000, 'x'), {{0, "bad_line", "No."}}));
        letters.stop();
        QCOMPARE(letters.kept() + letters.dropped(), uint64_t(20'000));
        QVERIFY(letters.kept() <= 2'000);
    }

    void cutsWhatIsLong()
    {
        ManualClock clock;
        DeadLetters letters({}, {}, clock);
        RefusedInput input = inputOf("remote_write", QByteArray(5 << 20, 'x'), {});
        input.error = Error{ErrorCode::TooLarge, "Too much.", {}};
        letters.refused(input);
        std::promise<DeadLetter> kept;
        QVERIFY(letters.ask(defaultProject, [&](DeadLetterBox &box) { kept.set_value(*box.get(1)); }));
        const DeadLetter letter = kept.get_future().get();
        QVERIFY(letter.truncated);
        QCOMPARE(letter.payload.size(), size_t(64 << 10));
        QCOMPARE(letter.code, std::string("too_large"));
    }
};

QTEST_GUILESS_MAIN(DeadLettersTest)
#include "DeadLettersTest.moc"
