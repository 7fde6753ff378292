#include "server/ingest/MetricMetadata.h"

#include <mutex>

namespace plimsoll::ingest {
namespace {

constexpr std::string_view suffixes[] = {"_bucket", "_sum", "_count", "_total", "_created", "_info"};

} // namespace

void MetricMetadata::batchCommitted(const Batch &batch, const CommitReceipt &, std::string_view, int64_t)
{
    if (batch.descriptions.empty())
        return;
    const std::unique_lock lock(m_mutex);
    Families &families = m_projects[batch.project];
    for (const Batch::Description &said : batch.descriptions) {
        const auto found = families.find(said.family);
        if (found != families.end())
            found->second = said;
        else if (families.size() < maxFamilies)
            families.emplace(said.family, said);
    }
}

std::optional<Batch::Description> MetricMetadata::find(ProjectId project, std::string_view metric) const
{
    const std::shared_lock lock(m_mutex);
    const auto families = m_projects.find(project);
    if (families == m_projects.end())
        return std::nullopt;
    if (const auto found = families->second.find(metric); found != families->second.end())
        return found->second;
    for (const std::string_view suffix : suffixes) {
        if (!metric.ends_with(suffix))
            continue;
        const auto found = families->second.find(metric.substr(0, metric.size() - suffix.size()));
        if (found != families->second.end())
            return found->second;
    }
    return std::nullopt;
}

} // namespace plimsoll::ingest
