#pragma once

#include "server/ingest/DeadLetter.h"
#include "storage/model/Result.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace plimsoll::ingest {

/// Bounds of the letters of a project.
struct DeadLetterLimits
{
    uint64_t maxBytes = 32 << 20;
    int64_t maxAgeMs = 14LL * 86'400'000;
    size_t maxLetters = 20'000;
};

/// The letters of one project, in files (DEAD-LETTERS.md). One thread uses it. What the disk refuses is lost,
/// and said by lost().
class DeadLetterBox
{
public:
    /// Reads what is there. An empty directory keeps the letters in memory only.
    DeadLetterBox(std::filesystem::path directory, const DeadLetterLimits &limits);
    ~DeadLetterBox();
    DeadLetterBox(const DeadLetterBox &) = delete;
    DeadLetterBox &operator=(const DeadLetterBox &) = delete;

    /// Keeps a letter, under a new id that it returns.
    uint64_t add(DeadLetter letter);
    /// The one of this id as it is now, in the place of the earlier; false where there is none.
    bool replace(const DeadLetter &letter);
    bool remove(uint64_t id);
    void clear();
    /// Lets go what is too old, and the oldest of what is too much.
    void expire(int64_t nowMs);

    std::optional<DeadLetter> get(uint64_t id) const;
    /// Letters older than `before` (an id; 0: all), the newest first, until `take` says false.
    void each(uint64_t before, const std::function<bool(const DeadLetter &)> &take) const;

    size_t size() const { return m_places.size(); }
    uint64_t bytes() const;
    uint64_t lost() const { return m_lost; }

private:
    struct File
    {
        std::filesystem::path path;
        uint64_t bytes = 0;
        size_t letters = 0; ///< that are not gone
        std::string memory; ///< its bytes, where there is no directory
    };
    struct Place
    {
        uint64_t file = 0; ///< its number
        uint64_t offset = 0;
        uint32_t size = 0;
        int64_t atMs = 0;
    };

    void load();
    void loadFile(uint64_t number, const std::filesystem::path &path);
    void forget(uint64_t id);
    bool append(const std::string &frame, Place &place);
    bool openNext();
    void dropFile(uint64_t number);
    void dropEmpty();
    std::string read(const Place &place) const;

    const std::filesystem::path m_directory;
    const DeadLetterLimits m_limits;
    std::map<uint64_t, File> m_files;   ///< by number
    std::map<uint64_t, Place> m_places; ///< by id
    uint64_t m_lastId = 0;
    uint64_t m_lastFile = 0;
    int m_descriptor = -1; ///< of the newest file
    bool m_isOpen = false;
    uint64_t m_lost = 0;
};

} // namespace plimsoll::ingest
