#pragma once

#include "storage/engine/Catalogue.h"
#include "storage/engine/Disk.h"
#include "storage/engine/Head.h"
#include "storage/engine/SectionFile.h"

#include <functional>
#include <memory>
#include <optional>

namespace plimsoll {

/// The checkpoint files beside the journal's segments (CHECKPOINT.md).
///
/// open(), read() and removeAll() while nothing is written; write() on the file thread.
class Checkpoints
{
public:
    Checkpoints(Disk &disk, std::filesystem::path directory)
        : m_disk(disk)
        , m_directory(std::move(directory))
    {
    }

    /// Finds the newest one that holds; sets those aside that do not.
    Status open();
    /// The sequence of that one; 0 where there is none.
    uint64_t sequence() const { return m_reader ? m_reader->sequence() : 0; }
    uint64_t damagedFiles() const { return m_damagedFiles; }

    struct Visitor
    {
        std::function<void(std::string_view block)> definitions;
        std::function<void(std::string_view block)> receipts;
        /// A window's section begins; false passes over it.
        std::function<bool(int64_t startMs, uint64_t firstCommit)> window;
        /// A series of it; false where the slices are damaged.
        std::function<bool(SeriesId series, bool histograms, std::string_view slices)> series;
    };
    /// Hands out what open() found; returns how many sections were damaged and left out.
    Result<uint64_t> read(const Visitor &visitor);

    /// What a checkpoint says besides the windows; asked for when they are noted.
    struct Context
    {
        std::string definitions; ///< empty: none
        std::string receipts;    ///< empty: none
    };
    /// Makes a new one durable, then removes those before it.
    Status write(const HeadView &view, const Context &context, const Catalogue &catalogue);

    /// Once what read() handed out is durable elsewhere: keeps the file for `plimsoll doctor` only.
    void setAside();

    Status removeAll();
    /// Of the newest file.
    uint64_t bytes() const { return m_bytes; }

private:
    std::filesystem::path pathOf(uint64_t number) const;
    Result<std::vector<uint64_t>> numbers() const;
    void setAside(uint64_t number);
    Status removeBefore(uint64_t number);
    bool readWindow(std::string_view body, const Visitor &visitor) const;

    Disk &m_disk;
    const std::filesystem::path m_directory;
    std::optional<SectionReader> m_reader;
    uint64_t m_number = 0;     ///< of the newest file
    uint64_t m_readNumber = 0; ///< of m_reader
    uint64_t m_damagedFiles = 0;
    std::atomic<uint64_t> m_bytes = 0;
};

} // namespace plimsoll
