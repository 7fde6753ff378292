#pragma once

#include "storage/engine/Disk.h"
#include "storage/engine/JournalFrame.h"

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// What reading the journal back found.
struct JournalReport
{
    uint64_t frames = 0;        ///< whole ones that were handed out
    uint64_t damagedFrames = 0; ///< missing or damaged though later ones exist; never handed out
    uint64_t tornFrames = 0;    ///< 1: the last one is not whole; it was never acknowledged, or is damaged
};

/// The journal files (JOURNAL.md). One thread uses it, but for write().
class Journal
{
public:
    using Visitor = std::function<void(uint64_t sequence, std::string_view payload)>;

    Journal(Disk &disk, std::filesystem::path directory, uint64_t segmentBytes);

    /// Reads all frames after `releasedSequence`, in order, then starts a fresh segment. The next frame's
    /// sequence is above `usedSequence` and all that were read.
    Result<JournalReport> open(uint64_t releasedSequence, uint64_t usedSequence, const Visitor &visit);

    /// Writes and syncs one frame, and gives it the next sequence. After a failure nothing is written before
    /// recover().
    Status append(std::string_view payload);
    /// The three steps of append(). write() is for any thread; until finish() nothing else may be called that
    /// writes or recovers. `finish` is told what write() returned.
    Status prepare(std::string_view payload);
    Status write() { return m_file->writeDurably(m_offset, m_frame); }
    Status finish(Status written);
    /// Starts a fresh segment, whose head voids the frame that failed.
    Status recover();
    bool failed() const { return m_failed; }

    /// The sequence that the next frame gets.
    uint64_t nextSequence() const { return m_next; }
    /// Gives free the segments whose frames are all at most `sequence`; what the database knows as released.
    void release(uint64_t sequence);
    /// The largest sequence up to which whole segments could be given free if frames up to `sequence` are not
    /// needed.
    uint64_t releasable(uint64_t sequence) const;
    /// Bytes of the segments that are not free.
    uint64_t unreleasedBytes() const;
    uint64_t syncs() const { return m_syncs; }
    /// Whether another segment will be wanted soon and none is at hand; then its path, to be made by
    /// makeSpare().
    std::optional<std::filesystem::path> wantsSpare();
    /// Writes a segment full of zeros, so that later syncs find nothing to do but data. Slow; any thread.
    /// Ends early, without a file, once `cancelled` is set.
    static Status makeSpare(Disk &disk, const std::filesystem::path &path, uint64_t bytes,
                            const std::atomic<bool> &cancelled);
    /// Takes a file that makeSpare() has finished.
    void addSpare(const std::filesystem::path &path);
    uint64_t segmentBytes() const { return m_segmentBytes; }

    /// Removes all files; only when everything is released.
    Status removeAll();

private:
    struct Segment
    {
        std::filesystem::path path;
        uint64_t number = 0;
        uint64_t firstSequence = 0;
        uint64_t size = 0;
        bool damaged = false;
    };

    struct Opened
    {
        Segment segment;
        std::unique_ptr<DiskFile> file;
    };

    Status findSegments(uint64_t releasedSequence, std::vector<Opened> &found);
    Status replay(Opened &opened, uint64_t limit, uint64_t releasedSequence, const Visitor &visit,
                  JournalReport &report);
    Status start(uint64_t payloadBytes);
    Status takeFile(uint64_t bytes, Opened &opened);
    void setFree(Segment segment);

    Disk &m_disk;
    const std::filesystem::path m_directory;
    const uint64_t m_segmentBytes;
    std::vector<Segment> m_segments; ///< in use, by number; the last is written to
    std::vector<Segment> m_free;
    std::unique_ptr<DiskFile> m_file;
    uint64_t m_offset = 0;
    uint64_t m_next = 1;
    uint64_t m_nextNumber = 1;
    uint64_t m_nextName = 1;
    uint64_t m_syncs = 0;
    bool m_failed = false;
    std::string m_frame;
};

} // namespace plimsoll
