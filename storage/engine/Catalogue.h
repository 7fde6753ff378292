#pragma once

#include "storage/engine/LabelIndex.h"
#include "storage/engine/SelectionCache.h"
#include "storage/engine/SeriesDefinition.h"
#include "storage/model/Labels.h"
#include "storage/model/Matcher.h"
#include "storage/model/Result.h"
#include "storage/model/StopToken.h"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace plimsoll {

/// All series: (project, key) to a dense id and back, the kind of each (project, name), and the ids by label
/// value.
///
/// Threads: one thread adds and looks up (the ingest thread, through the functions of the first group); the
/// others may be called from any.
class Catalogue
{
public:
    Catalogue();

    /// The id of a series, 0 where it is not known.
    SeriesId find(ProjectId project, std::string_view key);
    /// Adds a series, unless it is known; its name must have this kind, or none yet.
    SeriesId add(ProjectId project, std::string_view key, Kind kind);
    /// Takes a definition from disk. False where it contradicts an earlier one.
    bool restore(const SeriesDefinition &definition);
    /// The kind of a (project, name), if it has series or was reserved.
    std::optional<Kind> kindOf(ProjectId project, std::string_view name) const;
    /// The key of a known series; its bytes live as long as the catalogue.
    std::string_view keyOf(SeriesId id) const { return m_series[id].key; }
    Kind kindOf(SeriesId id) const { return m_names[m_series[id].name].kind; }
    struct Known
    {
        SeriesId id = 0;
        std::string_view key; ///< lives as long as the catalogue
    };
    ProjectId projectOf(SeriesId id) const { return m_series[id].project; }
    /// Calls `visit` with the key of each series of a metric.
    void eachKeyOf(ProjectId project, std::string_view name,
                   const std::function<void(std::string_view)> &visit) const;
    /// Some series of a (project, name), if it has one.
    std::optional<Known> anyOf(ProjectId project, std::string_view name) const;
    /// Changes what the samples of a name mean; for untyped names whose type becomes known.
    void relabel(ProjectId project, std::string_view name, Kind kind);
    bool knows(SeriesId id) const
    {
        return id > 0 && id < m_series.size() && m_series[id].project != noProject;
    }

    /// The rest is safe from any thread.
    size_t size() const;
    SeriesId lastId() const;
    /// The series of a project.
    uint64_t sizeOf(ProjectId project) const;
    /// The definitions of the ids above `after`, and of some others; empty where there are none.
    std::string definitionsAfter(SeriesId after, std::span<const SeriesId> others = {}) const;
    /// The ids of a project's series that satisfy all matchers. Fails with Invalid for a bad regular
    /// expression, and where `stop` says so.
    Result<Roaring> match(ProjectId project, std::span<const Matcher> matchers,
                          const StopToken &stop = StopToken::never()) const;
    /// The same with their labels and in the order of these; kept for the next one who asks, unless they are
    /// very many: then only those are described of which `takes` says so.
    using Takes = std::function<std::vector<bool>(std::span<const SeriesId>)>;
    Result<SelectionPtr> select(ProjectId project, std::span<const Matcher> matchers, const Takes &takes,
                                const StopToken &stop) const;
    SelectionCache &selections() const { return m_selections; }

    struct Described
    {
        ProjectId project = 0;
        Kind kind = Kind::Gauge;
        Labels labels;
    };
    std::optional<Described> describe(SeriesId id) const;
    std::optional<Kind> kindIfKnown(SeriesId id) const;

private:
    static constexpr ProjectId noProject = UINT32_MAX;
    static constexpr size_t selectionBytes = 12U << 20;
    static constexpr size_t maxKeptSeries = 50'000; ///< of a selection

    struct Series
    {
        std::string_view key;
        ProjectId project = noProject;
        uint32_t name = 0;
        uint32_t next = 0; ///< the series that followed this one in a batch
    };
    struct Name
    {
        ProjectId project;
        Kind kind;
        std::string_view text;
        SeriesId first = 0; ///< one of its series
        uint32_t next = 0;  ///< the name that followed it last time
    };
    struct NameKey
    {
        ProjectId project;
        std::string_view text;
        bool operator==(const NameKey &) const = default;
    };
    struct NameHash
    {
        size_t operator()(const NameKey &key) const;
    };
    struct Cell
    {
        SeriesId id = 0;
        uint32_t tag = 0; ///< of the key's hash; its low bits are the place
    };

    struct Hit
    {
        size_t place;
        SeriesId id;
        uint32_t tag;
    };
    Hit lookUp(ProjectId project, std::string_view key) const;
    bool same(SeriesId id, ProjectId project, std::string_view key) const
    {
        return m_series[id].key == key && m_series[id].project == project;
    }
    void insert(const SeriesDefinition &definition, const Hit &hit);
    std::string_view keep(std::string_view key);
    void growTable();
    uint32_t nameNumber(ProjectId project, std::string_view name, Kind kind);
    Result<Roaring> matching(const LabelIndex &index, const Matcher &matcher, const StopToken &stop) const;
    uint64_t generation() const;
    Result<std::shared_ptr<Selection>> describeAll(std::span<const SeriesId> ids, const SelectionPtr &known,
                                                   const StopToken &stop) const;

    mutable std::shared_mutex m_mutex;
    std::vector<Series> m_series; ///< by id
    std::vector<Cell> m_table;    ///< open addressing, a power of two
    std::vector<Name> m_names;
    std::unordered_map<NameKey, uint32_t, NameHash> m_nameNumbers;
    uint32_t m_lastName = 0;
    std::map<ProjectId, LabelIndex> m_indexes;
    std::deque<std::string> m_arena; ///< the bytes of all keys
    size_t m_count = 0;
    uint64_t m_relabelled = 0; ///< how often the kind of a name was changed
    SeriesId m_predicted = 0;
    mutable SelectionCache m_selections{selectionBytes};
};

/// The metric name in a canonical key, empty where it has none.
std::string_view nameInKey(std::string_view key);

} // namespace plimsoll
