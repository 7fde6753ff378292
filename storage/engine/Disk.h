#pragma once

#include "storage/model/Result.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// One file of the journal. Used by one thread at a time.
class DiskFile
{
public:
    virtual ~DiskFile() = default;

    /// Writes all bytes at an offset, or fails; after a failure any part of them may have been written.
    virtual Status write(uint64_t offset, std::string_view bytes) = 0;
    /// Makes the file's bytes durable. After a failure nobody knows which bytes are.
    virtual Status sync() = 0;
    /// Reads up to `size` bytes; fewer only where the file ends.
    virtual Result<size_t> read(uint64_t offset, char *buffer, size_t size) const = 0;
    virtual uint64_t size() const = 0;
};

/// The role of the file system under the journal: small, so that tests can put one there that fails, tears
/// and forgets. Safe to call from any thread.
class Disk
{
public:
    virtual ~Disk() = default;

    /// Creates a directory and its parents; an existing one is a success.
    virtual Status makeDirectory(const std::filesystem::path &path) = 0;
    /// The names of the files in a directory, sorted.
    virtual Result<std::vector<std::string>> list(const std::filesystem::path &directory) const = 0;
    /// Opens an existing file for reading and writing.
    virtual Result<std::unique_ptr<DiskFile>> open(const std::filesystem::path &path) = 0;
    /// Creates a file with room for `bytes`; it reads as zeros. Quick: the room is reserved, not written.
    virtual Result<std::unique_ptr<DiskFile>> create(const std::filesystem::path &path, uint64_t bytes) = 0;
    virtual Status remove(const std::filesystem::path &path) = 0;
    /// The size that journal segments should not exceed here.
    virtual uint64_t largestSegment() const { return UINT64_MAX; }
    /// Makes creations and removals in a directory durable.
    virtual Status syncDirectory(const std::filesystem::path &directory) = 0;
};

} // namespace plimsoll
