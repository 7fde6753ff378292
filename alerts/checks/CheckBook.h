#pragma once

#include "alerts/Records.h"
#include "alerts/ResourceBook.h"
#include "alerts/SeriesSink.h"
#include "alerts/checks/CheckNotices.h"
#include "alerts/checks/CheckPlan.h"
#include "alerts/checks/ProbeThread.h"

#include <QElapsedTimer>

#include <set>

namespace plimsoll::alerts {

/// The checks of one project, the resource `checks`: keeps them, runs them when they are due, writes their
/// series, and tells the episodes. CHECKS.md says what is kept and written.
///
/// Lives on the alert thread; the probes run on a thread of their own. What is referred to outlives it.
/// open(), then start(); stop() before it is destroyed.
class CheckBook : public QObject, public ResourceBook
{
    Q_OBJECT

public:
    static constexpr const char *collection = "checks";
    static constexpr const char *stateCollection = "check_states";
    static constexpr size_t maxChecks = 5000;
    static constexpr int maxTests = 4; ///< at a time

    struct Parts
    {
        Records &records;
        const ReaderSource &source;
        const Clock &clock;
        SeriesSink &series;
        CheckNotices &notices;
        std::function<bool(const std::string &id)> channelExists;
        std::shared_ptr<const SecretBox> secrets;
    };
    struct Options
    {
        ProbeContext::Options probes;
        bool leads = true; ///< false where another node runs them
    };

    CheckBook(Options options, Parts parts, QObject *parent = nullptr);
    ~CheckBook() override;

    /// Reads everything back, blocking.
    Status open();
    void start();
    /// Ends the probes and joins their thread; safe to call again.
    void stop();

    Answer list(Listing listing) const override;
    Answer read(std::string id) const override;
    QCoro::Task<Answer> create(QJsonObject definition) override;
    QCoro::Task<Answer> replace(std::string id, QJsonObject definition) override;
    QCoro::Task<Answer> patch(std::string id, QJsonObject patch) override;
    /// Conflict, naming them, while other checks depend on it.
    QCoro::Task<Status> remove(std::string id) override;
    /// "run": looks at once, and answers with the check as it is then. "test", of the whole: looks once at
    /// what a definition says, which is not kept.
    QCoro::Task<Answer> act(std::string id, Action action) override;

    /// A result that came from outside, for passive checks: it goes the way of all results.
    void report(const std::string &id, const ProbeResult &result);

    /// The names of the checks that tell this channel.
    std::vector<std::string> usersOf(const std::string &channelId) const;
    const std::map<std::string, CheckRuntime> &all() const { return m_checks; }
    /// Null where there is none.
    const CheckRuntime *find(const std::string &id) const;
    QJsonObject toJson(const CheckRuntime &runtime) const;

Q_SIGNALS:
    /// The state of a check changed, or its definition: its resource (SSE event `check`).
    void checkChanged(const QJsonObject &check);
    /// A check was made, replaced or removed.
    void definitionsChanged();
    /// A result was taken.
    void reported(const QString &id);

private:
    Status loadChecks();
    Status accept(const Check &check) const;
    QCoro::Task<Answer> store(Check check);
    void plan(CheckRuntime &runtime, int64_t dueMs);
    void unplan(const std::string &id);
    void arm();
    void runDue();
    QFuture<ProbeResult> look(const Check &check);
    QCoro::Task<void> run(std::string id);
    QCoro::Task<Answer> test(QJsonObject definition);
    void take(CheckRuntime &runtime, const ProbeResult &result, bool scheduled);
    void tell(CheckRuntime &runtime);
    void tellDependents(const std::string &id);
    void lookAtParents(const Check &check);
    void writeSeries(const CheckRuntime &runtime, int64_t atMs);
    void endSeries(const CheckRuntime &runtime);
    void flushSeries();
    void saveState(CheckRuntime &runtime, bool always);
    std::vector<std::string> heldBy(const Check &check) const;
    bool undecided(const CheckRuntime &runtime) const;
    int64_t elapsedMs() const { return m_elapsed.elapsed(); }

    Options m_options;
    Parts m_parts;
    ProbeThread m_probes;
    std::map<std::string, CheckRuntime> m_checks;
    std::set<std::string> m_writing;
    std::set<std::pair<int64_t, std::string>> m_due; ///< by elapsedMs()
    std::map<std::string, int64_t> m_dueOf;
    std::map<std::string, int64_t> m_regularOf; ///< when the latest regular run was due
    QElapsedTimer m_elapsed;
    QTimer m_timer;
    QTimer m_flush;
    std::vector<MadeSample> m_samples;
    int m_testing = 0;
    bool m_started = false;
    bool m_stopped = false;
};

} // namespace plimsoll::alerts
