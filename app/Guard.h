#pragma once

#include "app/BatchBuilder.h"
#include "app/Configuration.h"
#include "server/api/CardinalityReport.h"
#include "server/http/AccessControl.h"
#include "server/http/QuotaGate.h"
#include "server/ingest/DeadLetters.h"
#include "server/ingest/Inbox.h"
#include "server/ingest/RefusalMeter.h"
#include "server/ingest/Routes.h"
#include "server/ingest/SeriesRules.h"
#include "storage/engine/Engine.h"

#include <filesystem>
#include <memory>

namespace plimsoll::app {

/// What keeps senders within their bounds, and what shows them and keeps what was refused: quotas, the budget
/// of series, dropped labels, the guard for personal data, dead letters, the inbox.
class Guard final : private ingest::RefusalSink
{
public:
    /// Waits for the store. `directory` is the data directory; empty where nothing survives. All must outlive
    /// it.
    static Result<std::unique_ptr<Guard>> open(const Configuration &configuration,
                                               http::AccessControl &access, DocumentStore &documents,
                                               const Clock &clock, const std::filesystem::path &directory);

    /// Before the ingest thread starts.
    void join(ingest::IngestThread &thread);
    /// What the write paths need of it.
    ingest::IngestParts parts(ingest::IngestParts without);
    /// Where doors besides the write paths keep what they refuse.
    ingest::RefusalSink &refusals() { return *this; }
    /// The way from a request's head to its route, with bounds.
    http::Authority &authority() { return m_gate; }
    /// All must outlive the router.
    void addRoutes(http::Router &router, ingest::Replay replay, const Engine &engine,
                   const ReaderSource &readers, api::QueryPool &pool);
    void addFigures(BatchBuilder &batch) const;
    /// Reads what is dropped anew. Any thread.
    void loadDrops() { m_droppedLabels.load(m_access.projects().ids()); }
    /// Once nothing is refused any more.
    void stop() { m_letters.stop(); }

private:
    Guard(http::AccessControl &access, DocumentStore &documents, const Clock &clock,
          const std::filesystem::path &directory, const ingest::DeadLetterLimits &limits,
          uint64_t maxActiveSeries);
    void refused(ingest::RefusedInput input) override;

    http::AccessControl &m_access;
    const Clock &m_clock;
    http::RefusalCounts m_counts;
    ingest::RefusalMeter m_meter{m_counts};
    http::QuotaGate m_gate;
    ingest::PersonalDataGuard m_personalData;
    ingest::LabelDrops m_drops;
    api::DroppedLabels m_droppedLabels;
    ingest::SeriesRules m_rules;
    ingest::Inbox m_inbox{m_clock.nowMs()};
    ingest::DeadLetters m_letters;
};

} // namespace plimsoll::app
