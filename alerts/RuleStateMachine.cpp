#include "alerts/RuleStateMachine.h"

#include <algorithm>
#include <limits>

namespace plimsoll::alerts {

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr LevelSet everyLevel = 0xff;

bool holds(LevelSet levels, uint8_t level) { return (levels >> level & 1) != 0; }

} // namespace

/// What is known of one label set at one evaluation.
struct RuleStateMachine::Sight
{
    const Labels *labels = nullptr;
    double value = unknown;
    LevelSet breached = 0;
    bool missing = false; ///< not among the observations
    bool held = false;    ///< whatever it was, it stays
    Absence absence = Absence::None;
    bool seen = false; ///< some time before
};

/// One evaluation under way.
struct RuleStateMachine::Step
{
    int64_t nowMs = 0;
    int64_t elapsedMs = 0; ///< since the one before, without what was not watched
    bool graced = false;
    Missing missing = Missing::IsGone;
    std::vector<Transition> transitions;
};

RuleStateMachine::RuleStateMachine(RuleTiming timing)
    : m_timing(std::move(timing))
{
}

std::vector<Transition> RuleStateMachine::advance(int64_t nowMs, std::span<const Observation> observations,
                                                  Missing missing)
{
    Step step;
    step.nowMs = nowMs;
    step.missing = missing;
    step.elapsedMs = bridgeGap(nowMs);
    step.graced = nowMs < m_graceUntilMs;
    m_ignored = 0;
    m_absence = Absence::None;
    for (const auto &[labels, sight] : gather(step, observations))
        follow(step, labels, sight);
    return std::move(step.transitions);
}

/// Takes out the time that was not watched, and tells how much of what passed was.
int64_t RuleStateMachine::bridgeGap(int64_t nowMs)
{
    const int64_t elapsed = m_lastMs ? nowMs - *m_lastMs : 0;
    m_lastMs = nowMs;
    if (elapsed > -m_timing.intervalMs && elapsed <= m_timing.gapMs)
        return std::max<int64_t>(elapsed, 0);
    const int64_t unwatched = elapsed - m_timing.intervalMs;
    for (auto &[key, instance] : m_instances) {
        if (!instance.firing)
            instance.sinceMs += unwatched;
        if (instance.quietSinceMs != 0)
            instance.quietSinceMs += unwatched;
    }
    m_graceUntilMs = nowMs + m_timing.resumeGraceMs;
    m_changed = true;
    return m_timing.intervalMs;
}

/// Everything that is seen, followed or missed, by label set.
std::map<std::string, RuleStateMachine::Sight>
RuleStateMachine::gather(Step &step, std::span<const Observation> observations)
{
    std::map<std::string, Sight> sights;
    for (const Observation &observation : observations)
        sights.emplace(observation.labels.key(),
                       Sight{&observation.labels, observation.value, observation.breached});
    const bool nothing = observations.empty() && m_instances.empty() && m_known.empty();
    for (const auto &[key, instance] : m_instances) {
        const auto [it, fresh] = sights.try_emplace(key.labels, Sight{&instance.labels});
        it->second.missing = it->second.missing || fresh;
        it->second.seen = it->second.seen || instance.absence != Absence::NoData;
    }
    static const Labels noLabels;
    if (step.missing == Missing::IsBelow) {
        remember(noLabels);
        for (auto &[labels, sight] : sights)
            sight.held = sight.missing && step.graced;
        return sights;
    }
    missKnown(step, sights);
    if (nothing) {
        m_absence = step.graced ? Absence::WeWereDown : Absence::NoData;
        if (m_timing.noData == NoDataPolicy::Alert && !step.graced)
            sights.emplace(noLabels.key(),
                           Sight{&noLabels, unknown, everyLevel, true, false, Absence::NoData});
    }
    return sights;
}

/// Notes that a label set is there, where it would be missed.
void RuleStateMachine::remember(const Labels &labels)
{
    if (m_timing.noData != NoDataPolicy::Alert || m_known.size() >= maxInstances)
        return;
    m_changed = m_known.emplace(labels.key(), labels).second || m_changed;
}

/// Applies the no-data policy to what is gone, and remembers what is there.
void RuleStateMachine::missKnown(const Step &step, std::map<std::string, Sight> &sights)
{
    for (const auto &[labels, sight] : sights) {
        if (!sight.missing)
            remember(*sight.labels);
    }
    for (const auto &[labels, known] : m_known) {
        const auto [it, fresh] = sights.try_emplace(labels, Sight{&known});
        it->second.missing = it->second.missing || fresh;
        it->second.seen = true;
    }
    const bool anythingSeen =
        std::any_of(sights.begin(), sights.end(), [](const auto &entry) { return !entry.second.missing; });
    for (auto &[labels, sight] : sights) {
        if (!sight.missing)
            continue;
        m_absence = step.graced ? Absence::WeWereDown : Absence::SenderSilent;
        sight.held = step.graced || m_timing.noData == NoDataPolicy::Keep;
        if (m_timing.noData != NoDataPolicy::Alert || step.graced)
            continue;
        if (sight.seen) {
            sight.breached = everyLevel;
            sight.absence = Absence::SenderSilent;
        } else if (!anythingSeen) {
            sight.breached = everyLevel;
            sight.absence = m_absence = Absence::NoData;
        }
    }
}

/// Takes one label set through an evaluation. Where it fired before and fires still, but at another level,
/// that is one change.
void RuleStateMachine::follow(Step &step, const std::string &labels, const Sight &sight)
{
    const AlertInstance *firing = m_timing.levels.size() > 1 ? this->firing(labels) : nullptr;
    if (!firing)
        return followLevels(step, labels, sight);
    const AlertInstance before = *firing;
    Step own = step;
    own.transitions.clear();
    followLevels(own, labels, sight);
    const AlertInstance *now = this->firing(labels);
    if (now && now->level != before.level) {
        AlertInstance &after = m_instances.at(Key{labels, now->level});
        after.firedMs = before.firedMs;
        if (isWorse(before.peak, after.peak, m_timing.levels[after.level].direction))
            after.peak = before.peak;
        std::erase_if(own.transitions, [](const Transition &transition) {
            return transition.kind == Transition::Kind::Fired ||
                   transition.kind == Transition::Kind::Resolved;
        });
        own.transitions.push_back(
            {Transition::Kind::LevelChanged, after, Transition::Why::Condition, before.level});
    }
    step.transitions.insert(step.transitions.end(), own.transitions.begin(), own.transitions.end());
}

/// Takes one label set through its levels, the most severe first.
void RuleStateMachine::followLevels(Step &step, const std::string &labels, const Sight &sight)
{
    bool outdone = false;
    for (uint8_t level = 0; level < m_timing.levels.size(); level++) {
        const Key key{labels, level};
        AlertInstance *instance = nullptr;
        if (holds(sight.breached, level)) {
            instance = observe(step, key, sight, outdone);
            if (instance)
                settle(step, *instance, outdone);
        } else if (const auto it = m_instances.find(key); it != m_instances.end()) {
            instance = endQuiet(step, it->second, sight) ? nullptr : &it->second;
            if (!instance)
                m_instances.erase(it);
        }
        outdone = outdone || (instance && instance->firing);
    }
}

/// The instance of a label set in breach, made where it is new; null where there are too many.
AlertInstance *RuleStateMachine::observe(Step &step, const Key &key, const Sight &sight, bool outdone)
{
    auto it = m_instances.find(key);
    if (it == m_instances.end()) {
        if (m_instances.size() >= maxInstances) {
            m_ignored++;
            return nullptr;
        }
        AlertInstance fresh{*sight.labels, false, step.nowMs, 0, sight.value, sight.value, key.level};
        fresh.absence = sight.absence;
        it = m_instances.emplace(key, fresh).first;
        if (m_timing.levels[key.level].forMs > 0 || outdone)
            step.transitions.push_back({Transition::Kind::PendingStarted, fresh});
    }
    AlertInstance &instance = it->second;
    instance.value = sight.value;
    instance.absence = sight.absence;
    m_changed = m_changed || instance.quietSinceMs != 0;
    instance.quietSinceMs = 0;
    if (isWorse(sight.value, instance.peak, m_timing.levels[key.level].direction))
        instance.peak = sight.value;
    return &instance;
}

/// Fires what is due, and puts what a more severe level outdoes back.
void RuleStateMachine::settle(Step &step, AlertInstance &instance, bool outdone)
{
    if (instance.firing && outdone) {
        instance.firing = false;
        instance.firedMs = 0;
        m_changed = true;
    }
    if (instance.firing || outdone || step.nowMs - instance.sinceMs < m_timing.levels[instance.level].forMs)
        return;
    instance.firing = true;
    instance.firedMs = step.nowMs;
    step.transitions.push_back({Transition::Kind::Fired, instance});
}

/// What is not in breach: true where it is over.
bool RuleStateMachine::endQuiet(Step &step, AlertInstance &instance, const Sight &sight)
{
    if (sight.held) {
        if (!instance.firing)
            instance.sinceMs += step.elapsedMs;
        if (instance.quietSinceMs != 0)
            instance.quietSinceMs += step.elapsedMs;
        return false;
    }
    if (!sight.missing)
        instance.value = sight.value;
    if (instance.firing && m_timing.keepFiringForMs > 0) {
        if (instance.quietSinceMs == 0) {
            instance.quietSinceMs = step.nowMs;
            m_changed = true;
        }
        if (step.nowMs - instance.quietSinceMs < m_timing.keepFiringForMs)
            return false;
    }
    const bool gone = sight.missing && step.missing == Missing::IsGone && instance.absence != Absence::NoData;
    step.transitions.push_back(
        {instance.firing ? Transition::Kind::Resolved : Transition::Kind::PendingCleared, std::move(instance),
         gone ? Transition::Why::Disappeared : Transition::Why::Condition});
    return true;
}

void RuleStateMachine::restore(std::vector<AlertInstance> instances, int64_t lastMs,
                               const std::vector<Labels> &known)
{
    m_instances.clear();
    m_known.clear();
    for (AlertInstance &instance : instances) {
        if (instance.level >= m_timing.levels.size())
            continue;
        const Key key{instance.labels.key(), instance.level};
        m_instances.insert_or_assign(key, std::move(instance));
    }
    for (const Labels &labels : known) {
        if (m_timing.noData == NoDataPolicy::Alert && m_known.size() < maxInstances)
            m_known.emplace(labels.key(), labels);
    }
    m_lastMs = lastMs;
}

std::vector<Transition> RuleStateMachine::endAll()
{
    std::vector<Transition> transitions;
    for (auto &[key, instance] : m_instances) {
        if (instance.firing)
            transitions.push_back({Transition::Kind::Resolved, std::move(instance)});
    }
    m_instances.clear();
    m_known.clear();
    m_absence = Absence::None;
    return transitions;
}

void RuleStateMachine::forgetPending()
{
    std::erase_if(m_instances, [](const auto &entry) { return !entry.second.firing; });
    m_known.clear();
    m_absence = Absence::None;
}

std::vector<Transition> RuleStateMachine::setTiming(RuleTiming timing, const LevelMoves &moves)
{
    m_timing = std::move(timing);
    if (m_timing.noData != NoDataPolicy::Alert)
        m_known.clear();
    std::vector<Transition> transitions;
    Instances moved;
    for (auto &[key, instance] : m_instances) {
        const auto place = key.level < moves.size() ? moves[key.level] : std::optional<uint8_t>();
        if (place) {
            instance.level = *place;
            moved.emplace(Key{key.labels, *place}, std::move(instance));
        } else if (instance.firing) {
            transitions.push_back({Transition::Kind::Resolved, std::move(instance)});
        }
    }
    m_instances = std::move(moved);
    return transitions;
}

const AlertInstance *RuleStateMachine::firing(const std::string &labels) const
{
    for (uint8_t level = 0; level < m_timing.levels.size(); level++) {
        const auto it = m_instances.find(Key{labels, level});
        if (it != m_instances.end() && it->second.firing)
            return &it->second;
    }
    return nullptr;
}

} // namespace plimsoll::alerts
