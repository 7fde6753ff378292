#include "app/Guard.h"

#include "server/api/DropRoutes.h"
#include "server/ingest/DeadLetterRoutes.h"

namespace plimsoll::app {

Guard::Guard(http::AccessControl &access, DocumentStore &documents, const Clock &clock,
             const std::filesystem::path &directory, const ingest::DeadLetterLimits &limits,
             uint64_t maxActiveSeries)
    : m_access(access)
    , m_clock(clock)
    , m_gate(access, clock, m_counts)
    , m_droppedLabels(documents, m_drops, clock)
    , m_rules(access.quotas(), m_personalData, m_drops, maxActiveSeries)
    , m_letters(directory.empty() ? directory : directory / "dead-letters", limits, clock)
{
}

Result<std::unique_ptr<Guard>> Guard::open(const Configuration &configuration, http::AccessControl &access,
                                           DocumentStore &documents, const Clock &clock,
                                           const std::filesystem::path &directory)
{
    ingest::DeadLetterLimits limits;
    const auto bytes = configuration.bytes("dead-letters-max-bytes");
    const auto ageMs = configuration.durationMs("dead-letters-max-age");
    bool isNumber = false;
    const auto budget = configuration.value("max-active-series").toULongLong(&isNumber);
    if (!bytes)
        return bytes.error();
    if (!ageMs)
        return ageMs.error();
    if (!isNumber)
        return Error{ErrorCode::Invalid, "--max-active-series is not a number.",
                     "Write 100000, or 0 for no bound."};
    limits.maxBytes = std::max<uint64_t>(*bytes, 1 << 20);
    limits.maxAgeMs = *ageMs;
    std::unique_ptr<Guard> guard(new Guard(access, documents, clock, directory, limits, budget));
    if (Status loaded = guard->m_personalData.loadKey(documents); !loaded)
        return loaded.error();
    guard->loadDrops();
    guard->m_letters.keepOnly([&access](ProjectId project) { return access.projects().contains(project); });
    return guard;
}

void Guard::join(ingest::IngestThread &thread)
{
    thread.setRules(m_rules);
    thread.addObserver(m_meter);
    thread.addObserver(m_inbox);
}

ingest::IngestParts Guard::parts(ingest::IngestParts without)
{
    return {without.thread,
            without.decoders,
            without.prices,
            without.clock,
            *this,
            &m_rules,
            [this](const http::Principal &principal, size_t samples) { m_gate.charge(principal, samples); },
            without.book,
            [this](const ingest::CameIn &came) { m_inbox.came(came); }};
}

void Guard::refused(ingest::RefusedInput input)
{
    m_inbox.refused(input);
    m_letters.refused(std::move(input));
}

void Guard::addRoutes(http::Router &router, ingest::Replay replay, const Engine &engine,
                      const ReaderSource &readers, api::QueryPool &pool)
{
    ingest::addDeadLetterRoutes(router, m_letters, std::move(replay), m_access.quotas());
    m_inbox.setMayWatch([this](const http::Principal &caller) { return m_access.stillReads(caller); });
    m_inbox.addRoutes(router);
    api::addCardinalityRoute(router, {readers, m_clock, pool,
                                      [&engine](ProjectId project) { return engine.seriesUse(project); },
                                      m_rules, m_personalData, m_droppedLabels});
    api::addDropRoutes(router, {readers, pool, m_droppedLabels});
}

void Guard::addFigures(BatchBuilder &batch) const
{
    for (const auto &figure : m_counts.all())
        batch.counter("plimsoll_refused_total", static_cast<double>(figure.count),
                      {{"project", std::to_string(figure.project)}, {"reason", figure.reason}});
    batch.gauge("plimsoll_dead_letters", static_cast<double>(m_letters.kept()));
    batch.counter("plimsoll_dead_letters_dropped_total", static_cast<double>(m_letters.dropped()));
}

} // namespace plimsoll::app
