#include "storage/upkeep/JournalCheck.h"

#include "storage/engine/Group.h"
#include "storage/engine/JournalReader.h"
#include "storage/engine/SectionFile.h"

#include <algorithm>

namespace plimsoll {

using namespace journal;

namespace {

constexpr SectionFormat checkpointFormat{"PLCK", std::string_view("PLCKEND\0", 8)};

struct Segment
{
    std::string name;
    SegmentHead head;
    std::unique_ptr<DiskFile> file;
};

class JournalCheck
{
public:
    JournalCheck(Disk &disk, const std::filesystem::path &directory, uint64_t releasedSequence,
                 DoctorReport &report)
        : m_disk(disk)
        , m_directory(directory)
        , m_needed(releasedSequence + 1)
        , m_report(report)
    {
    }

    Status run()
    {
        std::error_code ignored;
        if (!std::filesystem::is_directory(m_directory, ignored))
            return {};
        const auto names = m_disk.list(m_directory);
        if (!names)
            return names.error();
        for (const std::string &name : *names) {
            if (name.ends_with(".damaged"))
                m_report.add("journal/" + name, "An earlier start found it damaged and set it aside.");
            else if (name.starts_with("checkpoint-"))
                checkCheckpoint(name);
        }
        m_needed = std::max(m_needed, m_checkpointed + 1);
        for (const std::string &name : *names) {
            if (name.starts_with("segment-") && !name.ends_with(".damaged")) {
                if (Status opened = openSegment(name); !opened)
                    return opened;
            }
        }
        std::sort(m_segments.begin(), m_segments.end(),
                  [](const Segment &a, const Segment &b) { return a.head.number < b.head.number; });
        for (size_t i = 0; i < m_segments.size(); i++) {
            const bool last = i + 1 == m_segments.size();
            if (Status read =
                    checkSegment(m_segments[i], last ? UINT64_MAX : m_segments[i + 1].head.firstSequence);
                !read)
                return read;
        }
        return {};
    }

private:
    static std::string where(const std::string &name) { return "journal/" + name; }

    void checkCheckpoint(const std::string &name)
    {
        const auto reader = SectionReader::open(m_disk, m_directory / name, checkpointFormat);
        if (!reader) {
            m_report.add(where(name), reader.error().message);
            return;
        }
        m_report.counts["checkpoints"]++;
        for (const SectionEntry &section : reader->sections()) {
            m_report.counts["checkpoint sections"]++;
            if (const auto body = reader->read(section); !body)
                m_report.add(where(name), body.error().message);
        }
        m_checkpointed = std::max(m_checkpointed, reader->sequence());
    }

    Status openSegment(const std::string &name)
    {
        Segment segment{name, {}, nullptr};
        auto file = m_disk.open(m_directory / name);
        if (!file)
            return file.error();
        segment.file = std::move(*file);
        std::string bytes(blockBytes + frameHeadBytes, '\0');
        const auto got = segment.file->read(0, bytes.data(), bytes.size());
        if (!got)
            return got.error();
        const auto head = readSegmentHead(std::string_view(bytes).substr(0, segmentHeadBytes));
        const auto frame = readFrameHead(std::string_view(bytes).substr(blockBytes));
        m_report.counts["journal segments"]++;
        if (head && head->number == 0)
            return {};
        if (head) {
            segment.head = *head;
            m_segments.push_back(std::move(segment));
            return {};
        }
        const bool neverUsed = bytes.find_first_not_of('\0') == std::string::npos;
        if (neverUsed || (frame && frame->sequence < m_needed))
            return {};
        m_report.add(where(name), "Its first block is damaged.");
        if (frame) {
            segment.head = {frame->segment, frame->sequence};
            m_segments.push_back(std::move(segment));
        }
        return {};
    }

    Status checkSegment(const Segment &segment, uint64_t limit)
    {
        const auto missing = [&](uint64_t upTo) {
            if (upTo > m_needed)
                m_report.add(where(segment.name), "Commits " + std::to_string(m_needed) + " to " +
                                                      std::to_string(upTo - 1) + " are damaged or missing.");
            m_needed = std::max(m_needed, upTo);
        };
        missing(segment.head.firstSequence);
        SegmentReader reader(*segment.file, segment.head.number);
        for (;;) {
            const auto frame = reader.next(m_needed);
            if (!frame)
                return frame.error();
            if (!*frame || (*frame)->sequence >= limit)
                break;
            missing((*frame)->sequence);
            m_report.counts["journal frames"]++;
            Group group;
            if (!group.decode((*frame)->payload, [](const SeriesDefinition &) {}))
                m_report.add(where(segment.name), "Commit " + std::to_string((*frame)->sequence) +
                                                      " cannot be read, though its checksum holds.");
            m_needed = (*frame)->sequence + 1;
        }
        if (limit != UINT64_MAX)
            missing(limit);
        return {};
    }

    Disk &m_disk;
    const std::filesystem::path m_directory;
    uint64_t m_needed; ///< the next commit that must be there
    uint64_t m_checkpointed = 0;
    DoctorReport &m_report;
    std::vector<Segment> m_segments;
};

} // namespace

Status checkJournal(Disk &disk, const std::filesystem::path &directory, uint64_t releasedSequence,
                    DoctorReport &report)
{
    return JournalCheck(disk, directory, releasedSequence, report).run();
}

} // namespace plimsoll
