#pragma once

#include "storage/model/Batch.h"

#include <roaring/roaring.hh>

#include <algorithm>
#include <memory>
#include <vector>

namespace plimsoll {

/// The ids of the series that have one label value. Ids mostly arrive rising, many of them one after the
/// other: the newest run is kept apart; before it few are kept as a list, many as a bitmap.
class Posting
{
public:
    void add(SeriesId id)
    {
        if (id == m_runEnd && m_runEnd > m_runStart) {
            m_runEnd++;
            return;
        }
        settle();
        m_runStart = id;
        m_runEnd = id + 1;
    }

    bool contains(SeriesId id) const
    {
        if (id >= m_runStart && id < m_runEnd)
            return true;
        return m_bitmap ? m_bitmap->contains(id) : std::find(m_few.begin(), m_few.end(), id) != m_few.end();
    }
    uint64_t size() const
    {
        return (m_runEnd - m_runStart) + (m_bitmap ? m_bitmap->cardinality() : m_few.size());
    }

    void addTo(Roaring &ids) const
    {
        if (m_bitmap)
            ids |= *m_bitmap;
        else
            ids.addMany(m_few.size(), m_few.data());
        if (m_runEnd > m_runStart)
            ids.addRange(m_runStart, m_runEnd);
    }
    /// Takes out of `ids` what is not here.
    void keepIn(Roaring &ids) const
    {
        if (ids.cardinality() <= fewToAsk) {
            Roaring kept;
            for (const SeriesId id : ids) {
                if (contains(id))
                    kept.add(id);
            }
            ids = std::move(kept);
            return;
        }
        Roaring own;
        addTo(own);
        ids &= own;
    }

private:
    static constexpr size_t maxFew = 32;
    static constexpr uint64_t fewToAsk = 256;

    void settle()
    {
        const uint64_t count = m_runEnd - m_runStart;
        if (!m_bitmap && m_few.size() + count > maxFew) {
            m_bitmap = std::make_unique<Roaring>(m_few.size(), m_few.data());
            m_few = {};
        }
        if (m_bitmap && count == 1)
            m_bitmap->add(m_runStart);
        else if (m_bitmap)
            m_bitmap->addRange(m_runStart, m_runEnd);
        else
            for (SeriesId id = m_runStart; id < m_runEnd; id++)
                m_few.push_back(id);
    }

    SeriesId m_runStart = 0; ///< the newest run; empty where it ends at its start
    SeriesId m_runEnd = 0;
    std::vector<SeriesId> m_few;
    std::unique_ptr<Roaring> m_bitmap;
};

} // namespace plimsoll
