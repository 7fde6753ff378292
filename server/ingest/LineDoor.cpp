#include "server/ingest/LineDoor.h"

#include <chrono>

#include <sys/eventfd.h>

namespace plimsoll::ingest {
namespace {

constexpr int64_t keepIntervalMs = 1'000;

int64_t steadyMs()
{
    return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::milliseconds(1);
}

} // namespace

LineDoor::LineDoor(const char *source, std::unique_ptr<LineReader> reader, IngestThread &thread,
                   const Clock &clock, ProjectSource project)
    : m_source(source)
    , m_reader(std::move(reader))
    , m_thread(thread)
    , m_clock(clock)
    , m_project(std::move(project))
{
}

void LineDoor::take(std::string_view lines)
{
    if (!m_isOpen) {
        const auto project = m_project();
        if (!project)
            return refuse({ErrorCode::NotFound, "The project that lines are to go to does not exist.", {}});
        m_batch = m_thread.takeBatch();
        m_openedMs = m_clock.nowMs();
        m_openedAtMs = steadyMs();
        m_reader->begin(m_batch, *project, m_openedMs);
        m_isOpen = true;
        m_bytes = 0;
    }
    m_reader->read(lines);
    m_bytes += lines.size();
    if (m_batch.itemCount >= maxLines || m_bytes >= maxBytes)
        flush();
}

std::optional<int64_t> LineDoor::dueInMs() const
{
    if (!m_isOpen)
        return std::nullopt;
    return std::max<int64_t>(0, m_openedAtMs + windowMs - steadyMs());
}

void LineDoor::flush()
{
    if (!std::exchange(m_isOpen, false))
        return;
    m_reader->finish();
    m_shared->figures.lines += m_batch.itemCount;
    keepRefusedLines();
    if (m_batch.empty())
        reportRefusals();
    else
        submit();
}

void LineDoor::refuse(const Error &error)
{
    m_shared->figures.lines++;
    m_shared->figures.refusedLines++;
    m_thread.refused(m_source, m_project().value_or(defaultProject), error);
}

void LineDoor::keepRefusedLines()
{
    const std::vector<std::string> &lines = m_reader->refusedLines();
    const int64_t nowMs = steadyMs();
    if (lines.empty() || (m_keptAtMs && nowMs - *m_keptAtMs < keepIntervalMs))
        return;
    m_keptAtMs = nowMs;
    RefusedInput input;
    input.source = m_source;
    input.project = m_batch.project;
    input.receivedMs = m_openedMs;
    input.refused = static_cast<uint32_t>(lines.size());
    input.observed = !m_batch.empty();
    for (size_t i = 0; i < lines.size(); i++) {
        input.body += QByteArray::fromStdString(lines[i]) + '\n';
        const Rejection &rejection = m_batch.rejections[i];
        input.rejections.push_back({static_cast<uint32_t>(i), rejection.code, rejection.message});
    }
    m_refusals->refused(std::move(input));
}

/// Nothing is left to store, so there is no answer that could tell of them.
void LineDoor::reportRefusals()
{
    m_shared->figures.refusedLines += m_batch.rejections.size();
    const size_t count = std::min(m_batch.rejections.size(), maxReportedAlone);
    for (size_t i = 0; i < count; i++)
        m_thread.refused(m_source, m_batch.project, {ErrorCode::Invalid, m_batch.rejections[i].message, {}});
}

void LineDoor::submit()
{
    m_shared->inFlight++;
    const uint32_t count = m_batch.itemCount;
    m_thread.submit(
        std::move(m_batch),
        [shared = m_shared, count](const CommitReceipt &receipt) {
            if (receipt.status.ok())
                shared->figures.refusedLines += receipt.rejections.size();
            else
                shared->figures.lostLines += count;
            shared->inFlight--;
            if (shared->wakeUp)
                ::eventfd_write(shared->wakeUp->number(), 1);
        },
        m_source, m_openedMs);
}

} // namespace plimsoll::ingest
