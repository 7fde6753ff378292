#include "storage/engine/Catalogue.h"

#include "storage/model/LabelsKey.h"

#include <xxhash.h>

#include <mutex>

namespace plimsoll {

namespace {

constexpr size_t firstTable = 1024;
constexpr size_t arenaBytes = 64 * 1024;

uint32_t tagOf(ProjectId project, std::string_view key)
{
    return static_cast<uint32_t>(XXH3_64bits_withSeed(key.data(), key.size(), project));
}

} // namespace

std::string_view nameInKey(std::string_view key)
{
    while (const auto label = takeLabel(key)) {
        if (label->name == nameLabel)
            return label->value;
    }
    return {};
}

size_t Catalogue::NameHash::operator()(const NameKey &key) const
{
    return XXH3_64bits_withSeed(key.text.data(), key.text.size(), key.project);
}

Catalogue::Catalogue()
    : m_series(1)
    , m_table(firstTable)
{
}

Catalogue::Hit Catalogue::lookUp(ProjectId project, std::string_view key) const
{
    const size_t mask = m_table.size() - 1;
    const uint32_t tag = tagOf(project, key);
    for (size_t place = tag & mask;; place = (place + 1) & mask) {
        const Cell &cell = m_table[place];
        if (cell.id == 0 || (cell.tag == tag && same(cell.id, project, key)))
            return {place, cell.id, tag};
    }
}

/// Senders repeat their order: the series that followed last time is compared first.
SeriesId Catalogue::find(ProjectId project, std::string_view key)
{
    const SeriesId guess = m_series[m_predicted].next;
    if (guess != 0 && same(guess, project, key)) {
        m_predicted = guess;
        return guess;
    }
    const SeriesId id = lookUp(project, key).id;
    if (id != 0) {
        m_series[m_predicted].next = id;
        m_predicted = id;
    }
    return id;
}

SeriesId Catalogue::add(ProjectId project, std::string_view key, Kind kind)
{
    const Hit hit = lookUp(project, key);
    if (hit.id != 0)
        return hit.id;
    const std::unique_lock lock(m_mutex);
    const auto id = static_cast<SeriesId>(m_series.size());
    insert({id, project, kind, key}, hit);
    return id;
}

bool Catalogue::restore(const SeriesDefinition &definition)
{
    const std::unique_lock lock(m_mutex);
    const Hit hit = lookUp(definition.project, definition.key);
    const bool idTaken = definition.id < m_series.size() && m_series[definition.id].project != noProject;
    if (hit.id == definition.id) {
        m_names[m_series[hit.id].name].kind = definition.kind;
        return true;
    }
    if (hit.id != 0 || idTaken)
        return false;
    insert(definition, hit);
    return true;
}

void Catalogue::insert(const SeriesDefinition &definition, const Hit &hit)
{
    if (m_series.size() <= definition.id)
        m_series.resize(definition.id + 1);
    Series &series = m_series[definition.id];
    series.key = keep(definition.key);
    series.project = definition.project;
    series.name = nameNumber(definition.project, nameInKey(series.key), definition.kind);
    m_names[series.name].kind = definition.kind;
    m_names[series.name].first = definition.id;
    m_table[hit.place] = {definition.id, hit.tag};
    if (++m_count * 2 > m_table.size())
        growTable();
    m_indexes[definition.project].add(definition.id, series.key);
}

std::string_view Catalogue::keep(std::string_view key)
{
    if (m_arena.empty() || m_arena.back().capacity() - m_arena.back().size() < key.size())
        m_arena.emplace_back().reserve(std::max(arenaBytes, key.size()));
    std::string &block = m_arena.back();
    const size_t start = block.size();
    block += key;
    return std::string_view(block).substr(start);
}

void Catalogue::growTable()
{
    std::vector<Cell> larger(m_table.size() * 2);
    const size_t mask = larger.size() - 1;
    for (const Cell &cell : m_table) {
        if (cell.id == 0)
            continue;
        size_t place = cell.tag & mask;
        while (larger[place].id != 0)
            place = (place + 1) & mask;
        larger[place] = cell;
    }
    m_table = std::move(larger);
}

/// The number of a name, whose bytes live as long as the catalogue where it is new.
uint32_t Catalogue::nameNumber(ProjectId project, std::string_view name, Kind kind)
{
    const auto isIt = [&](uint32_t number) {
        return number < m_names.size() && m_names[number].project == project && m_names[number].text == name;
    };
    const uint32_t expected = m_lastName < m_names.size() ? m_names[m_lastName].next : 0;
    if (isIt(expected))
        return m_lastName = expected;
    const auto [it, isNew] =
        m_nameNumbers.try_emplace({project, name}, static_cast<uint32_t>(m_names.size()));
    if (isNew)
        m_names.push_back({project, kind, name, 0, 0});
    m_names[m_lastName].next = it->second;
    return m_lastName = it->second;
}

std::optional<Kind> Catalogue::kindOf(ProjectId project, std::string_view name) const
{
    const auto it = m_nameNumbers.find({project, name});
    if (it == m_nameNumbers.end())
        return std::nullopt;
    return m_names[it->second].kind;
}

std::optional<Catalogue::Known> Catalogue::anyOf(ProjectId project, std::string_view name) const
{
    const auto it = m_nameNumbers.find({project, name});
    const SeriesId id = it == m_nameNumbers.end() ? 0 : m_names[it->second].first;
    if (id == 0)
        return std::nullopt;
    return Known{id, m_series[id].key};
}

void Catalogue::eachKeyOf(ProjectId project, std::string_view name,
                          const std::function<void(std::string_view)> &visit) const
{
    const auto index = m_indexes.find(project);
    const Posting *posting = index == m_indexes.end() ? nullptr : index->second.find(nameLabel, name);
    Roaring ids;
    if (posting)
        posting->addTo(ids);
    for (const SeriesId id : ids)
        visit(m_series[id].key);
}

void Catalogue::relabel(ProjectId project, std::string_view name, Kind kind)
{
    const std::unique_lock lock(m_mutex);
    const bool known = m_nameNumbers.contains({project, name});
    m_names[nameNumber(project, known ? name : keep(name), kind)].kind = kind;
    m_relabelled++;
}

size_t Catalogue::size() const
{
    const std::shared_lock lock(m_mutex);
    return m_count;
}

SeriesId Catalogue::lastId() const
{
    const std::shared_lock lock(m_mutex);
    return static_cast<SeriesId>(m_series.size() - 1);
}

uint64_t Catalogue::sizeOf(ProjectId project) const
{
    const std::shared_lock lock(m_mutex);
    const auto index = m_indexes.find(project);
    return index == m_indexes.end() ? 0 : index->second.all().size();
}

std::string Catalogue::definitionsAfter(SeriesId after, std::span<const SeriesId> others) const
{
    const std::shared_lock lock(m_mutex);
    DefinitionBlock block;
    const auto add = [&](SeriesId id) {
        const Series &series = m_series[id];
        if (series.project != noProject)
            block.add({id, series.project, m_names[series.name].kind, series.key});
    };
    for (const SeriesId id : others)
        add(id);
    for (size_t id = after + size_t(1); id < m_series.size(); id++)
        add(static_cast<SeriesId>(id));
    return block.empty() ? std::string() : block.bytes();
}

std::optional<Catalogue::Described> Catalogue::describe(SeriesId id) const
{
    const std::shared_lock lock(m_mutex);
    if (!knows(id))
        return std::nullopt;
    return Described{m_series[id].project, kindOf(id), Labels::fromKey(m_series[id].key).value_or(Labels())};
}

std::optional<Kind> Catalogue::kindIfKnown(SeriesId id) const
{
    const std::shared_lock lock(m_mutex);
    if (!knows(id))
        return std::nullopt;
    return kindOf(id);
}

} // namespace plimsoll
