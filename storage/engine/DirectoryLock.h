#pragma once

#include "storage/model/Result.h"

#include <filesystem>
#include <memory>

namespace plimsoll {

/// Holds a data directory: one process at a time. The file `lock` names the holder's process id; the hold
/// itself is an flock, so it ends with the process, however that ends. Engine::open() takes it; programs that
/// work on a data directory without an engine take it themselves.
class DirectoryLock
{
public:
    /// Fails with Conflict and the holder's process id.
    static Result<std::unique_ptr<DirectoryLock>> acquire(const std::filesystem::path &directory);
    ~DirectoryLock();
    DirectoryLock(const DirectoryLock &) = delete;
    DirectoryLock &operator=(const DirectoryLock &) = delete;

private:
    explicit DirectoryLock(int descriptor)
        : m_descriptor(descriptor)
    {
    }
    int m_descriptor;
};

} // namespace plimsoll
