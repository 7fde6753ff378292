#pragma once

#include "server/api/Health.h"
#include "server/ingest/IngestObserver.h"

namespace plimsoll::api {

/// Says whether what is sent gets on disk, by watching the ingest thread: failing from a batch that was
/// refused for our own sake until the next one that was committed. The appliance's own metrics see to it that
/// there is always a next one within seconds.
class JournalHealth final : public HealthSource, public ingest::IngestObserver
{
public:
    HealthCheck check() const override { return m_last.check(); }

    void batchCommitted(const Batch &batch, const CommitReceipt &receipt, std::string_view source,
                        int64_t receivedMs) override;
    void requestRefused(std::string_view source, ProjectId project, const Error &error) override;

private:
    ReportedHealth m_last{"journal"};
};

} // namespace plimsoll::api
