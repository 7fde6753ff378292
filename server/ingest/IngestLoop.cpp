#include "server/ingest/IngestLoop.h"

#include <QCoreApplication>
#include <QEvent>

#include <chrono>

namespace plimsoll::ingest {
namespace {

const auto commitEvent = static_cast<QEvent::Type>(QEvent::registerEventType());

constexpr size_t maxSpareBatches = 32;
constexpr size_t maxSpareSamples = 16'384; ///< a larger batch gives its memory back
constexpr size_t worthASync = 1'000;       ///< a group of so many samples waits for no more
constexpr size_t maxAheadSamples = 65'536; ///< staged while another group is written; then the loop blocks

int64_t monotonicNs()
{
    return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

/// What the appliance says of itself and its host.
bool isOwn(std::string_view source) { return source == "self" || source == "host"; }

size_t bytesOf(const Batch &batch)
{
    size_t bytes = sizeof(Batch) + batch.floats.size() * sizeof(Batch::FloatSample) +
                   batch.histograms.size() * (sizeof(Batch::HistogramSample) + 256) +
                   batch.rejections.size() * sizeof(Rejection);
    for (const Batch::Series &series : batch.series)
        bytes += sizeof(series) + series.key.size();
    return bytes;
}

const Error overloaded{ErrorCode::Unavailable, "Too many samples wait to be stored.",
                       "Send again in a moment."};
const Error recovering{ErrorCode::Unavailable, "The journal cannot be written at the moment.",
                       "Send again; nothing of this request was stored."};
const Error stopping{ErrorCode::Unavailable, "Plimsoll is stopping.",
                     "Send again; nothing of this request was stored."};

} // namespace

IngestThread::Loop::Loop(Engine &engine, const IngestLimits &limits)
    : m_engine(engine)
    , m_limits(limits)
    , m_mailbox(http::newMailbox(this))
    , m_commits([&engine] { return engine.writeCommit(); }, [this] { post([this] { endWriteIfOver(); }); })
{
}

void IngestThread::Loop::begin()
{
    m_everySecond = std::make_unique<QTimer>();
    connect(m_everySecond.get(), &QTimer::timeout, this, [this] { m_engine.maintain(); });
    m_everySecond->start(1000);
}

void IngestThread::Loop::end()
{
    {
        const std::lock_guard lock(m_mutex);
        m_closed = true;
    }
    m_ending = true;
    takeHanded();
    if (!m_writing.empty())
        endWrite();
    commitGroup();
    m_ended = true;
    m_mailbox->close();
    m_everySecond.reset();
    m_recovery.reset();
}

bool IngestThread::Loop::reserve(size_t bytes)
{
    if (m_pendingBytes.fetch_add(bytes) + bytes <= m_limits.maxPendingBytes || m_pendingBytes == bytes)
        return true;
    m_pendingBytes -= bytes;
    return false;
}

void IngestThread::Loop::hand(Item item)
{
    {
        const std::lock_guard lock(m_mutex);
        if (!m_closed) {
            m_handed.push_back(std::move(item));
            m_queueDepth++;
            if (!std::exchange(m_handedPosted, true))
                post([this] { takeHanded(); });
            return;
        }
    }
    refuse(std::move(item), stopping);
}

bool IngestThread::Loop::event(QEvent *event)
{
    if (event->type() != commitEvent)
        return QObject::event(event);
    commitWhenGathered();
    return true;
}

void IngestThread::Loop::takeHanded()
{
    std::vector<Item> handed;
    {
        const std::lock_guard lock(m_mutex);
        handed.swap(m_handed);
        m_handedPosted = false;
    }
    for (Item &item : handed) {
        m_queueDepth--;
        take(std::move(item));
    }
    holdBack();
}

void IngestThread::Loop::take(Item item)
{
    if (m_ended || m_recovery) {
        refuse(std::move(item), m_ended ? stopping : recovering);
        return;
    }
    item.bytes = bytesOf(item.batch);
    if (!reserve(item.bytes)) {
        refuse(std::move(item), overloaded);
        return;
    }
    if (m_rules && !item.batch.rule && !isOwn(item.source))
        item.batch.rule = m_rules->of(item.batch.project);
    item.receipt = m_engine.stage(item.batch);
    m_groupSamples += item.batch.sampleCount();
    m_group.push_back(std::move(item));
    m_queueDepth++;
    if (m_group.size() == 1)
        m_gatherSinceNs = monotonicNs();
    if (!m_inTurn)
        postCommit();
}

bool IngestThread::Loop::allRead()
{
    endWriteIfOver();
    holdBack();
    if (m_group.empty() || !m_writing.empty())
        return false;
    if (!gathers())
        commitGroup();
    return true;
}

void IngestThread::Loop::turnEnded()
{
    m_inTurn = false;
    postCommit();
}

/// The end of a write sees to what came meanwhile.
void IngestThread::Loop::postCommit()
{
    if (m_group.empty() || !m_writing.empty() || m_commitPosted)
        return;
    m_commitPosted = true;
    QCoreApplication::postEvent(this, new QEvent(commitEvent), Qt::LowEventPriority);
}

bool IngestThread::Loop::gathers() const
{
    return m_group.size() < std::max(m_lastGroup, m_groupBefore) && m_groupSamples < worthASync &&
           monotonicNs() - m_gatherSinceNs < m_limits.maxGatherNs;
}

/// Whether another thread waits for the disk. Small requests, whose senders are all waiting meanwhile, are
/// answered sooner without.
bool IngestThread::Loop::overlaps() const { return m_groupSamples >= worthASync && !m_ending; }

void IngestThread::Loop::commitWhenGathered()
{
    m_commitPosted = false;
    if (!m_group.empty() && m_writing.empty() && !gathers())
        commitGroup();
    postCommit();
}

void IngestThread::Loop::commitGroup()
{
    if (m_group.empty())
        return;
    if (overlaps()) {
        beginWrite();
        return;
    }
    std::vector<Item> group = takeGroup();
    settle(group, m_engine.commit());
}

std::vector<IngestThread::Loop::Item> IngestThread::Loop::takeGroup()
{
    m_groupBefore = std::exchange(m_lastGroup, m_group.size());
    m_groupSamples = 0;
    return std::exchange(m_group, {});
}

void IngestThread::Loop::beginWrite()
{
    std::vector<Item> group = takeGroup();
    const auto begun = m_engine.beginCommit();
    if (begun.ok() && *begun) {
        m_writing = std::move(group);
        m_commits.begin();
        return;
    }
    settle(group, begun.ok() ? Status() : begun.error());
}

void IngestThread::Loop::endWriteIfOver()
{
    if (!m_writing.empty() && m_commits.isOver())
        endWrite();
}

/// The next group goes to the disk first and this one is answered then.
void IngestThread::Loop::endWrite()
{
    std::vector<Item> group = std::exchange(m_writing, {});
    const Status committed = m_engine.endCommit(m_commits.end());
    if (!committed) {
        std::vector<Item> lost = takeGroup();
        std::move(lost.begin(), lost.end(), std::back_inserter(group));
    } else if (overlaps()) {
        beginWrite();
    }
    settle(group, committed);
    if (!m_inTurn)
        postCommit();
}

/// Back-pressure: what is staged while the disk is slow has a bound.
void IngestThread::Loop::holdBack()
{
    if (!m_writing.empty() && m_groupSamples >= maxAheadSamples)
        endWrite();
}

void IngestThread::Loop::settle(std::vector<Item> &group, const Status &status)
{
    if (!status)
        startRecovery();
    answer(group, status);
    if (status)
        m_engine.maintain();
    group.clear();
    if (m_group.empty() && m_group.capacity() == 0)
        m_group.swap(group);
}

void IngestThread::Loop::answer(std::vector<Item> &group, const Status &status)
{
    for (Item &item : group) {
        if (item.receipt.status.ok() && !status.ok()) {
            item.receipt = CommitReceipt{};
            item.receipt.status = status;
        }
        const CommitReceipt receipt = item.receipt;
        item.done(std::move(item.receipt));
        item.receipt = receipt;
    }
    for (Item &item : group)
        finish(item);
}

void IngestThread::Loop::finish(Item &item)
{
    for (IngestObserver *observer : m_observers) {
        if (item.receipt.status.ok())
            observer->batchCommitted(item.batch, item.receipt, item.source, item.receivedMs);
        else
            observer->requestRefused(item.source, item.batch.project, item.receipt.status.error());
    }
    giveBack(item.bytes);
    m_queueDepth--;
    recycle(std::move(item.batch));
}

void IngestThread::Loop::refuse(Item item, const Error &error)
{
    CommitReceipt receipt;
    receipt.status = error;
    item.done(std::move(receipt));
    if (QThread::currentThread() == thread())
        tellRefused(item.source, item.batch.project, error);
}

void IngestThread::Loop::tellRefused(const char *source, ProjectId project, const Error &error)
{
    for (IngestObserver *observer : m_observers)
        observer->requestRefused(source, project, error);
}

void IngestThread::Loop::startRecovery()
{
    m_retryMs = m_limits.firstRetryMs;
    m_recovery = std::make_unique<QTimer>();
    m_recovery->setSingleShot(true);
    connect(m_recovery.get(), &QTimer::timeout, this, [this] { tryRecovery(); });
    m_recovery->start(static_cast<int>(m_retryMs));
}

void IngestThread::Loop::tryRecovery()
{
    if (m_engine.recover()) {
        m_recovery.release()->deleteLater();
        return;
    }
    m_retryMs = std::min(m_retryMs * 2, m_limits.maxRetryMs);
    m_recovery->start(static_cast<int>(m_retryMs));
}

Batch IngestThread::Loop::takeBatch()
{
    const std::lock_guard lock(m_mutex);
    if (m_spare.empty())
        return {};
    Batch batch = std::move(m_spare.back());
    m_spare.pop_back();
    return batch;
}

void IngestThread::Loop::recycle(Batch batch)
{
    if (batch.floats.capacity() > maxSpareSamples || batch.series.capacity() > maxSpareSamples)
        return;
    batch.clear();
    const std::lock_guard lock(m_mutex);
    if (m_spare.size() < maxSpareBatches)
        m_spare.push_back(std::move(batch));
}

} // namespace plimsoll::ingest
