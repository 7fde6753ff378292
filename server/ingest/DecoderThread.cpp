#include "server/ingest/DecoderThread.h"

#include <condition_variable>
#include <deque>
#include <mutex>

namespace plimsoll::ingest {

class DecoderThread::Worker final : public QThread
{
public:
    Worker(const Prices &prices, const PriceBook *book)
        : m_decoders(prices, book)
    {
        setObjectName("decoder");
    }

    void add(Job job)
    {
        const std::lock_guard lock(m_mutex);
        if (m_stopped)
            return;
        m_jobs.push_back(std::move(job));
        m_wake.notify_one();
    }
    void finish()
    {
        std::deque<Job> dropped;
        {
            const std::lock_guard lock(m_mutex);
            m_stopped = true;
            dropped.swap(m_jobs);
            m_wake.notify_one();
        }
        wait();
    }

private:
    void run() override
    {
        while (Job job = next())
            job(m_decoders);
    }
    Job next()
    {
        std::unique_lock lock(m_mutex);
        m_wake.wait(lock, [this] { return m_stopped || !m_jobs.empty(); });
        if (m_stopped)
            return {};
        Job job = std::move(m_jobs.front());
        m_jobs.pop_front();
        return job;
    }

    Decoders m_decoders;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<Job> m_jobs;
    bool m_stopped = false;
};

DecoderThread::DecoderThread(const Prices &prices, const PriceBook *book)
    : m_worker(std::make_unique<Worker>(prices, book))
{
}
DecoderThread::~DecoderThread() { stop(); }
void DecoderThread::start() { m_worker->start(); }
void DecoderThread::stop() { m_worker->finish(); }
void DecoderThread::run(Job job) { m_worker->add(std::move(job)); }

} // namespace plimsoll::ingest
