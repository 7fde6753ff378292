#include "alerts/AlertService.h"

#include "alerts/RuleDependencies.h"
#include "alerts/Template.h"

#include <QCoreApplication>
#include <QCoroFuture>
#include <QPointer>

namespace plimsoll::alerts {

namespace {

constexpr const char *checkCollection = "checks";

Error notFound(const char *what, const std::string &id)
{
    std::string message("There is no ");
    message.append(what).append(" \"").append(id).append("\".");
    return {ErrorCode::NotFound, std::move(message), {}};
}

Error changedMeanwhile()
{
    return {ErrorCode::Conflict, "It was changed by somebody else at the same moment.",
            "Read it again and repeat."};
}

Error provisioned(const Rule &rule)
{
    return {ErrorCode::Conflict,
            "The alarm \"" + rule.name + "\" comes from the rule file " + rule.group.file +
                " and is changed only there.",
            "Change the file in the folder of --rules; it is read again at once."};
}

OutboundHttp::Options outboundOptions(const AlertOptions &options)
{
    OutboundHttp::Options outbound;
    outbound.timeoutMs = options.sendTimeoutMs;
    if (!options.version.empty())
        outbound.userAgent = "Plimsoll/" + QByteArray::fromStdString(options.version);
    return outbound;
}

Evaluator::Options evaluatorOptions(const AlertOptions &options)
{
    Evaluator::Options evaluator;
    evaluator.project = options.project;
    evaluator.intervalMs = options.intervalMs;
    evaluator.threads = options.threads;
    return evaluator;
}

/// The labels of an episode: those of the series with the rule's own on top.
Labels labelled(const Labels &series, const Fields::Texts &own)
{
    Labels labels = series;
    for (const auto &[name, value] : own)
        labels.set(name, value);
    return labels;
}

/// Why it fires although nothing is above the line.
std::string messageOf(Absence absence)
{
    switch (absence) {
    case Absence::NoData:
        return "There is no data: the expression yields nothing.";
    case Absence::SenderSilent:
        return "The sender fell silent: this series was there before and is gone.";
    case Absence::WeWereDown:
    case Absence::None:
        break;
    }
    return {};
}

Episode beginEpisode(const Rule &rule, const AlertInstance &instance, int64_t nowMs, const TemplateData &data)
{
    Episode episode;
    episode.id = makeTimedId(nowMs);
    episode.ruleId = rule.id;
    episode.ruleName = rule.name;
    episode.ruleVersion = rule.version;
    episode.level = rule.levels[instance.level];
    episode.expr = rule.expr;
    episode.labels = labelled(instance.labels, expandTemplates(rule.labels, data));
    episode.seriesLabels = instance.labels;
    episode.annotations = expandTemplates(rule.annotations, data);
    episode.pendingSinceMs = instance.sinceMs;
    episode.startedMs = instance.firedMs;
    episode.peak = instance.peak;
    episode.value = instance.value;
    episode.routing.channels = rule.channels;
    episode.routing.dependsOn = rule.dependsOn;
    episode.routing.rhythm = rule.rhythm;
    episode.message = messageOf(instance.absence);
    return episode;
}

AlertInstance instanceOf(const Episode &episode, const Rule &rule)
{
    AlertInstance instance;
    instance.level = rule.levelOf(episode.level.severity).value_or(0);
    instance.labels = episode.seriesLabels;
    instance.firing = true;
    instance.sinceMs = episode.pendingSinceMs;
    instance.firedMs = episode.startedMs;
    instance.value = episode.value;
    instance.peak = episode.peak;
    return instance;
}

} // namespace

AlertService::AlertService(AlertOptions options, const ReaderSource &source, DocumentStore &store,
                           const Clock &clock, SeriesSink &series)
    : m_options(std::move(options))
    , m_clock(clock)
    , m_series(series)
    , m_records(store, m_options.project, this)
    , m_http(OutboundPolicy(m_options.allowPrivate), outboundOptions(m_options), this)
    , m_channels({m_options.secrets, m_options.baseUrl, m_options.leads}, m_records, m_http, clock, this)
    , m_queue(
          m_records, m_http, clock, [this](const std::string &id) { return m_channels.find(id); }, this)
    , m_episodes(m_records, m_queue, clock, this)
    , m_muting(
          m_records, m_episodes, clock, [this](const std::string &id) { return m_channels.find(id); },
          [this] { m_notices.review(); })
    , m_notices(m_records, m_queue, m_episodes, clock, noticeOptions(), this)
    , m_evaluator(evaluatorOptions(m_options), source, clock, this)
{
    connect(&m_episodes, &EpisodeBook::announced, this, [this](const QString &id) {
        refreshSummary();
        const Episode *episode = m_episodes.find(id.toStdString());
        if (episode && !episode->firing())
            m_muting.endWithEpisodes(m_clock.nowMs());
        if (episode)
            Q_EMIT episodeChanged(m_episodes.toJson(*episode));
    });
    connect(&m_episodes, &EpisodeBook::acknowledged, this, [this](const QString &id) {
        if (const Episode *episode = m_episodes.find(id.toStdString()))
            Q_EMIT episodeChanged(m_episodes.toJson(*episode));
    });
    connect(&m_queue, &DeliveryQueue::changed, this, &AlertService::refreshSummary);
    connect(&m_notices, &NoticeBoard::made, this, &AlertService::refreshSummary);
    connect(&m_evaluator, &Evaluator::ticked, this, [this](qint64 tickMs) { tick(tickMs); });
    m_channels.addUsers([this](const std::string &id) { return rulesThatTell(id); });
}

AlertService::~AlertService() { stop(); }

NoticeBoard::Options AlertService::noticeOptions() const
{
    NoticeBoard::Options options;
    options.baseUrl = m_options.baseUrl;
    options.mutes = [this](const Episode &episode, int64_t nowMs) {
        return m_muting.mutesOf(episode, nowMs);
    };
    return options;
}

Status AlertService::open()
{
    if (Status status = m_channels.load(); !status)
        return status;
    if (Status status = m_muting.load(); !status)
        return status;
    if (Status status = m_episodes.load(m_options.leads); !status)
        return status;
    if (Status status = loadRules(); !status)
        return status;
    if (m_options.leads)
        closeOrphans();
    m_notices.load();
    refreshSummary();
    return {};
}

Status AlertService::loadRules()
{
    const auto stored = m_records.list(rulesCollection);
    if (!stored)
        return stored.error();
    const QJsonObject watch = m_records.get(watchCollection, watchId).value_or(QJsonObject());
    for (const QJsonObject &object : *stored) {
        Result<Rule> rule = Rule::fromJson(object);
        if (!rule)
            continue;
        rule->id = object.value("id").toString().toStdString();
        rule->version = uint32_t(object.value("version").toInteger());
        rule->createdMs = object.value("created_ms").toInteger();
        rule->updatedMs = object.value("updated_ms").toInteger();
        rule->provisioned = object.value("provisioned").toBool();
        const auto it = m_rules.try_emplace(rule->id, *rule, m_options.intervalMs).first;
        if (rule->enabled)
            restoreRuntime(it->second, watch.value("last_tick_ms").toInteger());
    }
    return {};
}

void AlertService::restoreRuntime(RuleRuntime &runtime, int64_t watchedMs)
{
    std::vector<AlertInstance> firing;
    for (const Episode *episode : m_episodes.openOf(runtime.rule().id)) {
        firing.push_back(instanceOf(*episode, runtime.rule()));
        watchedMs = std::max(watchedMs, episode->startedMs);
    }
    const QJsonObject state = m_records.get(stateCollection, runtime.rule().id).value_or(QJsonObject());
    runtime.restoreState(state, std::move(firing), watchedMs);
}

/// Ends the episodes whose rule was removed or switched off while a crash kept them from ending.
void AlertService::closeOrphans()
{
    std::vector<std::pair<std::string, Episode::End>> orphans;
    for (const auto &[id, episode] : m_episodes.all()) {
        const auto rule = m_rules.find(episode.ruleId);
        if (episode.source == Episode::Source::Rule && episode.firing() &&
            (rule == m_rules.end() || !rule->second.rule().enabled))
            orphans.emplace_back(id, rule == m_rules.end() ? Episode::End::RuleRemoved
                                                           : Episode::End::RuleDisabled);
    }
    for (const auto &[id, end] : orphans)
        m_episodes.close(id, m_clock.nowMs(), end, m_episodes.find(id)->value);
}

void AlertService::start()
{
    if (!m_options.leads) {
        m_notices.stop();
        m_queue.stop();
        return;
    }
    m_queue.start();
    m_muting.endWithEpisodes(m_clock.nowMs());
    m_notices.start();
    m_evaluator.start();
}

void AlertService::stop()
{
    if (std::exchange(m_stopped, true))
        return;
    m_evaluator.stop();
    m_notices.stop();
    m_queue.stop();
    m_http.stop();
    m_records.stop();
    resumeAll();
}

/// Lets the coroutines that were just released run to their ends, without an event loop.
void AlertService::resumeAll()
{
    for (int round = 0; round < 8; round++)
        QCoreApplication::sendPostedEvents(nullptr, QEvent::FutureCallOut);
}

void AlertService::carryOut(const Rule &rule, const std::vector<Transition> &transitions, int64_t atMs,
                            Episode::End end)
{
    for (const Transition &transition : transitions) {
        const AlertInstance &instance = transition.instance;
        if (transition.kind == Transition::Kind::Fired) {
            m_episodes.open(beginEpisode(rule, instance, m_clock.nowMs(), templateData(rule, instance)));
            continue;
        }
        const Episode *episode = openEpisode(rule.id, instance.labels);
        if (!episode)
            continue;
        const bool gone = transition.why == Transition::Why::Disappeared;
        if (transition.kind == Transition::Kind::LevelChanged)
            m_episodes.changeLevel(episode->id, rule.levels[instance.level], instance.value);
        if (transition.kind == Transition::Kind::Resolved)
            m_episodes.close(episode->id, atMs, gone ? Episode::End::Disappeared : end, instance.value);
    }
}

TemplateData AlertService::templateData(const Rule &rule, const AlertInstance &instance) const
{
    TemplateData data;
    data.labels = instance.labels;
    data.value = instance.value;
    data.externalUrl = m_options.baseUrl;
    data.nowMs = m_clock.nowMs();
    if (const auto answers = m_answers.find(rule.id); answers != m_answers.end())
        data.query = [&answers = answers->second](const std::string &expr) { return answers.find(expr); };
    return data;
}

const Episode *AlertService::openEpisode(const std::string &ruleId, const Labels &seriesLabels) const
{
    for (const Episode *episode : m_episodes.openOf(ruleId)) {
        if (episode->seriesLabels == seriesLabels)
            return episode;
    }
    return nullptr;
}

/// Ends what a rule has under way, its series too.
void AlertService::endRule(RuleRuntime &runtime, Episode::End end)
{
    const std::string &id = runtime.rule().id;
    carryOut(runtime.rule(), runtime.endAll(), m_clock.nowMs(), end);
    m_answers.erase(id);
    if (const auto series = m_ruleSeries.find(id); series != m_ruleSeries.end()) {
        m_series.write(m_options.project, series->second.end(m_clock.nowMs()));
        m_ruleSeries.erase(series);
    }
}

/// Puts a changed definition in force; what fired at a level that is gone ends.
void AlertService::redefine(RuleRuntime &runtime, const Rule &rule)
{
    const Rule before = runtime.rule();
    carryOut(before, runtime.setRule(rule), m_clock.nowMs(), Episode::End::RuleChanged);
}

AlertService::Answer AlertService::listRules(PageRequest page, bool withActive) const
{
    const Result<Pager> pager = Pager::open(page, Pager::Order::OldestFirst);
    if (!pager)
        return pager.error();
    std::vector<std::pair<Pager::Place, const RuleRuntime *>> items;
    for (const auto &[id, runtime] : m_rules)
        items.push_back({{runtime.rule().createdMs, id}, &runtime});
    return pager->cut(std::move(items), [this, withActive](const RuleRuntime *item) {
        QJsonObject object = item->toJson(m_clock.nowMs());
        if (withActive) {
            object.insert("active", activeOf(*item));
            object.insert("interval_ms", qint64(item->intervalMs()));
        }
        return object;
    });
}

AlertService::Answer AlertService::rule(std::string id) const
{
    const auto found = m_rules.find(id);
    if (found == m_rules.end())
        return notFound("rule", id);
    return found->second.toJson(m_clock.nowMs());
}

Status AlertService::checkChannels(const Rule &rule) const
{
    for (const std::string &id : rule.channels) {
        if (!m_channels.find(id))
            return Error{
                ErrorCode::Unprocessable, "`channels` names \"" + id + "\", which does not exist.", {}};
    }
    return checkDependencies(rule);
}

std::vector<std::string> AlertService::rulesThatTell(const std::string &channelId) const
{
    std::vector<std::string> names;
    for (const auto &[id, runtime] : m_rules) {
        const std::vector<std::string> &told = runtime.rule().channels;
        if (std::find(told.begin(), told.end(), channelId) != told.end())
            names.push_back(runtime.rule().name);
    }
    return names;
}

Status AlertService::checkDependencies(const Rule &rule) const
{
    for (const std::string &id : rule.dependsOn) {
        if (id != rule.id && !m_rules.contains(id) && !m_records.get(checkCollection, id))
            return Error{ErrorCode::Unprocessable,
                         "`depends_on` names \"" + id + "\", which is neither an alarm nor a check.",
                         {}};
    }
    const auto cycle =
        dependencyCycle(rule, [this](const std::string &id) -> const std::vector<std::string> * {
            const auto found = m_rules.find(id);
            return found == m_rules.end() ? nullptr : &found->second.rule().dependsOn;
        });
    if (cycle.empty())
        return {};
    std::string way;
    for (const std::string &id : cycle) {
        const auto found = m_rules.find(id);
        const std::string &name =
            id == rule.id || found == m_rules.end() ? rule.name : found->second.rule().name;
        way.append(way.empty() ? "\"" : " -> \"").append(name).append("\"");
    }
    return Error{ErrorCode::Unprocessable, "`depends_on` goes in a circle: " + way + ".",
                 "Take one of these dependencies out."};
}

QCoro::Task<AlertService::Answer> AlertService::createRule(QJsonObject definition)
{
    Result<Rule> rule = Rule::fromJson(definition);
    if (!rule)
        co_return rule.error();
    rule->createdMs = m_clock.nowMs();
    rule->id = makeTimedId(rule->createdMs);
    auto storing = storeRule(*rule);
    co_return co_await storing;
}

QCoro::Task<AlertService::Answer> AlertService::replaceRule(std::string id, QJsonObject definition)
{
    const auto current = m_rules.find(id);
    if (current == m_rules.end())
        co_return notFound("rule", id);
    const Rule &old = current->second.rule();
    if (old.provisioned)
        co_return provisioned(old);
    Result<Rule> rule = Rule::fromJson(definition);
    if (!rule)
        co_return rule.error();
    rule->id = id;
    rule->createdMs = old.createdMs;
    rule->version = old.version + 1;
    auto storing = storeRule(*rule);
    co_return co_await storing;
}

QCoro::Task<AlertService::Answer> AlertService::patchRule(std::string id, QJsonObject patch)
{
    const auto current = m_rules.find(id);
    if (current == m_rules.end())
        co_return notFound("rule", id);
    auto replacing = replaceRule(id, alerts::patchRule(current->second.rule().toJson(), patch));
    co_return co_await replacing;
}

/// Writes a rule, then puts it in force and evaluates it at once, so that its state can be seen.
QCoro::Task<AlertService::Answer> AlertService::storeRule(Rule rule)
{
    const QPointer<AlertService> self(this);
    if (Status status = checkChannels(rule); !status)
        co_return status.error();
    if (!m_writing.insert(rule.id).second)
        co_return changedMeanwhile();
    rule.updatedMs = m_clock.nowMs();
    const auto writing = m_records.put(rulesCollection, rule.id, rule.toJson(), rule.updatedMs);
    const Status written = co_await writing;
    if (!self)
        co_return Error{ErrorCode::Cancelled, "The appliance is stopping.", {}};
    m_writing.erase(rule.id);
    if (!written)
        co_return written.error();
    const RuleRuntime &inForce = putInForce(rule);
    if (rule.enabled && !inForce.evaluating) {
        auto evaluating = evaluate(rule.id, m_clock.nowMs());
        co_await evaluating;
        if (!self)
            co_return Error{ErrorCode::Cancelled, "The appliance is stopping.", {}};
    }
    refreshSummary();
    co_return this->rule(rule.id);
}

RuleRuntime &AlertService::putInForce(const Rule &rule)
{
    auto it = m_rules.find(rule.id);
    if (it == m_rules.end())
        it = m_rules.try_emplace(rule.id, rule, m_options.intervalMs).first;
    else
        redefine(it->second, rule);
    if (!rule.enabled)
        endRule(it->second, Episode::End::RuleDisabled);
    saveState(it->second);
    return it->second;
}

/// Ends what the rule has under way and forgets it; its record is gone already.
void AlertService::dropRule(const std::string &id)
{
    if (const auto it = m_rules.find(id); it != m_rules.end()) {
        endRule(it->second, Episode::End::RuleRemoved);
        m_rules.erase(it);
    }
    m_records.remove(stateCollection, id);
}

QCoro::Task<Status> AlertService::removeRule(std::string id)
{
    const QPointer<AlertService> self(this);
    const auto current = m_rules.find(id);
    if (current == m_rules.end())
        co_return notFound("rule", id);
    if (current->second.rule().provisioned)
        co_return provisioned(current->second.rule());
    if (!m_writing.insert(id).second)
        co_return changedMeanwhile();
    const auto removing = m_records.remove(rulesCollection, id);
    const Status removed = co_await removing;
    if (!self)
        co_return removed;
    m_writing.erase(id);
    if (!removed)
        co_return removed;
    dropRule(id);
    refreshSummary();
    co_return Status();
}

AlertSummary AlertService::summary() const
{
    const std::lock_guard lock(m_summaryMutex);
    return m_summary;
}

void AlertService::refreshSummary()
{
    const std::lock_guard lock(m_summaryMutex);
    m_summary.rules = m_rules.size();
    m_summary.firing = m_episodes.openCount();
    m_summary.worst = m_episodes.worstOpen();
    m_summary.pendingDeliveries = m_queue.pendingCount();
}

bool AlertService::settled() const
{
    return m_episodes.settled() && m_notices.settled() && m_queue.inFlightCount() == 0;
}

} // namespace plimsoll::alerts
