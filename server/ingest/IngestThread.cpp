#include "server/ingest/IngestThread.h"

#include "server/ingest/IngestLoop.h"

#include <cassert>
#include <future>

namespace plimsoll::ingest {

IngestThread::IngestThread(Engine &engine, const IngestLimits &limits)
    : m_thread(std::make_unique<QThread>())
    , m_loop(std::make_unique<Loop>(engine, limits))
{
    m_thread->setObjectName("ingest");
    m_loop->moveToThread(m_thread.get());
}

IngestThread::~IngestThread() { stop(); }

void IngestThread::addObserver(IngestObserver &observer)
{
    assert(!m_thread->isRunning());
    m_loop->addObserver(observer);
}

void IngestThread::setRules(SeriesRules &rules)
{
    assert(!m_thread->isRunning());
    m_loop->setRules(rules);
}

void IngestThread::start()
{
    m_thread->start();
    m_loop->post([this] { m_loop->begin(); });
}

void IngestThread::stop()
{
    if (!m_thread->isRunning())
        return;
    std::promise<void> ended;
    if (m_loop->post([&] {
            m_loop->end();
            ended.set_value();
        }))
        ended.get_future().wait();
    m_thread->quit();
    m_thread->wait();
}

QThread *IngestThread::thread() const { return m_thread.get(); }
bool IngestThread::isCurrentThread() const { return QThread::currentThread() == m_thread.get(); }

void IngestThread::submit(Batch batch, Done done) { submit(std::move(batch), std::move(done), "self", 0); }

void IngestThread::submit(Batch batch, Done done, const char *source, int64_t receivedMs)
{
    Loop::Item item;
    item.batch = std::move(batch);
    item.done = std::move(done);
    item.source = source;
    item.receivedMs = receivedMs;
    if (isCurrentThread())
        m_loop->take(std::move(item));
    else
        m_loop->hand(std::move(item));
}

void IngestThread::turnBegan() { m_loop->turnBegan(); }
bool IngestThread::allRead() { return m_loop->allRead(); }
void IngestThread::turnEnded() { m_loop->turnEnded(); }

void IngestThread::refused(const char *source, ProjectId project, const Error &error)
{
    if (isCurrentThread())
        m_loop->tellRefused(source, project, error);
    else
        m_loop->post([this, source, project, error] { m_loop->tellRefused(source, project, error); });
}

bool IngestThread::reserve(size_t bytes) { return m_loop->reserve(bytes); }
void IngestThread::giveBack(size_t bytes) { m_loop->giveBack(bytes); }
size_t IngestThread::pendingBytes() const { return m_loop->pendingBytes(); }
size_t IngestThread::queueDepth() const { return m_loop->queueDepth(); }
Batch IngestThread::takeBatch() { return m_loop->takeBatch(); }

} // namespace plimsoll::ingest
