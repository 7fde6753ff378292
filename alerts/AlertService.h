#pragma once

#include "alerts/ChannelBook.h"
#include "alerts/NoticeBoard.h"
#include "alerts/Page.h"
#include "alerts/RuleRuntime.h"
#include "alerts/RuleSeries.h"
#include "alerts/SeriesSink.h"
#include "alerts/Template.h"
#include "alerts/mutes/Muting.h"

#include <QCoroTask>

#include <mutex>

namespace plimsoll::alerts {

struct AlertOptions
{
    ProjectId project = defaultProject;
    int64_t intervalMs = 15'000;
    int threads = 2;           ///< of queries
    bool allowPrivate = false; ///< notifications may go to private and loopback addresses
    std::string baseUrl;       ///< of the page, for links in notifications; without a slash at the end
    std::string version;       ///< of the appliance, for the User-Agent
    int sendTimeoutMs = 10'000;
    /// Keeps secrets unreadable in the store; shared by all projects.
    std::shared_ptr<const SecretBox> secrets = std::make_shared<const SecretBox>(SecretBox::forNow());
    std::string rulesFolder; ///< of rule files that are provisioned into the default project; empty: none
    bool leads = true; ///< false where another node evaluates and sends: records are only shown and changed
};

/// The figures of the status line; a consistent copy.
struct AlertSummary
{
    size_t rules = 0;
    size_t firing = 0;             ///< episodes that are open
    std::optional<Severity> worst; ///< of those
    size_t pendingDeliveries = 0;
    uint64_t evaluations = 0;
    uint64_t failedEvaluations = 0;
    uint64_t skippedEvaluations = 0; ///< of groups whose one before was still under way
    uint64_t failedWrites = 0;       ///< of ALERTS and recorded series
    int64_t lastTickMs = 0;
    int64_t lastTickDurationMs = 0;
};

/// The rules of one project and the clockwork that joins them with its channels, episodes and deliveries.
///
/// Lives on one thread with an event loop; everything but summary() is called there. `source`, `store` and
/// `clock` outlive it. open(), then start(); stop() before it is destroyed. Answers are the resources of
/// server/api/README.md.
class AlertService : public QObject
{
    Q_OBJECT

public:
    using Answer = Result<QJsonObject>;

    /// `series` outlives it too; without one what it would write is forgotten.
    AlertService(AlertOptions options, const ReaderSource &source, DocumentStore &store, const Clock &clock,
                 SeriesSink &series = NullSeriesSink::instance());
    ~AlertService() override;

    /// Reads everything back from the store, blocking. Rules that no longer parse are kept and shown with
    /// their error.
    Status open();
    /// Evaluates at every aligned tick and sends what is due.
    void start();
    /// Ends all that is under way within the time that a query takes to notice.
    void stop();

    /// Evaluates the enabled rules whose time it is and sends what is due by the clock; done when all of them
    /// are evaluated. The time of a group is each multiple of its interval since the epoch, at the last one
    /// of which it is evaluated, once; what was missed is not made up for. A group whose last evaluation
    /// still runs is left out.
    QCoro::Task<void> tick(int64_t tickMs);

    /// `withActive`: each with `active`, its alerts that are pending or firing:
    /// `[{"labels","annotations","severity","state","active_at_ms","value"}]`, and with `interval_ms`.
    Answer listRules(PageRequest page, bool withActive = false) const;
    Answer rule(std::string id) const;
    QCoro::Task<Answer> createRule(QJsonObject definition);
    QCoro::Task<Answer> replaceRule(std::string id, QJsonObject definition);
    QCoro::Task<Answer> patchRule(std::string id, QJsonObject patch);
    QCoro::Task<Status> removeRule(std::string id);

    /// All of them, oldest first, those of one file in its order.
    std::vector<Rule> rules() const;
    /// Puts rules in force under the ids that they carry and removes others: all of it, or nothing where a
    /// channel does not exist or a record cannot be written. They are evaluated at the next tick. Unlike the
    /// calls above it changes provisioned rules too.
    QCoro::Task<Status> storeRules(std::vector<Rule> rules, std::vector<std::string> gone);
    std::string makeRuleId() const;

    /// What keeps episodes from being told.
    Muting &muting() { return m_muting; }

    ChannelBook &channels() { return m_channels; }
    const ChannelBook &channels() const { return m_channels; }
    DeliveryQueue &deliveries() { return m_queue; }
    EpisodeBook &episodes() { return m_episodes; }
    Records &records() { return m_records; }

    /// What notices tell beside the value, from who finds it out; he calls tellNow() when he knows.
    void setSurroundings(NoticeBoard::Surroundings given) { m_notices.setSurroundings(std::move(given)); }
    void tellNow() { m_notices.review(); }

    /// Safe from any thread.
    AlertSummary summary() const;
    /// True when nothing is being written or sent right now; for tests and a clean stop.
    bool settled() const;

Q_SIGNALS:
    /// An episode began, ended or was acknowledged: its resource. Durable before it is said.
    void episodeChanged(const QJsonObject &episode);

private:
    using Rules = std::map<std::string, RuleRuntime>;
    static constexpr const char *rulesCollection = "rules";
    static constexpr const char *stateCollection = "rule_states";
    static constexpr const char *watchCollection = "alert_watch";
    static constexpr const char *watchId = "watch";

    /// Of rules that are evaluated one after the other.
    struct GroupState
    {
        std::optional<int64_t> atMs; ///< for which time it was evaluated last
        bool evaluating = false;
    };

    NoticeBoard::Options noticeOptions() const;
    Status loadRules();
    void restoreRuntime(RuleRuntime &runtime, int64_t watchedMs);
    void closeOrphans();
    struct GroupTurn;
    std::vector<GroupTurn> groupsDue(int64_t tickMs);
    QCoro::Task<void> evaluateGroup(std::string group, std::vector<std::string> ruleIds, int64_t atMs);
    QCoro::Task<void> evaluate(std::string ruleId, int64_t atMs);
    std::vector<MadeSample> take(RuleRuntime &runtime, const Evaluation &evaluation, int64_t atMs);
    Result<std::vector<MadeSample>> makeSeries(const RuleRuntime &runtime, const Evaluation &evaluation,
                                               int64_t atMs);
    QJsonArray activeOf(const RuleRuntime &runtime) const;
    void endRule(RuleRuntime &runtime, Episode::End end);
    void carryOut(const Rule &rule, const std::vector<Transition> &transitions, int64_t atMs,
                  Episode::End end);
    TemplateData templateData(const Rule &rule, const AlertInstance &instance) const;
    const Episode *openEpisode(const std::string &ruleId, const Labels &seriesLabels) const;
    void observeOpen(const RuleRuntime &runtime, const Evaluation &evaluation, int64_t atMs);
    void redefine(RuleRuntime &runtime, const Rule &rule);
    void saveState(RuleRuntime &runtime);
    void saveWatch(int64_t atMs);
    Status checkChannels(const Rule &rule) const;
    Status checkDependencies(const Rule &rule) const;
    /// By name.
    std::vector<std::string> rulesThatTell(const std::string &channelId) const;
    QCoro::Task<Answer> storeRule(Rule rule);
    QCoro::Task<Status> writeRules(std::vector<Rule> &rules, const std::vector<std::string> &gone);
    void restoreRecord(const std::string &ruleId);
    RuleRuntime &putInForce(const Rule &rule);
    void dropRule(const std::string &id);
    void refreshSummary();
    void resumeAll();

    AlertOptions m_options;
    const Clock &m_clock;
    SeriesSink &m_series;
    Records m_records;
    OutboundHttp m_http;
    ChannelBook m_channels;
    DeliveryQueue m_queue;
    EpisodeBook m_episodes;
    Muting m_muting;
    NoticeBoard m_notices;
    Evaluator m_evaluator;
    Rules m_rules;
    std::map<std::string, GroupState> m_groups;
    std::map<std::string, RuleSeries> m_ruleSeries;
    std::map<std::string, TemplateAnswers> m_answers; ///< by rule, where its annotations make queries
    std::set<std::string> m_writing; ///< rules whose record is being written; others must wait
    bool m_stopped = false;

    mutable std::mutex m_summaryMutex;
    AlertSummary m_summary;
};

} // namespace plimsoll::alerts
