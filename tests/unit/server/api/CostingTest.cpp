#include "server/api/Costing.h"

#include "server/api/CostReport.h"
#include "server/api/UnpricedReport.h"
#include "server/ingest/Decoder.h"
#include "tests/support/TemporaryEngine.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

#include <random>

using namespace plimsoll;
using namespace plimsoll::api;
using namespace plimsoll::test;

namespace {

constexpr int64_t minute = 60'000;
constexpr int64_t hour = 60 * minute;
constexpr int64_t day = 24 * hour;
constexpr int64_t startMs = 1'774'224'000'000;

/// Takes batches on the calling thread. `fail` answers that many batches with Unavailable although it took
/// them, as an appliance whose answer is lost does.
class Sink final : public BatchSink
{
public:
    explicit Sink(TemporaryEngine &engine)
        : m_engine(engine)
    {
    }
    void submit(Batch batch, Done done) override
    {
        batches++;
        CommitReceipt receipt = m_engine.commit(std::move(batch));
        replayed += receipt.replayed;
        if (fail > 0) {
            fail--;
            receipt.status = Error{ErrorCode::Unavailable, "Away.", {}};
        }
        done(std::move(receipt));
    }

    int batches = 0;
    int replayed = 0;
    int fail = 0;

private:
    TemporaryEngine &m_engine;
};

/// Hands out a view that was opened earlier: what two jobs see that start at once.
class EarlierView final : public ReaderSource
{
public:
    explicit EarlierView(TemporaryEngine &engine)
        : m_reader(engine->openReader())
    {
    }
    std::unique_ptr<SeriesReader> openReader() const override { return std::move(m_reader); }

private:
    mutable std::unique_ptr<SeriesReader> m_reader;
};

ingest::Price priceOf(const char *id, int64_t fromMs, int64_t input, int64_t output, int64_t read,
                      int64_t write)
{
    return {id, "acme", "m-1", fromMs, input, output, read, write, true};
}

/// One call as it was sent, and what it costs reckoned in decimal digits.
struct Sent
{
    int64_t atMs = 0;
    std::array<int64_t, 4> tokens{};
    std::string endpoint;
};

/// Digits times digits, added up in columns of nine: schoolbook arithmetic that shares nothing with the
/// product. Tokens times 10^-9 dollars a million is 10^-15 dollars.
std::string nanoOf(const std::array<int64_t, 4> &tokens, const std::array<int64_t, 4> &prices)
{
    std::vector<int> columns(48, 0);
    for (size_t i = 0; i < 4; i++) {
        const std::string a = std::to_string(tokens[i]), b = std::to_string(prices[i]);
        for (size_t x = 0; x < a.size(); x++)
            for (size_t y = 0; y < b.size(); y++)
                columns[x + y] += (a[a.size() - 1 - x] - '0') * (b[b.size() - 1 - y] - '0');
    }
    columns[5] += 5; // half of 10^-9 dollars
    for (size_t i = 0; i + 1 < columns.size(); i++) {
        columns[i + 1] += columns[i] / 10;
        columns[i] %= 10;
    }
    std::string text;
    for (size_t i = columns.size(); i-- > 6;)
        text += char('0' + columns[i]);
    return text;
}

} // namespace

class CostingTest : public QObject
{
    Q_OBJECT

    std::unique_ptr<TemporaryEngine> m_engine;
    std::unique_ptr<Sink> m_sink;
    ProjectTurns m_turns;
    ingest::Prices m_shipped = ingest::Prices::shipped();
    std::vector<Sent> m_sent;

    void send(const std::vector<Sent> &calls, const ingest::PriceBook *book = nullptr)
    {
        QJsonArray llm;
        for (const Sent &call : calls)
            llm.append(QJsonObject{{"provider", "acme"},
                                   {"model", "m-1"},
                                   {"endpoint", QString::fromStdString(call.endpoint)},
                                   {"input_tokens", qint64(call.tokens[0])},
                                   {"output_tokens", qint64(call.tokens[1])},
                                   {"cache_read_tokens", qint64(call.tokens[2])},
                                   {"cache_write_tokens", qint64(call.tokens[3])},
                                   {"ts", qint64(call.atMs)}});
        const QByteArray body = QJsonDocument(QJsonObject{{"llm", llm}}).toJson();
        ingest::Decoders decoders(m_shipped, book);
        ingest::Payload payload;
        payload.body = {body.data(), size_t(body.size())};
        payload.nowMs = m_engine->clock.nowMs();
        payload.prices = decoders.pricesOf(defaultProject);
        Batch batch;
        QVERIFY(decoders.of("ingest").decode(payload, batch).ok());
        QVERIFY(batch.rejections.empty());
        QVERIFY(m_engine->commit(std::move(batch)).status.ok());
        m_sent.insert(m_sent.end(), calls.begin(), calls.end());
    }

    /// Random calls over six hours, with some milliseconds that have several.
    std::vector<Sent> someCalls(size_t count, uint32_t seed)
    {
        std::mt19937 random(seed);
        std::vector<Sent> calls;
        for (size_t i = 0; i < count; i++) {
            Sent call;
            call.atMs = i % 10 == 9 ? calls.back().atMs : startMs + int64_t(random() % (6 * hour));
            for (int64_t &tokens : call.tokens)
                tokens = random() % 3 == 0 ? 0 : int64_t(random() % 200'000);
            call.endpoint = i % 10 == 9 ? calls.back().endpoint : random() % 2 ? "/chat" : "/sum";
            calls.push_back(call);
        }
        return calls;
    }

    Result<QJsonObject> run(const std::vector<ingest::Price> &prices, int64_t sinceMs,
                            const ReaderSource *readers = nullptr, const Progress &progress = {})
    {
        const Costing::Parts parts{readers ? *readers : **m_engine, *m_sink, m_engine->clock, m_turns};
        const Costing::Task task{defaultProject, std::make_shared<const ingest::Prices>(prices), prices[0],
                                 sinceMs};
        return Costing::run(parts, task, progress);
    }

    std::atomic<bool> m_cancelled = false;
    QJsonObject report(TimeRange range = {startMs, startMs + day})
    {
        const auto reader = (*m_engine)->openReader();
        const ReadScope scope{*reader, defaultProject, m_engine->clock.nowMs(), m_cancelled};
        const auto made = CostReport::make(scope, range, {"provider"});
        return QJsonDocument::fromJson(QByteArray::fromStdString(made->toJson())).object();
    }
    const QJsonArray unpriced(const ingest::Prices &prices, TimeRange range = {startMs, startMs + day})
    {
        const auto reader = (*m_engine)->openReader();
        const ReadScope scope{*reader, defaultProject, m_engine->clock.nowMs(), m_cancelled};
        return QJsonDocument::fromJson(
                   QByteArray::fromStdString(UnpricedReport::make(scope, range)->toJson(prices)))
            .object()["items"]
            .toArray();
    }

    /// What the calls that were sent cost by a price: calls of one endpoint and millisecond together.
    std::string costOf(const std::array<int64_t, 4> &prices, int64_t fromMs = 0,
                       int64_t toMs = INT64_MAX) const
    {
        std::map<std::pair<std::string, int64_t>, std::array<int64_t, 4>> instants;
        for (const Sent &call : m_sent)
            for (size_t i = 0; i < 4 && call.atMs >= fromMs && call.atMs < toMs; i++)
                instants[{call.endpoint, call.atMs}][i] += call.tokens[i];
        int64_t nano = 0;
        for (const auto &[at, tokens] : instants)
            nano += std::stoll(nanoOf(tokens, prices));
        std::string text = std::to_string(nano);
        text.insert(0, text.size() < 10 ? 10 - text.size() : 0, '0');
        text.insert(text.size() - 9, ".");
        while (text.back() == '0')
            text.pop_back();
        return text;
    }

    static constexpr std::array<int64_t, 4> usual{3'000'000'000, 15'000'000'001, 300'000'007, 3'750'000'000};
    static ingest::Price usualPrice(int64_t fromMs = startMs - day)
    {
        return priceOf("own-1", fromMs, usual[0], usual[1], usual[2], usual[3]);
    }

private Q_SLOTS:
    void init()
    {
        m_engine = std::make_unique<TemporaryEngine>();
        m_engine->clock.set(startMs + 6 * hour);
        m_sink = std::make_unique<Sink>(*m_engine);
        m_sent.clear();
        m_cancelled = false;
    }

    void costsWhatHadNone()
    {
        send(someCalls(12'000, 1));
        QCOMPARE(report()["unpriced_calls"].toDouble(), 12'000.0);
        QVERIFY(report()["by"][0]["cost"].isNull());
        const auto done = run({usualPrice()}, startMs - day);
        QVERIFY(done.ok());
        QCOMPARE(done->value("cost_usd").toString().toStdString(), costOf(usual));
        QCOMPARE(done->value("calls").toDouble(), 12'000.0);
        QCOMPARE(done->value("series").toInt(), 2);
        QVERIFY(m_sink->batches > 2);
        const QJsonObject after = report();
        QCOMPARE(after["unpriced_calls"].toDouble(), 0.0);
        QCOMPARE(after["total"].toDouble(), std::stod(costOf(usual)));
        QVERIFY(unpriced(ingest::Prices({usualPrice()})).isEmpty());
    }

    void aSecondRunFindsNothing()
    {
        send(someCalls(500, 2));
        QVERIFY(run({usualPrice()}, startMs).ok());
        const int batches = m_sink->batches;
        const auto again = run({usualPrice()}, startMs);
        QCOMPARE(again->value("instants").toDouble(), 0.0);
        QCOMPARE(m_sink->batches, batches);
        m_engine->restart();
        QCOMPARE(run({usualPrice()}, startMs)->value("instants").toDouble(), 0.0);
        QCOMPARE(report()["total"].toDouble(), std::stod(costOf(usual)));
    }

    /// Two that began with the same view write the same batches; the key lets each count once.
    void twoAtOnceCountOnce()
    {
        send(someCalls(6'000, 3));
        const EarlierView earlier(*m_engine);
        QVERIFY(run({usualPrice()}, startMs).ok());
        const int batches = m_sink->batches;
        QVERIFY(run({usualPrice()}, startMs, &earlier).ok());
        QCOMPARE(m_sink->batches, 2 * batches);
        QCOMPARE(m_sink->replayed, batches);
        QCOMPARE(report()["total"].toDouble(), std::stod(costOf(usual)));
    }

    void whatWasTakenWithoutAnAnswerCountsOnce()
    {
        send(someCalls(300, 4));
        m_sink->fail = 2;
        const auto done = run({usualPrice()}, startMs);
        QVERIFY(done.ok());
        QCOMPARE(m_sink->replayed, 2);
        QCOMPARE(done->value("cost_usd").toString().toStdString(), costOf(usual));
        QCOMPARE(report()["total"].toDouble(), std::stod(costOf(usual)));
    }

    /// A crash between two batches: what was committed stays and is not written again.
    void goesOnAfterACrash()
    {
        send(someCalls(12'000, 5));
        std::atomic<bool> stop = false;
        Progress progress;
        progress.cancelled = &stop;
        progress.tell = [&](uint64_t, uint64_t) { stop = true; };
        const auto broken = run({usualPrice()}, startMs, nullptr, progress);
        QCOMPARE(broken.error().code, ErrorCode::Cancelled);
        const double part = report()["total"].toDouble();
        QVERIFY(part > 0 && part < std::stod(costOf(usual)));
        m_engine->crash();
        QCOMPARE(report()["total"].toDouble(), part);
        QVERIFY(run({usualPrice()}, startMs).ok());
        QCOMPARE(report()["total"].toDouble(), std::stod(costOf(usual)));
    }

    void eachInstantHasThePriceOfItsTime()
    {
        const int64_t change = startMs + 3 * hour;
        constexpr std::array<int64_t, 4> later{1'000'000'000, 2'000'000'000, 0, 1};
        send(someCalls(3'000, 6));
        const auto second = priceOf("own-2", change, later[0], later[1], later[2], later[3]);
        const auto done = run({usualPrice(), second}, startMs);
        const double expected = std::stod(costOf(usual, 0, change)) + std::stod(costOf(later, change));
        QVERIFY(std::abs(report()["total"].toDouble() - expected) < 1e-9);
        QCOMPARE(done->value("calls").toDouble(), 3'000.0);
    }

    void leavesWhatHasACostAndWhatIsOlder()
    {
        ingest::PriceBook book;
        book.setOwn(defaultProject, {priceOf("own-0", startMs - day, 1'000'000'000, 0, 0, 0)});
        send({{startMs + 1, {1'000'000, 0, 0, 0}, "/a"}}, &book);
        QCOMPARE(report()["total"].toDouble(), 1.0);
        send({{startMs + 2, {1'000'000, 0, 0, 0}, "/a"}, {startMs - 5, {1'000'000, 0, 0, 0}, "/a"}});
        const auto done = run({usualPrice()}, startMs);
        QCOMPARE(done->value("calls").toDouble(), 1.0);
        QCOMPARE(report()["total"].toDouble(), 4.0);
        const QJsonArray left = unpriced(ingest::Prices({usualPrice()}), {startMs - day, startMs + day});
        QCOMPARE(left.size(), 1);
        QCOMPARE(left[0]["calls"].toDouble(), 1.0);
        QCOMPARE(left[0]["first_ms"].toInteger(), startMs - 5);
        QCOMPARE(left[0]["price_id"].toString(), QStringLiteral("own-1"));
    }

    void aCallWithoutTokensCostsNothing()
    {
        send({{startMs + 1, {0, 0, 0, 0}, "/a"}});
        QVERIFY(run({usualPrice()}, startMs).ok());
        QCOMPARE(report()["unpriced_calls"].toDouble(), 0.0);
        QCOMPARE(report()["total"].toDouble(), 0.0);
    }

    void callsBeforeAnyPriceAreToldApart()
    {
        send({{startMs + 1, {5, 0, 0, 0}, "/a"}, {startMs + hour, {5, 0, 0, 0}, "/a"}});
        const auto done = run({usualPrice(startMs + minute)}, startMs);
        QCOMPARE(done->value("calls").toDouble(), 1.0);
        QCOMPARE(done->value("unpriced_calls").toDouble(), 1.0);
    }

    void saysWhatItCouldNotCost()
    {
        EngineOptions options;
        options.rawRetentionMs = 2 * day;
        m_engine = std::make_unique<TemporaryEngine>(options);
        m_sink = std::make_unique<Sink>(*m_engine);
        for (int i = 0; i < 6 * 24; i++) {
            m_engine->clock.set(startMs + i * hour);
            send({{startMs + i * hour, {1'000, 0, 0, 0}, "/a"},
                  {startMs + i * hour + 1, {1'000, 0, 0, 0}, "/a"}});
            (*m_engine)->maintain();
        }
        for (int i = 0; i < 4; i++) {
            m_engine->clock.advance(2 * hour);
            (*m_engine)->maintain();
            (*m_engine)->drain();
            QVERIFY((*m_engine)->runUpkeep().ok());
        }
        const double all = 2 * 6 * 24;
        const TimeRange range{startMs, startMs + 8 * day};
        QCOMPARE(unpriced(ingest::Prices(), range)[0]["calls"].toDouble(), all);
        const auto done = run({usualPrice()}, startMs);
        const QJsonObject left = done->value("not_costed").toObject();
        QVERIFY(left["calls"].toDouble() > 0);
        QCOMPARE(left["calls"].toDouble() + done->value("calls").toDouble(), all);
        QVERIFY(left["before_ms"].toInteger() > startMs);
        QCOMPARE(unpriced(ingest::Prices(), range)[0]["calls"].toDouble(), left["calls"].toDouble());
        QCOMPARE(report(range)["unpriced_calls"].toDouble(), left["calls"].toDouble());
    }

    void jobsOfAProjectTakeTurns()
    {
        std::atomic<bool> stop = false;
        Progress progress;
        progress.cancelled = &stop;
        QVERIFY(m_turns.take(1, progress).ok());
        QVERIFY(m_turns.take(2, progress).ok());
        stop = true;
        QCOMPARE(m_turns.take(1, progress).error().code, ErrorCode::Cancelled);
        stop = false;
        m_turns.giveBack(1);
        m_turns.giveBack(2);
        QVERIFY(m_turns.take(1, progress).ok());
        m_turns.giveBack(1);
    }
};

QTEST_GUILESS_MAIN(CostingTest)
#include "CostingTest.moc"
