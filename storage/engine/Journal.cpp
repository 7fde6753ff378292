#include "storage/engine/Journal.h"

#include "storage/engine/JournalReader.h"
#include "storage/engine/NumberedName.h"

#include <algorithm>

namespace plimsoll {

using namespace journal;

namespace {

constexpr std::string_view namePrefix = "segment-";
constexpr size_t maxFree = 1;
constexpr size_t spareStep = 1U << 20;
constexpr uint64_t reservedBytes = 8U << 20; ///< of a segment that cannot wait to be filled with zeros

Result<std::optional<SegmentHead>> headOf(const DiskFile &file)
{
    char bytes[segmentHeadBytes];
    const auto got = file.read(0, bytes, sizeof bytes);
    if (!got)
        return got.error();
    return readSegmentHead({bytes, *got});
}

/// What the first frame says of a segment whose head is damaged.
Result<std::optional<SegmentHead>> headByFrame(const DiskFile &file)
{
    char bytes[frameHeadBytes];
    const auto got = file.read(blockBytes, bytes, sizeof bytes);
    if (!got)
        return got.error();
    const auto frame = readFrameHead({bytes, *got});
    if (!frame)
        return std::optional<SegmentHead>();
    return std::optional(SegmentHead{frame->segment, frame->sequence});
}

} // namespace

Journal::Journal(Disk &disk, std::filesystem::path directory, uint64_t segmentBytes)
    : m_disk(disk)
    , m_directory(std::move(directory))
    , m_segmentBytes(roundUp(segmentBytes))
{
}

Result<JournalReport> Journal::open(uint64_t releasedSequence, uint64_t usedSequence, const Visitor &visit)
{
    std::vector<Opened> found;
    if (Status made = m_disk.makeDirectory(m_directory); !made)
        return made.error();
    if (Status listed = findSegments(releasedSequence, found); !listed)
        return listed.error();
    JournalReport report;
    m_next = found.empty() ? 1 : found.front().segment.firstSequence;
    for (size_t i = 0; i < found.size(); i++) {
        const bool last = i + 1 == found.size();
        const uint64_t limit = last ? UINT64_MAX : found[i + 1].segment.firstSequence;
        if (Status read = replay(found[i], limit, releasedSequence, visit, report); !read)
            return read.error();
        m_segments.push_back(std::move(found[i].segment));
    }
    m_next = std::max(m_next, std::max(usedSequence, releasedSequence) + 1);
    release(releasedSequence);
    if (Status started = start(0); !started)
        return started.error();
    return report;
}

Status Journal::findSegments(uint64_t releasedSequence, std::vector<Opened> &found)
{
    const auto names = m_disk.list(m_directory);
    if (!names)
        return names.error();
    for (const std::string &name : *names) {
        const auto number = numberInName(namePrefix, name);
        if (!number)
            continue;
        m_nextName = std::max(m_nextName, *number + 1);
        Opened opened;
        opened.segment.path = m_directory / name;
        auto file = m_disk.open(opened.segment.path);
        if (!file)
            return file.error();
        opened.file = std::move(*file);
        opened.segment.size = opened.file->size();
        auto head = headOf(*opened.file);
        if (head && !*head) {
            head = headByFrame(*opened.file);
            opened.segment.damaged = head && *head && (*head)->firstSequence > releasedSequence;
            if (!opened.segment.damaged && head)
                head = std::optional<SegmentHead>();
        }
        if (!head)
            return head.error();
        if (!*head || (*head)->number == 0) {
            setFree(std::move(opened.segment));
            continue;
        }
        opened.segment.number = (*head)->number;
        opened.segment.firstSequence = (*head)->firstSequence;
        m_nextNumber = std::max(m_nextNumber, opened.segment.number + 1);
        found.push_back(std::move(opened));
    }
    std::sort(found.begin(), found.end(),
              [](const Opened &a, const Opened &b) { return a.segment.number < b.segment.number; });
    return {};
}

Status Journal::replay(Opened &opened, uint64_t limit, uint64_t releasedSequence, const Visitor &visit,
                       JournalReport &report)
{
    m_next = std::max(m_next, releasedSequence + 1);
    // All is behind the release: nothing to read, and nothing that could be missing.
    if (limit <= m_next)
        return {};
    SegmentReader reader(*opened.file, opened.segment.number);
    const auto countLost = [&](uint64_t upTo) {
        report.damagedFrames += upTo - m_next;
        opened.segment.damaged = true;
        m_next = upTo;
    };
    if (opened.segment.firstSequence > m_next)
        countLost(opened.segment.firstSequence);
    while (true) {
        const auto frame = reader.next(m_next);
        if (!frame)
            return frame.error();
        if (!*frame || (*frame)->sequence >= limit)
            break;
        if ((*frame)->sequence > m_next)
            countLost((*frame)->sequence);
        visit((*frame)->sequence, (*frame)->payload);
        report.frames++;
        m_next = (*frame)->sequence + 1;
    }
    if (limit != UINT64_MAX && m_next < limit)
        countLost(limit);
    if (limit == UINT64_MAX &&
        (reader.endsTorn() || opened.file->size() < std::min(m_segmentBytes, reservedBytes)))
        report.tornFrames++;
    return {};
}

Status Journal::append(std::string_view payload)
{
    if (Status prepared = prepare(payload); !prepared)
        return prepared;
    return finish(write());
}

/// It counts as failed until it is finished.
Status Journal::prepare(std::string_view payload)
{
    if (m_failed)
        return Error{ErrorCode::Unavailable, "The journal must be recovered before it takes anything.", {}};
    if (payload.size() > UINT32_MAX / 2)
        return Error{ErrorCode::TooLarge, "A commit is larger than the journal can take.", {}};
    const uint64_t bytes = roundUp(frameHeadBytes + payload.size());
    m_failed = true;
    const bool betterAtHand = m_segments.back().size < m_segmentBytes && !m_free.empty();
    if (betterAtHand || m_offset + bytes > m_segments.back().size) {
        if (Status started = start(payload.size()); !started)
            return started;
    }
    makeFrame(m_segments.back().number, m_next, payload, m_frame);
    return {};
}

Status Journal::finish(Status written)
{
    if (!written)
        return written;
    m_failed = false;
    m_syncs++;
    m_offset += m_frame.size();
    m_next++;
    if (m_frame.capacity() > (4U << 20))
        m_frame = {};
    return {};
}

Status Journal::recover()
{
    if (Status started = start(0); !started)
        return started;
    m_failed = false;
    return {};
}

Status Journal::start(uint64_t payloadBytes)
{
    m_file.reset();
    Opened opened;
    if (Status taken = takeFile(blockBytes + roundUp(frameHeadBytes + payloadBytes), opened); !taken)
        return taken;
    opened.segment.number = m_nextNumber++;
    opened.segment.firstSequence = m_next;
    const std::string head = makeSegmentHead({opened.segment.number, m_next});
    Status done = opened.file->writeDurably(0, head);
    if (done)
        done = m_disk.syncDirectory(m_directory);
    if (!done) {
        (void)m_disk.remove(opened.segment.path);
        return done;
    }
    m_offset = blockBytes;
    m_file = std::move(opened.file);
    m_segments.push_back(std::move(opened.segment));
    return {};
}

Status Journal::takeFile(uint64_t bytes, Opened &opened)
{
    const auto fits = [&](const Segment &segment) { return segment.size >= bytes; };
    if (const auto it = std::find_if(m_free.begin(), m_free.end(), fits); it != m_free.end()) {
        opened.segment = std::move(*it);
        m_free.erase(it);
        auto file = m_disk.open(opened.segment.path);
        if (!file)
            return file.error();
        opened.file = std::move(*file);
        return {};
    }
    opened.segment.path = m_directory / numberedName(namePrefix, m_nextName++);
    opened.segment.size = std::max(bytes, std::min(m_segmentBytes, reservedBytes));
    auto file = m_disk.create(opened.segment.path, opened.segment.size);
    if (!file)
        return file.error();
    opened.file = std::move(*file);
    return {};
}

void Journal::release(uint64_t sequence)
{
    for (size_t i = 0; i < m_segments.size();) {
        const bool isLast = i + 1 == m_segments.size();
        const uint64_t lastSequence = (isLast ? m_next : m_segments[i + 1].firstSequence) - 1;
        if (lastSequence > sequence || (isLast && m_file)) {
            i++;
            continue;
        }
        if (!m_segments[i].damaged)
            setFree(std::move(m_segments[i]));
        m_segments.erase(m_segments.begin() + static_cast<ptrdiff_t>(i));
    }
}

/// What was only reserved is not worth keeping, nor more than one at a time.
void Journal::setFree(Segment segment)
{
    if (segment.size >= m_segmentBytes && m_free.size() < maxFree)
        m_free.push_back(std::move(segment));
    else
        (void)m_disk.remove(segment.path);
}

uint64_t Journal::releasable(uint64_t sequence) const
{
    uint64_t result = 0;
    for (size_t i = 0; i + 1 < m_segments.size(); i++) {
        if (m_segments[i + 1].firstSequence - 1 <= sequence)
            result = std::max(result, m_segments[i + 1].firstSequence - 1);
    }
    return result;
}

uint64_t Journal::unreleasedBytes() const
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < m_segments.size(); i++)
        bytes += i + 1 == m_segments.size() ? m_offset : m_segments[i].size;
    return bytes;
}

std::optional<std::filesystem::path> Journal::wantsSpare()
{
    const bool reservedOnly = !m_segments.empty() && m_segments.back().size < m_segmentBytes;
    if (!m_free.empty() || (!reservedOnly && m_offset < m_segmentBytes / 2))
        return std::nullopt;
    return m_directory / numberedName(namePrefix, m_nextName++);
}

Status Journal::makeSpare(Disk &disk, const std::filesystem::path &path, uint64_t bytes,
                          const std::atomic<bool> &cancelled)
{
    auto file = disk.create(path, bytes);
    if (!file)
        return file.error();
    const std::string zeros(spareStep, '\0');
    Status done;
    // In pieces, each synced: commits do not find all of it before them in the disk's queue.
    for (uint64_t offset = 0; done && offset < bytes; offset += zeros.size()) {
        const uint64_t size = std::min<uint64_t>(zeros.size(), bytes - offset);
        done = (*file)->write(offset, std::string_view(zeros).substr(0, size));
        if (done)
            done = (*file)->sync();
        if (done && cancelled)
            done = Error{ErrorCode::Cancelled, "The journal is closed.", {}};
    }
    if (done)
        done = disk.syncDirectory(path.parent_path());
    if (!done)
        (void)disk.remove(path);
    return done;
}

void Journal::addSpare(const std::filesystem::path &path)
{
    Segment segment;
    segment.path = path;
    segment.size = m_segmentBytes;
    m_free.push_back(std::move(segment));
}

Status Journal::removeAll()
{
    m_file.reset();
    for (auto *list : {&m_segments, &m_free}) {
        for (const Segment &segment : *list) {
            if (!segment.damaged)
                (void)m_disk.remove(segment.path);
        }
        list->clear();
    }
    m_failed = true;
    return m_disk.syncDirectory(m_directory);
}

} // namespace plimsoll
