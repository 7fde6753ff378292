#include "storage/engine/SelectionCache.h"

#include "storage/model/Varint.h"

namespace plimsoll {

size_t Selection::memoryBytes() const
{
    constexpr size_t inPlace = 15; // a std::string holds so many itself
    constexpr size_t perEntry = sizeof(SeriesId) + sizeof(Kind) + sizeof(labels[0]) + 96;
    size_t bytes = sizeof(Selection) + size() * perEntry;
    for (const auto &one : labels) {
        for (const auto &[name, value] : *one) {
            bytes += sizeof(Labels::Pair);
            for (const std::string *text : {&name, &value})
                bytes += text->size() > inPlace ? text->size() + 16 : 0;
        }
    }
    return bytes;
}

std::string SelectionCache::keyOf(ProjectId project, std::span<const Matcher> matchers)
{
    std::string key;
    appendVarint(key, project);
    for (const Matcher &matcher : matchers) {
        key += static_cast<char>(matcher.op);
        for (const std::string_view text :
             {std::string_view(matcher.name), std::string_view(matcher.value)}) {
            appendVarint(key, text.size());
            key += text;
        }
    }
    return key;
}

SelectionPtr SelectionCache::find(const std::string &key)
{
    const std::lock_guard lock(m_mutex);
    const auto it = m_kept.find(key);
    if (it == m_kept.end())
        return nullptr;
    m_uses.splice(m_uses.begin(), m_uses, it->second.use);
    it->second.wasUsed = true;
    return it->second.selection;
}

void SelectionCache::keep(const std::string &key, SelectionPtr selection)
{
    const size_t bytes = selection->memoryBytes() + 2 * key.size();
    if (bytes > m_maxBytes)
        return;
    const std::lock_guard lock(m_mutex);
    if (const auto known = m_kept.find(key); known != m_kept.end())
        drop(known);
    while (m_bytes + bytes > m_maxBytes)
        drop(m_kept.find(m_uses.back()));
    m_uses.push_front(key);
    m_kept.emplace(key, Kept{std::move(selection), bytes, true, m_uses.begin()});
    m_bytes += bytes;
}

size_t SelectionCache::dropUnused()
{
    std::vector<SelectionPtr> unused; // freed when nobody waits for the mutex
    const std::lock_guard lock(m_mutex);
    const size_t before = m_bytes;
    for (auto it = m_kept.begin(); it != m_kept.end();) {
        const auto next = std::next(it);
        if (!it->second.wasUsed) {
            unused.push_back(it->second.selection);
            drop(it);
        } else {
            it->second.wasUsed = false;
        }
        it = next;
    }
    return before - m_bytes;
}

size_t SelectionCache::memoryBytes() const
{
    const std::lock_guard lock(m_mutex);
    return m_bytes;
}

void SelectionCache::drop(Map::iterator it)
{
    m_bytes -= it->second.bytes;
    m_uses.erase(it->second.use);
    m_kept.erase(it);
}

} // namespace plimsoll
