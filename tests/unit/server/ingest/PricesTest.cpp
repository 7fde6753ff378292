#include "server/ingest/Prices.h"

#include "server/ingest/Timestamp.h"

#include <QTest>

using namespace plimsoll::ingest;

namespace {

int64_t day(const char *text) { return *timestampFromText(std::string(text) + "T00:00:00Z"); }

} // namespace

class PricesTest : public QObject
{
    Q_OBJECT

    Prices m_prices = Prices::shipped();

private Q_SLOTS:
    void takesThePriceOfTheDay()
    {
        QCOMPARE(m_prices.find("openai", "gpt-4o", day("2024-06-01"))->input, 5000000000);
        QCOMPARE(m_prices.find("openai", "gpt-4o", day("2024-10-02") - 1)->input, 5000000000);
        QCOMPARE(m_prices.find("openai", "gpt-4o", day("2024-10-02"))->input, 2500000000);
        QVERIFY(!m_prices.find("openai", "gpt-4o", day("2024-05-12")));
    }

    void takesTheLongestPattern()
    {
        const int64_t at = day("2025-12-01");
        QCOMPARE(m_prices.find("openai", "gpt-4o-mini-2024-07-18", at)->model, std::string("gpt-4o-mini*"));
        QCOMPARE(m_prices.find("openai", "gpt-4o-2024-05-13", at)->input, 5000000000);
        QCOMPARE(m_prices.find("anthropic", "claude-3-5-haiku-20241022", at)->input, 800000000);
        QVERIFY(!m_prices.find("openai", "gpt-4o-realtime-preview", at));
    }

    void takesTheWholeNameBeforeAPattern()
    {
        Price pattern;
        pattern.provider = "acme";
        pattern.model = "m-*";
        Price whole = pattern;
        whole.model = "m-2";
        whole.input = 2;
        for (const auto &rows : {std::vector{pattern, whole}, std::vector{whole, pattern}}) {
            const Prices prices(rows);
            QCOMPARE(prices.find("acme", "m-2", 1)->input, 2);
            QCOMPARE(prices.find("acme", "m-22", 1)->input, 0);
        }
    }

    void knowsOtherNames()
    {
        const int64_t at = day("2025-12-01");
        const Price *price = m_prices.find("google", "gemini-2.5-pro", at);
        QVERIFY(price);
        QCOMPARE(m_prices.find("Gemini", "models/Gemini-2.5-Pro", at), price);
        QCOMPARE(m_prices.find("vertex_ai", "gemini-2.5-pro", at), price);
        QVERIFY(!m_prices.find("acme", "gemini-2.5-pro", at));
    }

    void costsAreExact()
    {
        Price price;
        price.input = 37500000; // 0.0375 USD per million: 37.5 nano-dollars a token
        price.output = 15000000000;
        price.cacheRead = 300000000;
        QCOMPARE(costNanoUsd(price, {1, 0, 0, 0}), std::optional<int64_t>(38));
        QCOMPARE(costNanoUsd(price, {2, 0, 0, 0}), std::optional<int64_t>(75));
        QCOMPARE(costNanoUsd(price, {1000000, 1000000, 1000000, 7}),
                 std::optional<int64_t>(37500000 + 15000000000 + 300000000));
        QCOMPARE(costNanoUsd(price, {0, 0, 0, 0}), std::optional<int64_t>(0));
        QVERIFY(!costNanoUsd(price, {0, int64_t(1e15), 0, 0}));
    }

    void shippedRowsAreSound()
    {
        QVERIFY(m_prices.rows().size() > 50);
        for (const Price &row : m_prices.rows()) {
            QVERIFY2(row.validFromMs > day("2022-01-01"), row.model.c_str());
            QVERIFY2(row.input > 0 && row.output >= 0 && row.cacheRead > 0 && row.cacheWrite >= row.cacheRead,
                     row.model.c_str());
        }
    }
};

QTEST_GUILESS_MAIN(PricesTest)
#include "PricesTest.moc"
