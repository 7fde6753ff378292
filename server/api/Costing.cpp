#include "server/api/Costing.h"

#include "server/api/PriceRecord.h"
#include "server/api/UncostedCalls.h"
#include "server/ingest/IdempotencyKey.h"

#include <QJsonValue>

#include <cmath>
#include <future>
#include <thread>

namespace plimsoll::api {
namespace {

constexpr int64_t aheadMs = 25 * 3'600'000;             ///< nothing is accepted further ahead of the clock
constexpr double exactInDouble = 9'007'199'254'740'992; ///< 2^53

std::optional<ingest::TokenCounts> countsOf(const UncostedInstant &instant)
{
    ingest::TokenCounts counts;
    int64_t *const fields[] = {&counts.input, &counts.output, &counts.cacheRead, &counts.cacheWrite};
    for (size_t i = 0; i < std::size(fields); i++) {
        if (!(instant.tokens[i] >= 0 && instant.tokens[i] <= exactInDouble))
            return std::nullopt;
        *fields[i] = std::llround(instant.tokens[i]);
    }
    return counts;
}

/// What a call's series is told of one instant.
struct Cost
{
    int64_t timestampMs = 0;
    int64_t nanoUsd = 0;
    double calls = 0;
};

/// Costs of one series by one price.
struct Page
{
    std::string seriesKey;
    std::string priceId;
    std::vector<Cost> costs;
};

class Run
{
public:
    Run(const Costing::Parts &parts, const Costing::Task &task, const Progress &progress)
        : m_parts(parts)
        , m_task(task)
        , m_progress(progress)
        , m_reader(parts.readers.openReader())
        , m_scope{*m_reader, task.project, parts.clock.nowMs(),
                  progress.cancelled ? *progress.cancelled : m_never,
                  std::chrono::steady_clock::time_point::max()}
        , m_range{task.sinceMs, std::max(task.sinceMs, parts.clock.nowMs() + aheadMs)}
    {
    }

    Result<QJsonObject> work()
    {
        const UncostedCalls calls(m_scope);
        const auto all = calls.series(m_range, [this](std::string_view provider, std::string_view model) {
            return m_task.price.covers(provider, model);
        });
        if (!all)
            return all.error();
        for (size_t i = 0; i < all->size(); i++)
            if (Status done = cost(calls, (*all)[i], i, all->size()); !done)
                return done.error();
        if (Status written = write(); !written)
            return written.error();
        return result();
    }

private:
    Status cost(const UncostedCalls &calls, const CallSeries &series, size_t position, size_t total)
    {
        const auto spans = calls.ofSpans(series, m_range);
        if (!spans)
            return spans.error();
        m_gone += spans->calls;
        if (spans->calls > 0)
            m_goneBeforeMs = std::max(m_goneBeforeMs, calls.samplesFrom(series, m_range));
        const size_t before = m_found;
        const auto visit = [&](const std::vector<UncostedInstant> &instants) {
            return costDay(series, instants);
        };
        const auto reached = [&](int64_t toMs) {
            const double part =
                double(toMs - m_range.fromMs) / double(std::max<int64_t>(1, m_range.spanMs()));
            m_progress.say(uint64_t((double(position) + part) * 1000), total * 1000);
        };
        Status done = calls.each(series, m_range, UncostedCalls::Read::CallsAndTokens, visit, reached);
        m_series += m_found > before;
        return done;
    }

    Status costDay(const CallSeries &series, const std::vector<UncostedInstant> &instants)
    {
        Labels labels = series.labels;
        labels.set(nameLabel, "llm_cost_usd_total");
        for (const UncostedInstant &instant : instants) {
            const ingest::Price *price =
                m_task.prices->find(labels.value("provider"), labels.value("model"), instant.timestampMs);
            const auto counts = countsOf(instant);
            const auto nano = price && counts ? ingest::costNanoUsd(*price, *counts) : std::nullopt;
            if (!nano) {
                m_unpriced += instant.calls;
                continue;
            }
            pageOf(labels.key(), price->id).costs.push_back({instant.timestampMs, *nano, instant.calls});
            m_found++;
            if (++m_waiting < Costing::maxInstantsPerBatch)
                continue;
            if (Status written = write(); !written)
                return written;
        }
        return {};
    }

    Page &pageOf(const std::string &seriesKey, const std::string &priceId)
    {
        if (m_pages.empty() || m_pages.back().seriesKey != seriesKey || m_pages.back().priceId != priceId)
            m_pages.push_back({seriesKey, priceId, {}});
        return m_pages.back();
    }

    /// Commits what waits, as one batch.
    Status write()
    {
        if (m_pages.empty())
            return {};
        const auto receipt = commit();
        if (!receipt)
            return receipt.error();
        std::vector<const Cost *> items;
        for (const Page &page : m_pages)
            for (const Cost &cost : page.costs)
                items.push_back(&cost);
        for (const Rejection &rejection : receipt->rejections) {
            if (m_refusal.empty())
                m_refusal = rejection.message;
            if (rejection.item < items.size() && std::exchange(items[rejection.item], nullptr))
                m_refused++;
        }
        for (const Cost *cost : items) {
            if (!cost)
                continue;
            m_nanoUsd += cost->nanoUsd;
            m_calls += cost->calls;
            m_instants++;
        }
        m_pages.clear();
        m_waiting = 0;
        return {};
    }

    /// Sends the same batch again while the sink takes nothing for now: with its key it counts once.
    Result<CommitReceipt> commit()
    {
        const int64_t giveUpMs = m_parts.clock.nowMs() + Costing::patienceMs;
        for (;;) {
            std::promise<CommitReceipt> promise;
            m_parts.sink.submit(waitingBatch(),
                                [&promise](CommitReceipt receipt) { promise.set_value(std::move(receipt)); });
            CommitReceipt receipt = promise.get_future().get();
            if (receipt.status)
                return receipt;
            if (Status wanted = m_progress.check(); !wanted)
                return wanted.error();
            if (receipt.status.error().code != ErrorCode::Unavailable || m_parts.clock.nowMs() > giveUpMs)
                return receipt.status.error();
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
        }
    }

    Batch waitingBatch() const
    {
        Batch batch;
        batch.project = m_task.project;
        std::string said;
        for (const Page &page : m_pages) {
            const auto position = static_cast<uint32_t>(batch.series.size());
            batch.series.push_back({page.seriesKey, Kind::Delta, false, batch.itemCount});
            said += page.priceId + '\n' + page.seriesKey + '\n';
            for (const Cost &cost : page.costs) {
                batch.floats.push_back(
                    {position, cost.timestampMs, double(cost.nanoUsd) / 1e9, batch.itemCount++});
                said += std::to_string(cost.timestampMs) + ' ' + std::to_string(cost.nanoUsd) + '\n';
            }
        }
        batch.idempotency = ingest::idempotency(m_task.project, "costing\n" + said, "costing", said);
        return batch;
    }

    QJsonObject result() const
    {
        QJsonObject json{
            {"price_id", QString::fromStdString(m_task.price.id)},
            {"calls", m_calls},
            {"instants", m_instants},
            {"series", m_series},
            {"cost_usd", QString::fromStdString(dollars(m_nanoUsd))},
            {"refused", m_refused},
            {"not_costed",
             QJsonObject{{"calls", std::round(m_gone)},
                         {"before_ms", m_gone > 0 ? QJsonValue(qint64(m_goneBeforeMs)) : QJsonValue()}}},
            {"unpriced_calls", m_unpriced}};
        if (!m_refusal.empty())
            json["refusal"] = QString::fromStdString(m_refusal);
        return json;
    }

    const Costing::Parts &m_parts;
    const Costing::Task &m_task;
    const Progress &m_progress;
    const std::atomic<bool> m_never = false;
    const std::unique_ptr<SeriesReader> m_reader;
    const ReadScope m_scope;
    const TimeRange m_range;

    std::vector<Page> m_pages; ///< found, not written yet
    size_t m_waiting = 0;      ///< instants in them
    size_t m_found = 0;
    double m_calls = 0;
    double m_instants = 0;
    int m_series = 0;
    __int128 m_nanoUsd = 0;
    double m_refused = 0;
    std::string m_refusal;
    double m_gone = 0;
    int64_t m_goneBeforeMs = 0;
    double m_unpriced = 0;
};

} // namespace

Status ProjectTurns::take(ProjectId project, const Progress &progress)
{
    std::unique_lock lock(m_mutex);
    while (m_taken.contains(project)) {
        if (Status wanted = progress.check(); !wanted)
            return wanted;
        m_freed.wait_for(lock, std::chrono::milliseconds(50));
    }
    m_taken.insert(project);
    return {};
}

void ProjectTurns::giveBack(ProjectId project)
{
    const std::lock_guard lock(m_mutex);
    m_taken.erase(project);
    m_freed.notify_all();
}

Result<QJsonObject> Costing::run(const Parts &parts, const Task &task, const Progress &progress)
{
    if (Status turn = parts.turns.take(task.project, progress); !turn)
        return turn.error();
    // The view is opened in the turn: it shows what the job before wrote.
    auto result = Run(parts, task, progress).work();
    parts.turns.giveBack(task.project);
    return result;
}

} // namespace plimsoll::api
