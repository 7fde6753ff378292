#include "tests/support/KillLoad.h"

#include "tests/support/HttpClient.h"

#include <algorithm>

namespace plimsoll::test {

struct KillLoad::Writer
{
    size_t number = 0;
    int64_t firstTimestampMs = 0;
    Ledger &ledger;
    int64_t nextBatch = 0;

    static constexpr int samplesPerBatch = 10;

    /// The batch of a number is always the same bytes, so that it can be sent again.
    std::string body(int64_t batch) const
    {
        const std::string writer = std::to_string(number);
        std::string text = "{\"metrics\":[";
        for (int i = 0; i < samplesPerBatch; i++) {
            const std::string ts = std::to_string(firstTimestampMs + batch * samplesPerBatch + i);
            text += i ? "," : "";
            text += R"({"name":"kill_increments","type":"counter","value":)" + std::to_string(1 + batch % 7) +
                    R"(,"labels":{"writer":")" + writer + R"("},"ts":)" + ts + "},";
            text += R"({"name":"kill_gauge","type":"gauge","value":)" + std::to_string(batch) +
                    R"(,"labels":{"writer":")" + writer + R"("},"ts":)" + ts + "}";
        }
        return text + "]}";
    }

    /// Sends the next batch; true once it was acknowledged.
    bool send(HttpClient &client)
    {
        const HttpClient::Headers headers{
            {"Content-Type", "application/json"},
            {"Idempotency-Key", "w" + std::to_string(number) + "-" + std::to_string(nextBatch)}};
        const auto answer = client.post("/ingest", body(nextBatch), headers);
        if (!answer || answer->status != 200)
            return false;
        ledger.batches++;
        ledger.increments += samplesPerBatch * (1 + nextBatch % 7);
        ledger.gauges += samplesPerBatch;
        nextBatch++;
        return true;
    }
};

KillLoad::KillLoad(int writers, int64_t firstTimestampMs)
    : m_ledgers(size_t(writers))
    , m_firstTimestampMs(firstTimestampMs)
{
    for (size_t i = 0; i < m_ledgers.size(); i++)
        m_writers.push_back(std::make_unique<Writer>(Writer{i, firstTimestampMs, m_ledgers[i]}));
}

KillLoad::~KillLoad() { pause(); }

void KillLoad::run(int port)
{
    pause();
    m_paused = false;
    for (auto &writer : m_writers) {
        m_threads.emplace_back([this, port, writer = writer.get()] {
            HttpClient client(port, 10'000);
            while (!m_paused && writer->send(client))
                m_acknowledged++;
        });
    }
}

void KillLoad::pause()
{
    m_paused = true;
    for (std::thread &thread : m_threads)
        thread.join();
    m_threads.clear();
}

bool KillLoad::settle(int port)
{
    pause();
    return std::all_of(m_writers.begin(), m_writers.end(), [&](auto &writer) {
        HttpClient client(port);
        return writer->send(client);
    });
}

std::string KillLoad::deltaSelector(size_t writer)
{
    return "kill_increments{writer=\"" + std::to_string(writer) + "\"}";
}

std::string KillLoad::gaugeSelector(size_t writer)
{
    return "kill_gauge{writer=\"" + std::to_string(writer) + "\"}";
}

int64_t KillLoad::endTimestampMs() const
{
    int64_t batches = 0;
    for (const Ledger &ledger : m_ledgers)
        batches = std::max(batches, ledger.batches);
    return m_firstTimestampMs + (batches + 1) * Writer::samplesPerBatch;
}

} // namespace plimsoll::test
