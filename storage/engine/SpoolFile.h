#pragma once

#include "storage/backend/Backend.h"
#include "storage/engine/SectionFile.h"

#include <memory>
#include <optional>

namespace plimsoll {

/// A transaction that waits in a file (SPOOL.md). Packs are read when they are asked for, from any thread.
class SpoolFile
{
public:
    /// Whether a transaction may wait: it only adds, holds no documents, and is not unhurried. What it says
    /// must hold although a power cut undoes unhurried work before it.
    static bool takes(const BackendWrite &write);
    /// Makes a transaction durable under a name; whole or not at all.
    static Status write(Disk &disk, const std::filesystem::path &path, uint64_t number,
                        const BackendWrite &write);
    /// Fails with Corrupt where all but its packs does not hold.
    static Result<SpoolFile> open(Disk &disk, const std::filesystem::path &path);

    uint64_t number() const { return m_reader.sequence(); }
    uint64_t bytes() const { return m_reader.bytes(); }
    /// Whether packs in it are damaged; they are left out.
    bool lacksPacks() const { return m_lacksPacks; }
    /// All but the packs.
    Result<BackendWrite> transaction() const;
    /// All of it.
    Result<BackendWrite> whole() const;
    /// The pack of a seal that holds a series, if any does; nothing where the seal is not in here.
    std::optional<Result<StoredPack>> readPack(uint32_t seal, uint32_t series) const;

private:
    struct Place
    {
        uint32_t seal;
        uint32_t firstSeries;
        SectionEntry section;
        auto operator<=>(const Place &other) const
        {
            return std::pair(seal, firstSeries) <=> std::pair(other.seal, other.firstSeries);
        }
        bool operator==(const Place &other) const { return (*this <=> other) == 0; }
    };
    explicit SpoolFile(SectionReader reader)
        : m_reader(std::move(reader))
    {
    }
    Result<StoredPack> read(const Place &place) const;

    SectionReader m_reader;
    std::vector<Place> m_packs; ///< rising
    bool m_lacksPacks = false;
};

} // namespace plimsoll
