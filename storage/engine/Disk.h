#pragma once

#include "storage/model/Result.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// One file of the journal, of a checkpoint or of the spool. Used by one thread at a time.
class DiskFile
{
public:
    virtual ~DiskFile() = default;

    /// Writes all bytes at an offset, or fails; after a failure any part of them may have been written.
    virtual Status write(uint64_t offset, std::string_view bytes) = 0;
    /// Makes the file's bytes durable. After a failure nobody knows which bytes are.
    virtual Status sync() = 0;
    /// Both at once, by the quickest way that there is for these bytes; quickest in whole blocks of 4,096
    /// bytes.
    virtual Status writeDurably(uint64_t offset, std::string_view bytes)
    {
        const Status written = write(offset, bytes);
        return written ? sync() : written;
    }
    /// Reads up to `size` bytes; fewer only where the file ends.
    virtual Result<size_t> read(uint64_t offset, char *buffer, size_t size) const = 0;
    virtual uint64_t size() const = 0;
};

/// The role of the file system under journal, checkpoints and spool: small, so that tests can put one there
/// that fails, tears and forgets. Safe to call from any thread.
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
    /// Creates a file with room for `bytes`, which may be 0; it reads as zeros. Quick: the room is reserved,
    /// not written.
    virtual Result<std::unique_ptr<DiskFile>> create(const std::filesystem::path &path, uint64_t bytes) = 0;
    virtual Status remove(const std::filesystem::path &path) = 0;
    /// Gives a file another name, in place of one that has it; durable after syncDirectory().
    virtual Status rename(const std::filesystem::path &from, const std::filesystem::path &to) = 0;
    /// Bytes of the whole file system under a directory, 0 where that is not known.
    virtual uint64_t capacity(const std::filesystem::path &) const { return 0; }
    /// Whether anything on it is still there when the process has ended.
    virtual bool outlivesProcess() const { return true; }
    /// The size that journal segments should not exceed here.
    virtual uint64_t largestSegment() const { return UINT64_MAX; }
    /// Makes creations and removals in a directory durable.
    virtual Status syncDirectory(const std::filesystem::path &directory) = 0;
};

} // namespace plimsoll
