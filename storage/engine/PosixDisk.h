#pragma once

#include "storage/engine/Disk.h"

namespace plimsoll {

/// The real file system. What is written durably goes past the page cache in one system call (O_DIRECT and
/// O_DSYNC) where the file system does that and it is short, else by pwrite and fdatasync.
class PosixDisk final : public Disk
{
public:
    /// `direct` is for measurements: false never goes past the page cache.
    explicit PosixDisk(bool direct = true)
        : m_direct(direct)
    {
    }

    Status makeDirectory(const std::filesystem::path &path) override;
    Result<std::vector<std::string>> list(const std::filesystem::path &directory) const override;
    Result<std::unique_ptr<DiskFile>> open(const std::filesystem::path &path) override;
    Result<std::unique_ptr<DiskFile>> create(const std::filesystem::path &path, uint64_t bytes) override;
    Status remove(const std::filesystem::path &path) override;
    Status rename(const std::filesystem::path &from, const std::filesystem::path &to) override;
    uint64_t capacity(const std::filesystem::path &directory) const override;
    Status syncDirectory(const std::filesystem::path &directory) override;

private:
    const bool m_direct;
};

} // namespace plimsoll
