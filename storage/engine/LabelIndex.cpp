#include "storage/engine/LabelIndex.h"

#include "storage/model/LabelsKey.h"

#include <xxhash.h>

namespace plimsoll {

void LabelIndex::add(SeriesId id, std::string_view key)
{
    m_all.add(id);
    uint32_t number = none;
    while (const auto label = takeLabel(key)) {
        number = labelNumber(number, label->name);
        postingOf(m_labels[number], label->value).add(id);
    }
}

const Posting *LabelIndex::find(std::string_view name, std::string_view value) const
{
    const Label *label = labelOf(name);
    if (!label)
        return nullptr;
    const uint32_t found = label->table[placeOf(*label, value)];
    return found == none ? nullptr : &label->values[found].series;
}

const std::vector<LabelIndex::Value> &LabelIndex::values(std::string_view name) const
{
    static const std::vector<Value> nothing;
    const Label *label = labelOf(name);
    return label ? label->values : nothing;
}

const LabelIndex::Label *LabelIndex::labelOf(std::string_view name) const
{
    const auto it = m_numbers.find(name);
    return it == m_numbers.end() ? nullptr : &m_labels[it->second];
}

uint32_t LabelIndex::labelNumber(uint32_t before, std::string_view name)
{
    uint32_t &expected = before == none ? m_first : m_labels[before].next;
    if (expected != none && m_labels[expected].name == name)
        return expected;
    const auto [it, isNew] = m_numbers.try_emplace(name, static_cast<uint32_t>(m_labels.size()));
    expected = it->second;
    if (isNew) {
        m_labels.emplace_back().name = name;
        m_labels.back().table.assign(2, none);
    }
    return it->second;
}

size_t LabelIndex::placeOf(const Label &label, std::string_view value)
{
    const size_t mask = label.table.size() - 1;
    size_t place = XXH3_64bits(value.data(), value.size()) & mask;
    while (label.table[place] != none && label.values[label.table[place]].text != value)
        place = (place + 1) & mask;
    return place;
}

Posting &LabelIndex::postingOf(Label &label, std::string_view value)
{
    if (label.last != none && label.values[label.last].text == value)
        return label.values[label.last].series;
    size_t place = placeOf(label, value);
    if (label.table[place] == none) {
        if ((label.values.size() + 1) * 2 > label.table.size()) {
            grow(label);
            place = placeOf(label, value);
        }
        label.table[place] = static_cast<uint32_t>(label.values.size());
        label.values.push_back({value, {}});
    }
    label.last = label.table[place];
    return label.values[label.last].series;
}

void LabelIndex::grow(Label &label)
{
    label.table.assign(label.table.size() * 2, none);
    for (size_t i = 0; i < label.values.size(); i++)
        label.table[placeOf(label, label.values[i].text)] = static_cast<uint32_t>(i);
}

} // namespace plimsoll
