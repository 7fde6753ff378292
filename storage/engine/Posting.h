#pragma once

#include "storage/model/Batch.h"

#include <roaring/roaring.hh>

#include <memory>
#include <vector>

namespace plimsoll {

/// The ids of the series that have one label value. Ids arrive rising; few are kept as a list, many as a
/// bitmap.
class Posting
{
public:
    void add(SeriesId id)
    {
        if (m_bitmap) {
            m_bitmap->add(id);
            return;
        }
        m_few.push_back(id);
        if (m_few.size() > maxFew) {
            m_bitmap = std::make_unique<Roaring>(m_few.size(), m_few.data());
            m_few = {};
        }
    }

    void addTo(Roaring &ids) const
    {
        if (m_bitmap)
            ids |= *m_bitmap;
        else
            ids.addMany(m_few.size(), m_few.data());
    }

private:
    static constexpr size_t maxFew = 32;

    std::vector<SeriesId> m_few;
    std::unique_ptr<Roaring> m_bitmap;
};

} // namespace plimsoll
