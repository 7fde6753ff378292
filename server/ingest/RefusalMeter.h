#pragma once

#include "server/http/RefusalCounts.h"
#include "server/ingest/IngestObserver.h"

namespace plimsoll::ingest {

/// Counts refusals by their codes.
class RefusalMeter final : public IngestObserver
{
public:
    /// `counts` must outlive it.
    explicit RefusalMeter(http::RefusalCounts &counts)
        : m_counts(counts)
    {
    }

    void batchCommitted(const Batch &batch, const CommitReceipt &receipt, std::string_view source,
                        int64_t receivedMs) override;
    void requestRefused(std::string_view source, ProjectId project, const Error &error) override;

private:
    http::RefusalCounts &m_counts;
};

} // namespace plimsoll::ingest
