#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

namespace plimsoll::promql {

/// Threads that help with evaluations which have much to read; they are one less than processors, three at
/// most. Who asks works as well and waits for nobody to come: with all of them busy it does all by itself.
/// They begin when help is asked for and end, with the connections to databases that they hold, once nobody
/// asked for some seconds. One who gives way to the threads that take samples in is never asked by one who
/// does not, who would have to wait for it: a fresh one takes its place. Safe from any thread.
class Crew
{
public:
    /// That of the process.
    static Crew &shared();

    explicit Crew(size_t threads)
        : m_size(threads)
    {
    }
    ~Crew() { dismiss(); }
    Crew(const Crew &) = delete;
    Crew &operator=(const Crew &) = delete;

    size_t size() const { return m_size; }
    /// Ends the threads at once, after what they do; for who closes a database. Others begin when help is
    /// asked for again.
    void dismiss();

    /// Runs `work` on the threads that are free, while this lives. It must come to an end by itself, and must
    /// not throw.
    class Help
    {
    public:
        Help(Crew &crew, std::function<void()> work);
        /// Waits for those who came. The work itself sees to it that they give way when the asker does.
        ~Help();
        Help(const Help &) = delete;
        Help &operator=(const Help &) = delete;

    private:
        Crew &m_crew;
        std::function<void()> m_work;
        const bool m_givesWay;
        size_t m_wanted; ///< this and the next under the crew's mutex
        size_t m_running = 0;
        friend class Crew;
    };

private:
    struct Worker
    {
        std::thread thread;
        bool givesWay = false; ///< as of its last work
        bool isIdle = false;
        bool isDismissed = false;
        bool hasEnded = false;
    };
    void begin(bool givesWay);
    bool start();
    void serve(Help &help, Worker &worker, std::unique_lock<std::mutex> &lock);
    void run(Worker &self);
    Help *wanting(const Worker &worker) const;

    const size_t m_size;
    mutable std::mutex m_mutex; ///< of all below
    std::condition_variable m_changed;
    std::condition_variable m_left;
    std::vector<Help *> m_helps;
    bool m_stops = false;
    std::list<Worker> m_workers;
};

} // namespace plimsoll::promql
