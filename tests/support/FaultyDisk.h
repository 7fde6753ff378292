#pragma once

#include "storage/engine/Disk.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>

namespace plimsoll::test {

/// A disk in memory that tests can break. What was not synced is lost by powerLoss(), creations and removals
/// without a sync of their directory too. As on Linux, bytes whose sync failed are never written by a later
/// sync.
class FaultyDisk final : public Disk
{
public:
    static constexpr int never = -1;

    /// Fail the n-th write or sync from now, counted from 0. A failing write leaves `tornBytes` of its bytes
    /// behind.
    void failWrite(int n, size_t tornBytes = 0)
    {
        const std::lock_guard lock(m_mutex);
        m_writesLeft = n;
        m_tornBytes = tornBytes;
    }
    void failSync(int n)
    {
        const std::lock_guard lock(m_mutex);
        m_syncsLeft = n;
    }
    /// From the n-th write or sync on everything fails, until powerLoss().
    void dieAt(int n)
    {
        const std::lock_guard lock(m_mutex);
        m_lifeLeft = n;
    }
    const std::atomic<bool> &dead() const { return m_dead; }
    /// Syncs answer well and make nothing durable: what a test of durability must notice.
    void lieAboutSyncs() { m_lies = true; }
    /// How many writes and syncs (of files and directories) were asked for since the last call.
    int takeOperations()
    {
        const std::lock_guard lock(m_mutex);
        return std::exchange(m_operations, 0);
    }
    /// True once a planned failure has happened.
    bool failed() const
    {
        const std::lock_guard lock(m_mutex);
        return m_failed;
    }

    /// Forgets failures that were planned and not met.
    void heal()
    {
        const std::lock_guard lock(m_mutex);
        m_writesLeft = m_syncsLeft = m_lifeLeft = never;
    }
    /// True once a failure has happened, power losses notwithstanding.
    bool everFailed() const { return m_everFailed; }
    /// How many files were made whose names begin so.
    int created(const std::string &prefix) const
    {
        const std::lock_guard lock(m_mutex);
        int count = 0;
        for (const std::string &name : m_created)
            count += name.starts_with(prefix) ? 1 : 0;
        return count;
    }

    /// The machine stops: of what was not synced each sector of 512 bytes survives by chance (never with seed
    /// 0).
    void powerLoss(uint32_t seed = 0)
    {
        const std::lock_guard lock(m_mutex);
        std::mt19937 random(seed);
        if (m_dead)
            m_lifeLeft = never;
        m_failed = false;
        m_dead = false;
        std::erase_if(m_files, [](const auto &file) { return !file.second->linked; });
        for (auto &[path, file] : m_removed)
            m_files.try_emplace(path, file);
        m_removed.clear();
        for (auto &[path, file] : m_files) {
            for (const auto &[offset, size] : file->dirty) {
                for (size_t at = offset; seed != 0 && at < offset + size; at += 512) {
                    if (random() % 2 == 0)
                        file->persist(at, std::min<size_t>(512, offset + size - at));
                }
            }
            file->dirty.clear();
            file->bytes = file->durable;
        }
    }

    /// For damage at rest.
    std::string &bytesOf(const std::filesystem::path &path)
    {
        const std::lock_guard lock(m_mutex);
        File &file = *m_files.at(path);
        m_touched.push_back(&file);
        return file.bytes;
    }
    /// Makes what was done to bytesOf() durable.
    void keepDamage()
    {
        const std::lock_guard lock(m_mutex);
        for (File *file : m_touched)
            file->durable = file->bytes;
        m_touched.clear();
    }
    std::vector<std::filesystem::path> files() const
    {
        const std::lock_guard lock(m_mutex);
        std::vector<std::filesystem::path> paths;
        for (const auto &[path, file] : m_files)
            paths.push_back(path);
        return paths;
    }

    Status makeDirectory(const std::filesystem::path &) override { return {}; }
    Result<std::vector<std::string>> list(const std::filesystem::path &directory) const override
    {
        const std::lock_guard lock(m_mutex);
        std::vector<std::string> names;
        for (const auto &[path, file] : m_files) {
            if (path.parent_path() == directory)
                names.push_back(path.filename().string());
        }
        return names;
    }
    Result<std::unique_ptr<DiskFile>> open(const std::filesystem::path &path) override
    {
        const std::lock_guard lock(m_mutex);
        const auto it = m_files.find(path);
        if (it == m_files.end())
            return broken();
        return std::unique_ptr<DiskFile>(std::make_unique<Handle>(*this, it->second));
    }
    Result<std::unique_ptr<DiskFile>> create(const std::filesystem::path &path, uint64_t bytes) override
    {
        const std::lock_guard lock(m_mutex);
        if (m_dead)
            return broken();
        m_created.push_back(path.filename().string());
        auto file = std::make_shared<File>();
        file->bytes.resize(bytes);
        file->durable.resize(bytes);
        if (!m_files.try_emplace(path, file).second)
            return broken();
        return std::unique_ptr<DiskFile>(std::make_unique<Handle>(*this, file));
    }
    Status remove(const std::filesystem::path &path) override
    {
        const std::lock_guard lock(m_mutex);
        if (const auto it = m_files.find(path); it != m_files.end()) {
            if (it->second->linked)
                m_removed[path] = it->second;
            m_files.erase(it);
        }
        return {};
    }
    Status rename(const std::filesystem::path &from, const std::filesystem::path &to) override
    {
        const std::lock_guard lock(m_mutex);
        const auto it = m_files.find(from);
        if (it == m_files.end())
            return broken();
        if (it->second->linked)
            m_removed[from] = it->second;
        if (const auto old = m_files.find(to); old != m_files.end() && old->second->linked)
            m_removed[to] = old->second;
        auto copy = std::make_shared<File>(*it->second);
        copy->linked = false;
        m_files[to] = copy;
        m_files.erase(from);
        return {};
    }
    Status syncDirectory(const std::filesystem::path &) override
    {
        const std::lock_guard lock(m_mutex);
        if (countDown(m_syncsLeft))
            return broken();
        for (auto &[path, file] : m_files)
            file->linked = true;
        m_removed.clear();
        return {};
    }

private:
    struct File
    {
        std::string bytes;
        std::string durable;
        std::vector<std::pair<size_t, size_t>> dirty;
        bool linked = false; ///< its name is durable

        void persist(size_t offset, size_t size)
        {
            durable.resize(std::max(durable.size(), offset + size));
            std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(offset), size,
                        durable.begin() + static_cast<ptrdiff_t>(offset));
        }
    };

    class Handle final : public DiskFile
    {
    public:
        Handle(FaultyDisk &disk, std::shared_ptr<File> file)
            : m_disk(disk)
            , m_file(std::move(file))
        {
        }

        Status write(uint64_t offset, std::string_view bytes) override
        {
            const std::lock_guard lock(m_disk.m_mutex);
            const bool fails = m_disk.countDown(m_disk.m_writesLeft);
            if (fails)
                bytes = bytes.substr(0, m_disk.m_tornBytes);
            if (m_file->bytes.size() < offset + bytes.size())
                m_file->bytes.resize(offset + bytes.size());
            std::copy(bytes.begin(), bytes.end(), m_file->bytes.begin() + static_cast<ptrdiff_t>(offset));
            m_file->dirty.emplace_back(offset, bytes.size());
            return fails ? Status(broken()) : Status();
        }
        Status sync() override
        {
            const std::lock_guard lock(m_disk.m_mutex);
            if (m_disk.countDown(m_disk.m_syncsLeft)) {
                m_file->dirty.clear();
                return broken();
            }
            for (const auto &[offset, size] : m_file->dirty) {
                if (!m_disk.m_lies)
                    m_file->persist(offset, size);
            }
            m_file->dirty.clear();
            return {};
        }
        Result<size_t> read(uint64_t offset, char *buffer, size_t size) const override
        {
            const std::lock_guard lock(m_disk.m_mutex);
            if (offset >= m_file->bytes.size())
                return size_t(0);
            const size_t count = std::min<size_t>(size, m_file->bytes.size() - offset);
            std::copy_n(m_file->bytes.begin() + static_cast<ptrdiff_t>(offset), count, buffer);
            return count;
        }
        uint64_t size() const override
        {
            const std::lock_guard lock(m_disk.m_mutex);
            return m_file->bytes.size();
        }

    private:
        FaultyDisk &m_disk;
        std::shared_ptr<File> m_file;
    };

    static Error broken() { return {ErrorCode::Unavailable, "The disk is broken.", {}}; }

    bool countDown(int &left)
    {
        m_operations++;
        if (m_lifeLeft != never && m_lifeLeft-- <= 0) {
            m_lifeLeft = 0;
            m_failed = m_dead = m_everFailed = true;
            return true;
        }
        if (left == never)
            return false;
        if (left-- > 0)
            return false;
        left = never;
        m_failed = m_everFailed = true;
        return true;
    }

    mutable std::mutex m_mutex;
    std::map<std::filesystem::path, std::shared_ptr<File>> m_files;
    std::map<std::filesystem::path, std::shared_ptr<File>> m_removed;
    std::vector<File *> m_touched;
    int m_writesLeft = never;
    int m_syncsLeft = never;
    int m_lifeLeft = never;
    std::atomic<bool> m_dead = false;
    std::atomic<bool> m_lies = false;
    int m_operations = 0;
    size_t m_tornBytes = 0;
    bool m_failed = false;
    bool m_everFailed = false;
    std::vector<std::string> m_created;
};

} // namespace plimsoll::test
