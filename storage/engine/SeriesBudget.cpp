#include "storage/engine/SeriesBudget.h"

#include "storage/model/LabelsKey.h"

#include <algorithm>
#include <utility>

namespace plimsoll {

namespace {

void appendLabel(std::string &key, std::string_view name, std::string_view value)
{
    for (const std::string_view part : {name, value}) {
        appendVarint(key, part.size());
        key += part;
    }
}

/// The key with one label, or all of them where `label` is empty, folded; the name stays.
std::string withFolded(std::string_view key, std::string_view label)
{
    std::string out;
    while (const auto part = takeLabel(key)) {
        const bool folds = part->name != nameLabel && (label.empty() || part->name == label);
        appendLabel(out, part->name, folds ? SeriesBudget::otherValue : part->value);
    }
    return out;
}

/// Calls `visit` with each label but the name.
template<typename Visit>
void eachLabel(std::string_view key, Visit visit)
{
    while (const auto label = takeLabel(key)) {
        if (label->name != nameLabel)
            visit(*label);
    }
}

std::string grouped(uint64_t number)
{
    std::string text = std::to_string(number);
    for (size_t at = text.size(); at > 3; at -= 3)
        text.insert(at - 3, 1, ',');
    return text;
}

} // namespace

SeriesBudget::SeriesBudget(const Catalogue &catalogue)
    : m_catalogue(catalogue)
{
}

bool SeriesBudget::advance(int64_t nowMs)
{
    if (!m_seen.advance(nowMs))
        return false;
    m_names.clear();
    return true;
}

const std::vector<SeriesBudget::LabelCount> &SeriesBudget::labelsOf(ProjectId project, std::string_view name)
{
    if (m_names.size() > maxNames)
        m_names.clear();
    const auto [it, isNew] = m_names.try_emplace({project, std::string(name)});
    std::vector<LabelCount> &labels = it->second;
    if (!isNew)
        return labels;
    Values values;
    m_catalogue.eachKeyOf(project, name, [&](std::string_view key) {
        eachLabel(key, [&](const LabelView &label) { values[label.name].insert(label.value); });
    });
    if (const OwnValues *more = valuesInBatch(name)) {
        for (const auto &[label, texts] : *more)
            values[label].insert(texts.begin(), texts.end());
    }
    for (const auto &[label, texts] : values)
        labels.push_back({std::string(label), texts.size()});
    std::stable_sort(labels.begin(), labels.end(),
                     [](const LabelCount &a, const LabelCount &b) { return a.values > b.values; });
    return labels;
}

const SeriesBudget::OwnValues *SeriesBudget::valuesInBatch(std::string_view name)
{
    if (!std::exchange(m_batchKnown, true)) {
        m_batchValues.clear();
        for (size_t i = 0; m_batch && i < m_batch->series.size(); i++) {
            const std::string_view key = m_batch->series[i].canonicalKey();
            if (!isLabelsKey(key))
                continue;
            OwnValues &values = m_batchValues[std::string(nameInKey(key))];
            eachLabel(key,
                      [&](const LabelView &label) { values[std::string(label.name)].emplace(label.value); });
        }
    }
    const auto found = m_batchValues.find(name);
    return found == m_batchValues.end() ? nullptr : &found->second;
}

void SeriesBudget::noteNewFold(ProjectId project, std::string_view key)
{
    const auto known = m_names.find(std::pair(project, std::string(nameInKey(key))));
    if (known == m_names.end())
        return;
    uint64_t sum = 0;
    for (const LabelCount &label : known->second)
        sum += label.values;
    if (sum < fewValues)
        m_names.erase(known);
}

SeriesBudget::LabelCount SeriesBudget::heaviestOf(ProjectId project, std::string_view key)
{
    std::vector<std::string_view> own;
    for (std::string_view rest = key; const auto label = takeLabel(rest);) {
        if (label->name != nameLabel)
            own.push_back(label->name);
    }
    for (const LabelCount &each : labelsOf(project, nameInKey(key))) {
        if (std::find(own.begin(), own.end(), each.label) != own.end())
            return each;
    }
    return own.empty() ? LabelCount() : LabelCount{std::string(own.front()), 0};
}

std::vector<std::string> SeriesBudget::folded(ProjectId project, std::string_view key)
{
    const LabelCount heaviest = heaviestOf(project, key);
    if (heaviest.label.empty())
        return {};
    std::vector<std::string> keys{withFolded(key, heaviest.label), withFolded(key, {})};
    if (keys.front() == keys.back())
        keys.pop_back();
    return keys;
}

/// Beyond a thousand names they are counted together.
SeriesUse::Excess &SeriesBudget::excess(ProjectId project, std::string_view key)
{
    const std::string_view name = nameInKey(key);
    const auto known = m_excess.find({project, std::string(name)});
    if (known == m_excess.end() && m_excess.size() >= maxExcess) {
        const auto rest = m_excess.try_emplace({project, std::string(otherValue)}).first;
        rest->second.name = otherValue;
        return rest->second;
    }
    const auto entry = m_excess.try_emplace({project, std::string(name)}).first;
    if (known == m_excess.end()) {
        entry->second.name = name;
        entry->second.label = heaviestOf(project, key).label;
    }
    return entry->second;
}

void SeriesBudget::noteFolded(ProjectId project, std::string_view key)
{
    const std::lock_guard lock(m_mutex);
    excess(project, key).folded++;
}

void SeriesBudget::noteRefused(ProjectId project, std::string_view key)
{
    const std::lock_guard lock(m_mutex);
    excess(project, key).refused++;
}

std::string SeriesBudget::refusalMessage(ProjectId project, std::string_view key)
{
    std::string text =
        "The project has " + grouped(m_seen.active(project)) + " active series, which is its budget";
    const LabelCount heaviest = heaviestOf(project, key);
    const std::string name(nameInKey(key));
    if (heaviest.label.empty())
        return text + ", and " + name + " would be one more.";
    return text + "; of " + name + " the label \"" + heaviest.label + "\" has the most values (" +
           grouped(heaviest.values) + ").";
}

SeriesUse SeriesBudget::use(ProjectId project) const
{
    SeriesUse use;
    use.active = m_seen.active(project);
    use.series = m_catalogue.sizeOf(project);
    const std::lock_guard lock(m_mutex);
    for (const auto &[key, entry] : m_excess) {
        if (key.first == project)
            use.excess.push_back(entry);
    }
    return use;
}

} // namespace plimsoll
