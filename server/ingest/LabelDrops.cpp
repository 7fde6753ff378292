#include "server/ingest/LabelDrops.h"

#include "server/ingest/NameRules.h"
#include "storage/model/Labels.h"
#include "storage/model/LabelsKey.h"

#include <algorithm>
#include <array>

namespace plimsoll::ingest {
namespace {

constexpr std::array<std::string_view, 4> ownPrefixes{"plimsoll_", "host_", "check_", "ALERTS"};
constexpr std::array<std::string_view, 3> requestLabels{"method", "route", "status"};
constexpr std::array<std::string_view, 4> callLabels{"provider", "model", "endpoint", "type"};

template<size_t size>
bool holds(const std::array<std::string_view, size> &words, std::string_view word)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

std::string_view metricIn(std::string_view key)
{
    while (const auto label = takeLabel(key)) {
        if (label->name == nameLabel)
            return label->value;
    }
    return {};
}

std::string without(std::string_view key, const LabelDrops::Labels &dropped)
{
    std::string kept;
    while (const auto label = takeLabel(key)) {
        if (dropped.contains(label->name))
            continue;
        for (const std::string_view part : {label->name, label->value}) {
            appendVarint(kept, part.size());
            kept += part;
        }
    }
    return kept;
}

/// Whether pages and reports are made of this label.
bool isNeeded(std::string_view metric, std::string_view label)
{
    return (metric == "http_request_duration_seconds" && holds(requestLabels, label)) ||
           (metric.starts_with("llm_") && holds(callLabels, label));
}

std::string whyNotMerged(std::string_view metric, Kind kind)
{
    if (kind == Kind::Untyped)
        return "Nobody said what " + quoted(metric) +
               " means: it may be a running total, and totals of several sources cannot be told apart.";
    return std::string(kind == Kind::Counter ? "Counters" : "Histograms") +
           " of several sources cannot be told apart without it.";
}

} // namespace

void LabelDrops::set(ProjectId project, ByMetric drops)
{
    const std::lock_guard lock(m_mutex);
    const auto known = m_drops.find(project);
    if (known == m_drops.end() ? drops.empty() : known->second == drops)
        return;
    if (drops.empty())
        m_drops.erase(known);
    else
        m_drops[project] = std::move(drops);
    m_version.fetch_add(1, std::memory_order_release);
}

bool LabelDrops::any(ProjectId project) const
{
    const std::lock_guard lock(m_mutex);
    return m_drops.contains(project);
}

LabelDrops::Labels LabelDrops::of(ProjectId project, std::string_view metric) const
{
    const std::lock_guard lock(m_mutex);
    const auto drops = m_drops.find(project);
    if (drops == m_drops.end())
        return {};
    const auto labels = drops->second.find(metric);
    return labels == drops->second.end() ? Labels() : labels->second;
}

std::optional<std::string> LabelDrops::without(ProjectId project, std::string_view key) const
{
    const std::string_view metric = metricIn(key);
    const std::lock_guard lock(m_mutex);
    const auto drops = m_drops.find(project);
    if (drops == m_drops.end())
        return std::nullopt;
    const auto labels = drops->second.find(metric);
    if (labels == drops->second.end())
        return std::nullopt;
    std::string kept = ingest::without(key, labels->second);
    return kept.size() == key.size() ? std::nullopt : std::optional(std::move(kept));
}

Status mayDrop(std::string_view metric, std::string_view label, Kind kind)
{
    const auto refused = [](std::string message, const char *hint) {
        return Error{ErrorCode::Unprocessable, std::move(message), hint};
    };
    for (const std::string_view prefix : ownPrefixes) {
        if (metric.starts_with(prefix))
            return refused("Plimsoll writes " + quoted(metric) + " itself, with the labels that it needs.",
                           "");
    }
    if (label.starts_with("__"))
        return refused("Labels that begin with two underscores stay: they are how a series is found.", "");
    if (label == "le" || label == "quantile")
        return refused("The label " + quoted(label) + " says what each value means, so it stays.",
                       "Drop another label, or send fewer buckets.");
    if (isNeeded(metric, label))
        return refused("The pages of requests and costs are made of the label " + quoted(label) +
                           ", so it stays.",
                       "Send fewer values of it, for example the route in place of the path.");
    if (!mayMerge(kind))
        return refused(whyNotMerged(metric, kind), "Leave the label out where it is sent.");
    return {};
}

} // namespace plimsoll::ingest
