#include "storage/engine/rollup/RunningTotals.h"

namespace plimsoll {

std::optional<RunningTotals::Total> RunningTotals::find(SeriesId series, int64_t beforeMs) const
{
    const std::lock_guard lock(m_mutex);
    const auto it = m_totals.find(series);
    if (it == m_totals.end() || it->second.beforeMs > beforeMs)
        return std::nullopt;
    return it->second;
}

void RunningTotals::keep(SeriesId series, const Total &total)
{
    const std::lock_guard lock(m_mutex);
    if (m_totals.size() >= maxTotals || (total.histogram && m_histograms >= maxHistograms)) {
        m_totals.clear();
        m_histograms = 0;
    }
    Total &known = m_totals[series];
    if (total.beforeMs < known.beforeMs)
        return;
    m_histograms += total.histogram.has_value();
    m_histograms -= known.histogram.has_value();
    known = total;
}

std::shared_ptr<RunningTotals> RunningTotals::upTo(int64_t beforeMs) const
{
    auto copy = std::make_shared<RunningTotals>();
    const std::lock_guard lock(m_mutex);
    for (const auto &[series, total] : m_totals) {
        if (total.beforeMs <= beforeMs) {
            copy->m_totals.emplace(series, total);
            copy->m_histograms += total.histogram.has_value();
        }
    }
    return copy;
}

} // namespace plimsoll
