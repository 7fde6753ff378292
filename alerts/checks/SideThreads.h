#pragma once

#include <QObject>

#include <any>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace plimsoll::alerts {

/// Runs calls into the system that may hang without a way to end them (name look-ups, a dead network file
/// system): each on a detached thread, so that nothing ever waits for it. The same work is under way once at
/// a time; who asks for it meanwhile shares the answer. Belongs to one thread with an event loop.
class SideThreads : public QObject
{
    Q_OBJECT

public:
    /// Runs on the detached thread, perhaps long after everything else has gone: it owns what it uses.
    using Job = std::function<std::any()>;
    /// Runs on the owner's thread; empty where the job threw or there are too many threads that hang.
    using Done = std::function<void(const std::any &)>;

    static constexpr size_t maxThreads = 256;

    explicit SideThreads(QObject *parent = nullptr);
    /// Waits for nothing; jobs that are under way end unheard.
    ~SideThreads() override;

    /// `done` is not called once `context` has gone.
    void run(const std::string &key, Job job, QObject *context, Done done);
    size_t underWay() const { return m_waiting.size(); }

private:
    struct Line;
    struct Waiter;

    void answer(const std::string &key, const std::any &result);

    std::shared_ptr<Line> m_line;
    std::map<std::string, std::vector<Waiter>> m_waiting;
};

} // namespace plimsoll::alerts
