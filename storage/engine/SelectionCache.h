#pragma once

#include "storage/model/Batch.h"
#include "storage/model/Labels.h"
#include "storage/model/Matcher.h"

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace plimsoll {

/// The series of a project that satisfy some matchers, ordered by labels: columns of equal length.
struct Selection
{
    uint64_t generation = 0; ///< of the catalogue that it was made of
    std::vector<SeriesId> ids;
    std::vector<Kind> kinds;
    std::vector<std::shared_ptr<const Labels>> labels;

    size_t size() const { return ids.size(); }
    size_t memoryBytes() const;
};

using SelectionPtr = std::shared_ptr<const Selection>;

/// Selections that were asked for lately: dashboards and rules ask the same again and again. Safe from any
/// thread.
class SelectionCache
{
public:
    explicit SelectionCache(size_t maxBytes)
        : m_maxBytes(maxBytes)
    {
    }

    static std::string keyOf(ProjectId project, std::span<const Matcher> matchers);
    /// What is known for a key, be it of an older generation; null where nothing is.
    SelectionPtr find(const std::string &key);
    void keep(const std::string &key, SelectionPtr selection);
    /// Lets go what was not asked for since the call before; returns how many bytes it took.
    size_t dropUnused();
    size_t memoryBytes() const;

private:
    struct Kept
    {
        SelectionPtr selection;
        size_t bytes = 0;
        bool wasUsed = true;
        std::list<std::string>::iterator use;
    };
    using Map = std::unordered_map<std::string, Kept>;
    void drop(Map::iterator it);

    const size_t m_maxBytes;
    mutable std::mutex m_mutex;
    size_t m_bytes = 0;
    Map m_kept;
    std::list<std::string> m_uses; ///< the latest first
};

} // namespace plimsoll
