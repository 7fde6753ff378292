#include "tests/support/AgingLoad.h"

#include "tests/support/HttpClient.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <set>

namespace plimsoll::test {

namespace {

constexpr int groups = 8; ///< of series, each written by every eighth batch

/// "12.05"; JSON reads it as the nearest double, which value() is too.
std::string decimal(int64_t hundredths)
{
    const std::string cents = std::to_string(hundredths % 100);
    return std::to_string(hundredths / 100) + (cents.size() == 1 ? ".0" : ".") + cents;
}

const char *typeOf(Ledger::Kind kind)
{
    switch (kind) {
    case Ledger::Kind::Gauge:
        return R"("gauge")";
    case Ledger::Kind::Counter:
        return R"("counter","cumulative":true)";
    case Ledger::Kind::Increments:
        return R"("counter")";
    case Ledger::Kind::Observations:
        break;
    }
    return R"("histogram")";
}

const char *nameOf(Ledger::Kind kind)
{
    constexpr const char *names[] = {"gauge", "counter", "increments", "observations"};
    return names[static_cast<int>(kind)];
}

} // namespace

class AgingLoad::Writer
{
public:
    Writer(int number, const Clock &clock, int64_t lateMs, int64_t veryLateMs)
        : m_number(number)
        , m_clock(clock)
        , m_lateMs(lateMs)
        , m_veryLateMs(veryLateMs)
        , m_random(static_cast<uint32_t>(number) + 1)
    {
    }

    /// False where the server is gone, or refuses. A batch that was not acknowledged is sent again next time.
    bool send(HttpClient &client)
    {
        if (m_body.empty())
            makeBatch();
        const HttpClient::Headers headers{
            {"Content-Type", "application/json"},
            {"Idempotency-Key", "aging-" + std::to_string(m_number) + "-" + std::to_string(m_batches)}};
        const auto answer = client.post("/ingest", m_body, headers);
        if (!answer || answer->status == 503)
            return answer.has_value();
        if (answer->status != 200 || answer->body.find("\"rejected\":0") == std::string::npos) {
            refusal = answer->body;
            return false;
        }
        ledger.add(m_pending);
        m_body.clear();
        m_batches++;
        return true;
    }

    int64_t batches() const { return m_batches; }

    Ledger ledger;
    std::string refusal;

private:
    /// One time for a batch, which no other batch of this writer has, so that no instant comes twice.
    int64_t freeMs(int64_t wantedMs)
    {
        while (!m_used.insert(wantedMs).second)
            wantedMs--;
        return wantedMs;
    }

    void makeBatch()
    {
        m_pending = {};
        const int64_t nowMs = m_clock.nowMs();
        const bool late = m_random() % 30 == 0;
        const bool veryLate = m_random() % 100 == 0;
        const int64_t byMs = veryLate ? m_veryLateMs : late ? int64_t(m_random() % uint64_t(m_lateMs)) : 0;
        const int64_t ms = freeMs(nowMs - byMs - int64_t(m_random() % 60'000));
        const auto put = [&](Ledger::Kind kind, int64_t hundredths) {
            m_pending.add("aging_" + std::string(nameOf(kind)) + "_" + std::to_string(m_number) + "_" +
                              std::to_string(m_batches % groups),
                          kind, {ms, hundredths});
        };
        put(Ledger::Kind::Gauge, m_random() % 10'000);
        put(Ledger::Kind::Increments, 1 + m_random() % 500);
        put(Ledger::Kind::Observations, 1 + m_random() % 5'000);
        if (!veryLate) {
            m_total = m_random() % 50 == 0 ? 0 : m_total + 100 * int64_t(m_random() % 20);
            put(Ledger::Kind::Counter, m_total);
        }
        m_body = bodyOf(m_pending);
    }

    static std::string bodyOf(const Ledger &batch)
    {
        std::string text;
        for (const auto &[name, series] : batch.series) {
            for (const auto &[ms, hundredths] : series.samples) {
                text += text.empty() ? "{\"metrics\":[" : ",";
                text += "{\"name\":\"" + name + "\",\"type\":" + typeOf(series.kind) +
                        ",\"value\":" + decimal(hundredths) + ",\"ts\":" + std::to_string(ms) + "}";
            }
        }
        return text + "]}";
    }

    const int m_number;
    const Clock &m_clock;
    const int64_t m_lateMs;
    const int64_t m_veryLateMs;
    std::mt19937_64 m_random;
    int64_t m_batches = 0;
    int64_t m_total = 0;
    std::string m_body; ///< of the batch under way
    Ledger m_pending;
    std::set<int64_t> m_used;
};

AgingLoad::AgingLoad(int writers, const Clock &clock, int64_t lateMs, int64_t veryLateMs)
{
    for (int i = 0; i < writers; i++)
        m_writers.push_back(std::make_unique<Writer>(i, clock, lateMs, veryLateMs));
}

AgingLoad::~AgingLoad() { pause(); }

void AgingLoad::run(int port)
{
    pause();
    m_paused = false;
    for (auto &writer : m_writers) {
        m_threads.emplace_back([this, port, writer = writer.get()] {
            HttpClient client(port, 10'000);
            while (!m_paused && writer->send(client)) {
                m_acknowledged++;
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
        });
    }
}

void AgingLoad::pause()
{
    m_paused = true;
    for (std::thread &thread : m_threads)
        thread.join();
    m_threads.clear();
}

bool AgingLoad::settle(int port)
{
    pause();
    return std::ranges::all_of(m_writers, [&](auto &writer) {
        HttpClient client(port);
        const int64_t before = writer->batches();
        while (writer->batches() == before && writer->send(client))
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return writer->batches() > before;
    });
}

std::string AgingLoad::refusal() const
{
    std::string all;
    for (const auto &writer : m_writers)
        all += writer->refusal;
    return all;
}

Ledger AgingLoad::ledger() const
{
    Ledger all;
    for (const auto &writer : m_writers)
        all.add(writer->ledger);
    return all;
}

} // namespace plimsoll::test
