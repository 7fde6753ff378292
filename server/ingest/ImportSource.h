#pragma once

#include "storage/model/Result.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace plimsoll::ingest {

/// Reads a file or standard input in pieces, decompressed: gzip (several members too) and zstd are recognised
/// by their first bytes. Blocking; used by one thread.
class ImportSource
{
public:
    /// "-" is standard input.
    static Result<std::unique_ptr<ImportSource>> open(const std::filesystem::path &path);
    virtual ~ImportSource() = default;

    /// Appends the next piece, about a megabyte at most; false at the end. Fails with Corrupt for a broken
    /// stream.
    virtual Result<bool> read(std::string &out) = 0;

    /// Bytes of the file read so far, and its size; 0 where that is not known.
    uint64_t bytesRead() const { return m_bytesRead; }
    uint64_t bytesTotal() const { return m_bytesTotal; }

protected:
    uint64_t m_bytesRead = 0;
    uint64_t m_bytesTotal = 0;
};

} // namespace plimsoll::ingest
