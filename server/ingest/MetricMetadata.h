#pragma once

#include "server/ingest/IngestObserver.h"

#include <map>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>

namespace plimsoll::ingest {

/// What senders say of their metrics: help, type and unit by family, the last word of each. In memory, for as
/// long as the appliance runs; at most `maxFamilies` of a project. Thread-safe.
class MetricMetadata final : public IngestObserver
{
public:
    static constexpr size_t maxFamilies = 65'536;

    void batchCommitted(const Batch &batch, const CommitReceipt &receipt, std::string_view source,
                        int64_t receivedMs) override;
    void requestRefused(std::string_view, ProjectId, const Error &) override {}

    /// What is said of a metric: under its own name, or that of the family that it is a part of ("_bucket",
    /// "_sum",
    /// "_count", "_total", "_created", "_info").
    std::optional<Batch::Description> find(ProjectId project, std::string_view metric) const;

private:
    using Families = std::map<std::string, Batch::Description, std::less<>>;

    mutable std::shared_mutex m_mutex;
    std::map<ProjectId, Families> m_projects;
};

} // namespace plimsoll::ingest
