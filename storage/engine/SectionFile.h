#pragma once

#include "storage/engine/Disk.h"

#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// A file that is written once: a head, checksummed sections, a table of them, a trailer (CHECKPOINT.md; the
/// spool's files have the same form under another magic).
struct SectionFormat
{
    std::string_view magic;   ///< 4 bytes
    std::string_view trailer; ///< 8 bytes
};

struct SectionEntry
{
    uint8_t type = 0;
    uint64_t offset = 0;
    uint64_t size = 0;
    uint32_t checksum = 0;
};

/// Writes such a file under a name of its own. One thread.
class SectionWriter
{
public:
    SectionWriter(Disk &disk, std::filesystem::path path, const SectionFormat &format)
        : m_disk(disk)
        , m_path(std::move(path))
        , m_format(format)
    {
    }

    /// Creates the file, in place of one that a crash left behind.
    Status begin(uint64_t sequence);
    Status add(uint8_t type, std::string_view body);
    /// Writes table and trailer, and makes all durable; then the file may get its name.
    Status finish();
    const std::vector<SectionEntry> &sections() const { return m_sections; }
    uint64_t bytes() const { return m_offset; }

private:
    Status append(std::string_view bytes);

    Disk &m_disk;
    const std::filesystem::path m_path;
    const SectionFormat m_format;
    std::unique_ptr<DiskFile> m_file;
    std::string m_head;
    std::vector<SectionEntry> m_sections;
    uint64_t m_offset = 0;
    uint64_t m_synced = 0;
};

/// Reads one back. read() is safe from any thread.
class SectionReader
{
public:
    /// Fails with Corrupt where head, table or trailer do not hold.
    static Result<SectionReader> open(Disk &disk, const std::filesystem::path &path,
                                      const SectionFormat &format);

    uint64_t sequence() const { return m_sequence; }
    uint64_t bytes() const { return m_bytes; }
    const std::vector<SectionEntry> &sections() const { return m_sections; }
    /// Fails with Corrupt where its checksum does not hold.
    Result<std::string> read(const SectionEntry &section) const;

private:
    Status load(const SectionFormat &format);

    std::filesystem::path m_path;
    std::unique_ptr<DiskFile> m_file;
    uint64_t m_sequence = 0;
    uint64_t m_bytes = 0;
    std::vector<SectionEntry> m_sections;
};

} // namespace plimsoll
