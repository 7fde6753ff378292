#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace plimsoll::http {

/// Which records have writes on their way to the store. What is in memory is newer than what is stored of
/// them, so a reload leaves them alone. Thread-safe.
class PendingWrites
{
public:
    /// One write; it is over when the last copy goes, also where the store drops it unwritten.
    class Write
    {
    public:
        Write(std::shared_ptr<PendingWrites> all, std::string id)
            : m_all(std::move(all))
            , m_id(std::move(id))
        {
            const std::lock_guard lock(m_all->m_mutex);
            m_all->m_counts[m_id]++;
        }
        ~Write()
        {
            const std::lock_guard lock(m_all->m_mutex);
            const auto it = m_all->m_counts.find(m_id);
            if (--it->second == 0)
                m_all->m_counts.erase(it);
        }
        Write(const Write &) = delete;
        Write &operator=(const Write &) = delete;

    private:
        std::shared_ptr<PendingWrites> m_all;
        std::string m_id;
    };
    using WritePtr = std::shared_ptr<const Write>;

    static WritePtr begin(const std::shared_ptr<PendingWrites> &all, const std::string &id)
    {
        return std::make_shared<const Write>(all, id);
    }

    bool contains(const std::string &id) const
    {
        const std::lock_guard lock(m_mutex);
        return m_counts.contains(id);
    }

private:
    mutable std::mutex m_mutex;
    std::map<std::string, int, std::less<>> m_counts;
};

} // namespace plimsoll::http
