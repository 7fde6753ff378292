#pragma once

#include "storage/engine/Disk.h"

#include <map>
#include <mutex>

namespace plimsoll {

/// A file system in memory, for `--storage memory:`. Nothing on it outlives the object.
class MemoryDisk final : public Disk
{
public:
    Status makeDirectory(const std::filesystem::path &path) override;
    Result<std::vector<std::string>> list(const std::filesystem::path &directory) const override;
    Result<std::unique_ptr<DiskFile>> open(const std::filesystem::path &path) override;
    Result<std::unique_ptr<DiskFile>> create(const std::filesystem::path &path, uint64_t bytes) override;
    Status remove(const std::filesystem::path &path) override;
    Status rename(const std::filesystem::path &from, const std::filesystem::path &to) override;
    Status syncDirectory(const std::filesystem::path &directory) override;

    /// What the journal keeps here is memory, and saves nothing.
    uint64_t largestSegment() const override { return 1 << 20; }
    bool outlivesProcess() const override { return false; }

private:
    mutable std::mutex m_mutex;
    std::map<std::filesystem::path, std::shared_ptr<std::string>> m_files;
};

} // namespace plimsoll
