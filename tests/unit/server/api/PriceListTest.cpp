#include "server/api/PriceList.h"

#include "storage/backend/MemoryDocumentStore.h"
#include "tests/support/ManualClock.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::api;

namespace {

constexpr ProjectId other = 7;

QJsonObject fields(const char *model, const char *day, const QJsonValue &input)
{
    return {{"provider", "Acme"}, {"model", model}, {"valid_from", day}, {"input", input}, {"output", "2"}};
}

} // namespace

class PriceListTest : public QObject
{
    Q_OBJECT

    std::unique_ptr<MemoryDocumentStore> m_documents;
    test::ManualClock m_clock;
    std::unique_ptr<ingest::PriceBook> m_book;
    std::unique_ptr<PriceList> m_list;

    Result<PriceRecord> create(const QJsonObject &body, ProjectId project = defaultProject)
    {
        Result<PriceRecord> answer = Error{};
        m_list->create(project, body, [&](auto made) { answer = std::move(made); });
        return answer;
    }
    Result<PriceRecord> patch(const std::string &id, const QJsonObject &body)
    {
        Result<PriceRecord> answer = Error{};
        m_list->patch(defaultProject, id, body, [&](auto changed) { answer = std::move(changed); });
        return answer;
    }
    const ingest::Price *find(const char *provider, const char *model, int64_t atMs,
                              ProjectId project = defaultProject)
    {
        return m_list->table(project)->find(provider, model, atMs);
    }

private Q_SLOTS:
    void init()
    {
        m_documents = std::make_unique<MemoryDocumentStore>();
        m_clock.set(1'795'300'000'000);
        m_book = std::make_unique<ingest::PriceBook>();
        m_list = std::make_unique<PriceList>(*m_documents, *m_book, m_clock);
    }

    void moneyIsReadAndWrittenWhole_data()
    {
        QTest::addColumn<QJsonValue>("given");
        QTest::addColumn<QString>("kept");
        const auto row = [](const char *name, const QJsonValue &given, const char *kept) {
            QTest::newRow(name) << given << QString(kept);
        };
        row("text", "0.075", "0.075");
        row("whole", "30", "30");
        row("number", 2.5, "2.5");
        row("number of nine places", 0.000000001, "0.000000001");
        row("nine places", "12.000000001", "12.000000001");
        row("zeros", "1.500", "1.5");
        row("nothing", "0", "0");
        row("most", "1000000", "1000000");
        row("more than most", "1000000.000000001", "");
        row("ten places", "0.0000000001", "");
        row("number of many places", 1.0 / 3, "");
        row("negative", "-1", "");
        row("exponent", "1e3", "");
        row("comma", "1,5", "");
        row("bare point", "1.", "");
        row("empty", "", "");
        row("word", "free", "");
        row("null", QJsonValue(), "");
        row("huge number", 1e300, "");
    }

    void moneyIsReadAndWrittenWhole()
    {
        QFETCH(QJsonValue, given);
        QFETCH(QString, kept);
        const auto made = create(fields("m", "2026-11-01", given));
        QCOMPARE(made.ok(), !kept.isEmpty());
        if (made.ok())
            QCOMPARE(made->toJson()["input"].toString(), kept);
        else
            QVERIFY(made.error().message.find("`input`") != std::string::npos);
    }

    void sumsAreWrittenInDigits()
    {
        QCOMPARE(dollars(int64_t(0)), std::string("0"));
        QCOMPARE(dollars(int64_t(1)), std::string("0.000000001"));
        QCOMPARE(dollars(int64_t(-1'500'000'000)), std::string("-1.5"));
        QCOMPARE(dollars(__int128(INT64_MAX) * 1000), std::string("9223372036854.775807"));
    }

    void anOwnOneIsSeenAtOnceAndLasts()
    {
        ingest::PriceView view(*m_book);
        QVERIFY(!view.of(defaultProject).find("acme", "m-1", m_clock.nowMs()));
        const auto made = create(fields("M-1", "2026-11-01", "1"));
        QVERIFY(made.ok());
        QCOMPARE(view.of(defaultProject).find("acme", "m-1", m_clock.nowMs())->id, made->price.id);
        QVERIFY(!view.of(other).find("acme", "m-1", m_clock.nowMs()));
        QCOMPARE(made->price.cacheRead, made->price.input);
        QCOMPARE(made->toJson()["valid_from"].toString(), QStringLiteral("2026-11-01"));

        ingest::PriceBook book;
        PriceList again(*m_documents, book, m_clock);
        again.load({defaultProject, other});
        QCOMPARE(book.of(defaultProject)->find("acme", "m-1", m_clock.nowMs())->input, 1'000'000'000);
    }

    void anOwnOneWinsOverAShippedOneOfItsDay()
    {
        const int64_t at = m_clock.nowMs();
        const ingest::Price shipped = *find("openai", "gpt-4o", at);
        QJsonObject own = fields("gpt-4o", "2024-10-02", "9");
        own["provider"] = "azure";
        QVERIFY(create(own).ok());
        QCOMPARE(find("openai", "gpt-4o", at)->input, 9'000'000'000);
        QCOMPARE(find("openai", "gpt-4o", shipped.validFromMs - 1)->input, 5'000'000'000);
        QCOMPARE(find("openai", "gpt-4o", at, other)->id, shipped.id);
        own["valid_from"] = "2024-06-01";
        own["input"] = "8";
        QVERIFY(create(own).ok());
        QCOMPARE(find("openai", "gpt-4o", at)->input, 9'000'000'000);
        QCOMPARE(find("openai", "gpt-4o", shipped.validFromMs - 1)->input, 8'000'000'000);
    }

    void oneForEachModelAndDay()
    {
        const auto first = create(fields("m", "2026-11-01", "1"));
        QCOMPARE(create(fields(" M ", "2026-11-01", "2")).error().code, ErrorCode::Conflict);
        QVERIFY(create(fields("m", "2026-11-02", "2")).ok());
        QVERIFY(create(fields("m", "2026-11-01", "2"), other).ok());
        QCOMPARE(patch(first->price.id, {{"valid_from", "2026-11-02"}}).error().code, ErrorCode::Conflict);
        const auto moved = patch(first->price.id, {{"valid_from", "2026-10-31"}, {"input", "3"}});
        QVERIFY(moved.ok());
        QCOMPARE(moved->toJson()["input"].toString(), QStringLiteral("3"));
        QCOMPARE(moved->toJson()["output"].toString(), QStringLiteral("2"));
    }

    void removingGivesTheOldOneBack()
    {
        const auto made = create(fields("m", "2026-11-01", "1"));
        bool removed = false;
        m_list->remove(other, made->price.id, [&](auto answer) { removed = answer.ok(); });
        QVERIFY(!removed);
        m_list->remove(defaultProject, made->price.id, [&](auto answer) { removed = answer.ok(); });
        QVERIFY(removed);
        QVERIFY(!find("acme", "m", m_clock.nowMs()));
        QVERIFY(create(fields("m", "2026-11-01", "1")).ok());
    }

    void whatIsShippedStays()
    {
        const std::string id = find("openai", "gpt-4o", m_clock.nowMs())->id;
        QCOMPARE(m_list->get(defaultProject, id)->toJson()["source"].toString(), QStringLiteral("shipped"));
        QCOMPARE(patch(id, {{"input", "1"}}).error().code, ErrorCode::Conflict);
        m_list->remove(defaultProject, id,
                       [](auto answer) { QCOMPARE(answer.error().code, ErrorCode::Conflict); });
        QCOMPARE(m_list->get(defaultProject, "nothing").error().code, ErrorCode::NotFound);
    }

    void wrongFieldsAreNamed_data()
    {
        QTest::addColumn<QString>("field");
        QTest::addColumn<QJsonValue>("value");
        QTest::newRow("no provider") << "provider" << QJsonValue("");
        QTest::newRow("all models") << "model" << QJsonValue("*");
        QTest::newRow("star within") << "model" << QJsonValue("a*b");
        QTest::newRow("control bytes") << "model" << QJsonValue("a\nb");
        QTest::newRow("long") << "model" << QJsonValue(QString(201, 'x'));
        QTest::newRow("no day") << "valid_from" << QJsonValue("someday");
        QTest::newRow("no date") << "valid_from" << QJsonValue();
        QTest::newRow("euros") << "currency" << QJsonValue("EUR");
        QTest::newRow("unknown") << "prise" << QJsonValue("1");
        QTest::newRow("cache") << "cache_read" << QJsonValue(-1);
    }

    void wrongFieldsAreNamed()
    {
        QFETCH(QString, field);
        QFETCH(QJsonValue, value);
        QJsonObject body = fields("m", "2026-11-01", "1");
        body[field] = value;
        const auto made = create(body);
        QVERIFY(!made.ok());
        QCOMPARE(made.error().code, ErrorCode::Unprocessable);
        QVERIFY(made.error().message.starts_with('`' + field.toStdString() + '`'));
    }

    void aProjectHasSoManyAndNoMore()
    {
        for (size_t i = 0; i < PriceList::maxOwn; i++)
            QVERIFY(create(fields(("m" + std::to_string(i)).c_str(), "2026-11-01", "1")).ok());
        QCOMPARE(create(fields("one more", "2026-11-01", "1")).error().code, ErrorCode::Unprocessable);
        QVERIFY(create(fields("one more", "2026-11-01", "1"), other).ok());
    }
};

QTEST_GUILESS_MAIN(PriceListTest)
#include "PriceListTest.moc"
