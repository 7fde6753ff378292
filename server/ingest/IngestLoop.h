#pragma once

#include "server/http/Mailbox.h"
#include "server/ingest/CommitThread.h"
#include "server/ingest/IngestThread.h"

#include <mutex>
#include <vector>

#include <QObject>
#include <QTimer>

namespace plimsoll::ingest {

/// The object that lives on the ingest thread and does its work; see IngestThread.
class IngestThread::Loop final : public QObject
{
public:
    /// A batch on its way.
    struct Item
    {
        Batch batch;
        Done done;
        const char *source = "self";
        int64_t receivedMs = 0;
        size_t bytes = 0;
        CommitReceipt receipt;
    };

    Loop(Engine &engine, const IngestLimits &limits);

    void addObserver(IngestObserver &observer) { m_observers.push_back(&observer); }
    void setRules(SeriesRules &rules) { m_rules = &rules; }

    /// On the ingest thread.
    void begin();
    void end();
    void take(Item item);
    void tellRefused(const char *source, ProjectId project, const Error &error);

    void turnBegan() { m_inTurn = true; }
    bool allRead();
    void turnEnded();

    /// From any thread. What is posted is done on the ingest thread, and dropped once that has ended.
    bool post(http::Mailbox::Work work) { return m_mailbox->post(std::move(work)); }
    void hand(Item item);
    bool reserve(size_t bytes);
    void giveBack(size_t bytes) { m_pendingBytes -= bytes; }
    size_t pendingBytes() const { return m_pendingBytes; }
    size_t queueDepth() const { return m_queueDepth; }
    Batch takeBatch();

private:
    bool event(QEvent *event) override;
    void postCommit();
    bool gathers() const;
    bool overlaps() const;
    void commitWhenGathered();
    void commitGroup();
    std::vector<Item> takeGroup();
    void beginWrite();
    void endWrite();
    void endWriteIfOver();
    void holdBack();
    void settle(std::vector<Item> &group, const Status &status);
    void takeHanded();
    void refuse(Item item, const Error &error);
    void answer(std::vector<Item> &group, const Status &status);
    void finish(Item &item);
    void recycle(Batch batch);
    void startRecovery();
    void tryRecovery();

    Engine &m_engine;
    const IngestLimits m_limits;
    std::vector<IngestObserver *> m_observers;
    SeriesRules *m_rules = nullptr;

    const std::shared_ptr<http::Mailbox> m_mailbox;
    std::vector<Item> m_group; ///< staged, not committed
    size_t m_groupSamples = 0;
    std::vector<Item> m_writing; ///< being written by the commit thread; while it is, m_group is the next
    CommitThread m_commits;
    bool m_commitPosted = false;
    bool m_inTurn = false; ///< its end commits, so nobody posts an event
    int64_t m_gatherSinceNs = 0;
    size_t m_lastGroup = 1; ///< requests in the last group and the one before: how many to wait for
    size_t m_groupBefore = 1;
    bool m_ending = false;
    bool m_ended = false;

    std::unique_ptr<QTimer> m_everySecond;
    std::unique_ptr<QTimer> m_recovery; ///< runs while commits fail
    int64_t m_retryMs = 0;

    std::atomic<size_t> m_pendingBytes{0};
    std::atomic<size_t> m_queueDepth{0};
    std::mutex m_mutex;         ///< guards the rest
    std::vector<Item> m_handed; ///< from other threads
    bool m_handedPosted = false;
    bool m_closed = false;
    std::vector<Batch> m_spare;
};

} // namespace plimsoll::ingest
