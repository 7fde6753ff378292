#pragma once

#include "server/ingest/Descriptor.h"
#include "server/ingest/IngestThread.h"
#include "server/ingest/LineReader.h"
#include "server/ingest/RefusedInput.h"
#include "storage/model/Clock.h"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

namespace plimsoll::ingest {

/// What came through one line format's sockets; counts since the start. Read from any thread.
struct LineFigures
{
    std::atomic<uint64_t> packets{0};        ///< datagrams
    std::atomic<uint64_t> droppedPackets{0}; ///< by the kernel, because its buffer was full
    std::atomic<uint64_t> lines{0};          ///< refused and lost ones included
    std::atomic<uint64_t> refusedLines{0};
    std::atomic<uint64_t> lostLines{0}; ///< well-formed, but could not be stored
    std::atomic<size_t> connections{0}; ///< now
};

/// Puts the lines of one format into batches and hands them to the ingest thread, a few times a second. Used
/// by the thread of its sockets.
class LineDoor
{
public:
    static constexpr int64_t windowMs = 200;        ///< the first line of a batch waits so long at most
    static constexpr uint32_t maxLines = 20'000;    ///< of a batch
    static constexpr size_t maxBytes = 4 << 20;     ///< of the lines of a batch
    static constexpr int maxBatchesInFlight = 16;   ///< beyond it nothing more is read
    static constexpr size_t maxReportedAlone = 100; ///< refusals told, of a batch where all was refused

    /// Where its samples go; called from the thread of its sockets, quick. Nothing where there is no such
    /// project: then its lines are refused.
    using ProjectSource = std::function<std::optional<ProjectId>()>;

    /// `source` is a literal. All must outlive it.
    LineDoor(const char *source, std::unique_ptr<LineReader> reader, IngestThread &thread, const Clock &clock,
             ProjectSource project);

    /// Where lines that were refused while they were read are kept; not more often than once a second.
    void keepRefusalsIn(RefusalSink &sink) { m_refusals = &sink; }

    void take(std::string_view lines);
    /// Tells the observers of input that is refused before it is read.
    void refuse(const Error &error);
    void flush();

    /// How long until flush() is due; nothing where nothing waits.
    std::optional<int64_t> dueInMs() const;
    /// True while too much waits to be stored. `wakeUp`, an eventfd, is written to when it may have ended.
    bool stalled() const { return m_shared->inFlight >= maxBatchesInFlight; }
    void setWakeUp(std::shared_ptr<Descriptor> eventDescriptor)
    {
        m_shared->wakeUp = std::move(eventDescriptor);
    }

    LineFigures &figures() { return m_shared->figures; }
    const char *source() const { return m_source; }

private:
    /// What answers refer to, which may come after this is gone.
    struct Shared
    {
        LineFigures figures;
        std::atomic<int> inFlight{0};
        std::shared_ptr<Descriptor> wakeUp;
    };

    void keepRefusedLines();
    void reportRefusals();
    void submit();

    const char *m_source;
    std::unique_ptr<LineReader> m_reader;
    IngestThread &m_thread;
    const Clock &m_clock;
    ProjectSource m_project;
    const std::shared_ptr<Shared> m_shared = std::make_shared<Shared>();
    Batch m_batch;
    RefusalSink *m_refusals = &RefusalSink::none();
    std::optional<int64_t> m_keptAtMs; ///< steady; when refused lines were kept last
    size_t m_bytes = 0;                ///< of the lines in the batch
    bool m_isOpen = false;
    int64_t m_openedMs = 0;   ///< of the clock
    int64_t m_openedAtMs = 0; ///< steady
};

} // namespace plimsoll::ingest
