#pragma once

#include "storage/engine/Disk.h"

namespace plimsoll {

/// The real file system: pwrite and fdatasync on files whose room is reserved beforehand.
class PosixDisk final : public Disk
{
public:
    Status makeDirectory(const std::filesystem::path &path) override;
    Result<std::vector<std::string>> list(const std::filesystem::path &directory) const override;
    Result<std::unique_ptr<DiskFile>> open(const std::filesystem::path &path) override;
    Result<std::unique_ptr<DiskFile>> create(const std::filesystem::path &path, uint64_t bytes) override;
    Status remove(const std::filesystem::path &path) override;
    Status syncDirectory(const std::filesystem::path &directory) override;
};

} // namespace plimsoll
