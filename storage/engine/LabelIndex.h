#pragma once

#include "storage/engine/Posting.h"

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace plimsoll {

/// The series of one project by the values of their labels. Not thread-safe.
///
/// Keys of series that follow each other name the same labels in the same order, with many of the same
/// values: what came last is compared first, the rest is hashed.
class LabelIndex
{
public:
    struct Value
    {
        std::string_view text;
        Posting series;
    };

    /// Adds a series by its canonical key, whose bytes must live as long as the index.
    void add(SeriesId id, std::string_view key);

    const Posting &all() const { return m_all; }
    /// The series with this value; null where there are none.
    const Posting *find(std::string_view name, std::string_view value) const;
    /// All values of a label, in no order; empty where no series has it.
    const std::vector<Value> &values(std::string_view name) const;

private:
    static constexpr uint32_t none = UINT32_MAX;

    struct Label
    {
        std::string_view name;
        uint32_t next = none; ///< the label that followed it last time
        uint32_t last = none; ///< the value found last
        std::vector<Value> values;
        std::vector<uint32_t> table; ///< positions in `values`, open addressing, a power of two
    };

    uint32_t labelNumber(uint32_t before, std::string_view name);
    const Label *labelOf(std::string_view name) const;
    static Posting &postingOf(Label &label, std::string_view value);
    static size_t placeOf(const Label &label, std::string_view value);
    static void grow(Label &label);

    Posting m_all;
    std::vector<Label> m_labels;
    std::unordered_map<std::string_view, uint32_t> m_numbers; ///< of labels, by name
    uint32_t m_first = none;                                  ///< the label that began the last key
};

} // namespace plimsoll
