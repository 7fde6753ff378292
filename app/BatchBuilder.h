#pragma once

#include "storage/model/Batch.h"
#include "storage/model/Labels.h"

namespace plimsoll::app {

/// Fills a batch with figures of one instant, each an item and a series of its own.
class BatchBuilder
{
public:
    /// `instance` becomes the label of that name of all series, where it is not empty.
    BatchBuilder(ProjectId project, int64_t timestampMs, std::string_view instance = {})
        : m_timestampMs(timestampMs)
        , m_instance(instance)
    {
        m_batch.project = project;
    }

    void gauge(std::string_view name, double value, Labels labels = {})
    {
        add(name, Kind::Gauge, value, std::move(labels));
    }
    void counter(std::string_view name, double value, Labels labels = {})
    {
        add(name, Kind::Counter, value, std::move(labels));
    }

    /// What was observed since the last batch.
    void distribution(std::string_view name, Histogram observed, Labels labels = {})
    {
        const uint32_t position = addSeries(name, Kind::Distribution, std::move(labels));
        m_batch.histograms.push_back(
            {position, m_timestampMs, std::move(observed), m_batch.series[position].item});
    }

    Batch take() { return std::move(m_batch); }

private:
    void add(std::string_view name, Kind kind, double value, Labels labels)
    {
        const uint32_t position = addSeries(name, kind, std::move(labels));
        m_batch.floats.push_back({position, m_timestampMs, value, m_batch.series[position].item});
    }

    uint32_t addSeries(std::string_view name, Kind kind, Labels labels)
    {
        labels.set(nameLabel, name);
        if (!m_instance.empty())
            labels.set("instance", m_instance);
        const auto position = static_cast<uint32_t>(m_batch.series.size());
        const Batch::ItemIndex item = m_batch.itemCount++;
        m_batch.series.push_back({labels.key(), kind, false, item});
        return position;
    }

    Batch m_batch;
    int64_t m_timestampMs;
    std::string m_instance;
};

} // namespace plimsoll::app
