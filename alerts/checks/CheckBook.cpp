#include "alerts/checks/CheckBook.h"

#include "alerts/EpisodeBook.h"
#include "alerts/Fields.h"
#include "alerts/checks/CheckKind.h"
#include "alerts/checks/Dependencies.h"
#include "storage/model/Staleness.h"

#include <QCoroFuture>
#include <QPointer>
#include <QRandomGenerator>

namespace plimsoll::alerts {

namespace {

constexpr int flushMs = 200;
constexpr size_t maxSamples = 10'000;

Error noCheck(const std::string &id)
{
    return {ErrorCode::NotFound, "There is no check \"" + id + "\".", {}};
}

Error stopping() { return {ErrorCode::Cancelled, "The appliance is stopping.", {}}; }

Error changedMeanwhile()
{
    return {ErrorCode::Conflict, "It was changed by somebody else at the same moment.",
            "Read it again and repeat."};
}

MadeSample sample(const Check &check, const std::string &name, int64_t atMs, double value)
{
    MadeSample made;
    made.labels.set(nameLabel, name);
    made.labels.set("check", check.name);
    made.labels.set("kind", check.kind);
    made.timestampMs = atMs;
    made.value = value;
    return made;
}

} // namespace

CheckBook::CheckBook(Options options, Parts parts, QObject *parent)
    : QObject(parent)
    , m_options(std::move(options))
    , m_parts(std::move(parts))
    , m_probes(m_options.probes, m_parts.source, m_parts.clock)
    , m_timer(this)
    , m_flush(this)
{
    m_elapsed.start();
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    m_flush.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &CheckBook::runDue);
    connect(&m_flush, &QTimer::timeout, this, &CheckBook::flushSeries);
}

CheckBook::~CheckBook() { stop(); }

Status CheckBook::open()
{
    if (Status status = loadChecks(); !status)
        return status;
    const auto states = m_parts.records.list(stateCollection);
    if (!states)
        return states.error();
    for (const QJsonObject &state : *states) {
        const auto found = m_checks.find(state.value("id").toString().toStdString());
        if (found != m_checks.end())
            found->second.restore(state);
    }
    return {};
}

Status CheckBook::loadChecks()
{
    const auto stored = m_parts.records.list(collection);
    if (!stored)
        return stored.error();
    for (const QJsonObject &object : *stored) {
        const Result<Check> check = Check::fromStored(object, *m_parts.secrets);
        if (!check) {
            qWarning("The check \"%s\" cannot be read: %s", qPrintable(object.value("name").toString()),
                     check.error().message.c_str());
            continue;
        }
        m_checks.insert_or_assign(check->id, CheckRuntime(*check));
    }
    return {};
}

void CheckBook::start()
{
    if (!m_options.leads || m_stopped)
        return;
    m_started = true;
    for (auto &[id, runtime] : m_checks)
        plan(runtime, CheckPlan::firstRun(elapsedMs(), runtime.check().intervalMs,
                                          QRandomGenerator::global()->generateDouble()));
}

void CheckBook::stop()
{
    if (std::exchange(m_stopped, true))
        return;
    m_timer.stop();
    m_flush.stop();
    m_due.clear();
    m_dueOf.clear();
    m_probes.stop();
    flushSeries();
    if (!m_started)
        return;
    for (auto &[id, runtime] : m_checks)
        saveState(runtime, true);
}

const CheckRuntime *CheckBook::find(const std::string &id) const
{
    const auto found = m_checks.find(id);
    return found == m_checks.end() ? nullptr : &found->second;
}

std::vector<std::string> CheckBook::usersOf(const std::string &channelId) const
{
    std::vector<std::string> names;
    for (const auto &[id, runtime] : m_checks) {
        const std::vector<std::string> &used = runtime.check().channels;
        if (std::find(used.begin(), used.end(), channelId) != used.end())
            names.push_back(runtime.check().name);
    }
    return names;
}

QJsonObject CheckBook::toJson(const CheckRuntime &runtime) const
{
    return runtime.toJson(heldBy(runtime.check()));
}

CheckBook::Answer CheckBook::list(Listing listing) const
{
    const Result<Pager> pager = Pager::open(listing.page, Pager::Order::OldestFirst);
    if (!pager)
        return pager.error();
    const std::string kind = listing.filter("kind");
    const QString state = QString::fromStdString(listing.filter("state"));
    std::vector<std::pair<Pager::Place, const CheckRuntime *>> items;
    for (const auto &[id, runtime] : m_checks) {
        if (!kind.empty() && kind != runtime.check().kind)
            continue;
        if (!state.isEmpty() && state != toJson(runtime).value("state").toString())
            continue;
        items.push_back({{runtime.check().createdMs, id}, &runtime});
    }
    return pager->cut(std::move(items), [this](const CheckRuntime *item) { return toJson(*item); });
}

CheckBook::Answer CheckBook::read(std::string id) const
{
    const CheckRuntime *found = find(id);
    if (!found)
        return noCheck(id);
    return toJson(*found);
}

/// What only the book knows: names, references, how many there are.
Status CheckBook::accept(const Check &check) const
{
    if (!m_checks.contains(check.id) && m_checks.size() >= maxChecks)
        return Error{ErrorCode::Unprocessable,
                     "There are " + std::to_string(maxChecks) + " checks already; that is the limit.",
                     "Remove checks that nobody needs."};
    for (const auto &[id, runtime] : m_checks) {
        if (id != check.id && runtime.check().name == check.name)
            return Error{ErrorCode::Conflict, "There is a check \"" + check.name + "\" already.",
                         "Its series go by the name, so it must be unique."};
    }
    for (const std::string &channel : check.channels) {
        if (!m_parts.channelExists(channel))
            return Error{
                ErrorCode::Unprocessable, "`channels` names \"" + channel + "\", which does not exist.", {}};
    }
    Dependencies dependencies;
    for (const auto &[id, runtime] : m_checks)
        dependencies[id] = runtime.check().dependsOn;
    return acceptDependencies(dependencies, check.id, check.dependsOn);
}

QCoro::Task<CheckBook::Answer> CheckBook::create(QJsonObject definition)
{
    Result<Check> check = Check::fromJson(definition, nullptr);
    if (!check)
        co_return check.error();
    check->createdMs = m_parts.clock.nowMs();
    check->id = makeTimedId(check->createdMs);
    check->version = 1;
    auto storing = store(*check);
    co_return co_await storing;
}

QCoro::Task<CheckBook::Answer> CheckBook::replace(std::string id, QJsonObject definition)
{
    const CheckRuntime *current = find(id);
    if (!current)
        co_return noCheck(id);
    Result<Check> check = Check::fromJson(definition, &current->check());
    if (!check)
        co_return check.error();
    check->id = id;
    check->createdMs = current->check().createdMs;
    check->version = current->check().version + 1;
    auto storing = store(*check);
    co_return co_await storing;
}

QCoro::Task<CheckBook::Answer> CheckBook::patch(std::string id, QJsonObject patch)
{
    const CheckRuntime *current = find(id);
    if (!current)
        co_return noCheck(id);
    auto replacing = replace(id, mergePatch(current->check().toMaskedJson(), patch));
    co_return co_await replacing;
}

/// Writes a check, then puts it in force; it runs at once.
QCoro::Task<CheckBook::Answer> CheckBook::store(Check check)
{
    const QPointer<CheckBook> self(this);
    if (Status status = accept(check); !status)
        co_return status.error();
    if (!m_writing.insert(check.id).second)
        co_return changedMeanwhile();
    check.updatedMs = m_parts.clock.nowMs();
    const auto writing =
        m_parts.records.put(collection, check.id, check.toStored(*m_parts.secrets), check.updatedMs);
    const Status written = co_await writing;
    if (!self)
        co_return stopping();
    m_writing.erase(check.id);
    if (!written)
        co_return written.error();
    auto found = m_checks.find(check.id);
    if (found == m_checks.end())
        found = m_checks.emplace(check.id, CheckRuntime(check)).first;
    else {
        const Check &old = found->second.check();
        if (old.name != check.name || old.kind != check.kind || !check.enabled)
            endSeries(found->second);
        found->second.setCheck(check);
    }
    CheckRuntime &runtime = found->second;
    runtime.run++;
    runtime.running = false;
    if (!check.enabled)
        m_parts.notices.end(check.id, m_parts.clock.nowMs(), CheckNotices::End::Disabled);
    saveState(runtime, true);
    plan(runtime, elapsedMs());
    const QJsonObject shown = toJson(runtime);
    Q_EMIT definitionsChanged();
    Q_EMIT checkChanged(shown);
    co_return shown;
}

QCoro::Task<Status> CheckBook::remove(std::string id)
{
    const QPointer<CheckBook> self(this);
    if (!m_checks.contains(id))
        co_return noCheck(id);
    std::string users;
    for (const auto &[other, runtime] : m_checks) {
        const std::vector<std::string> &parents = runtime.check().dependsOn;
        if (std::find(parents.begin(), parents.end(), id) != parents.end())
            users.append(users.empty() ? "\"" : ", \"").append(runtime.check().name).append("\"");
    }
    if (!users.empty())
        co_return Error{ErrorCode::Conflict, "Others depend on this check: " + users + ".",
                        "Take it out of their `depends_on` first."};
    if (!m_writing.insert(id).second)
        co_return changedMeanwhile();
    const auto removing = m_parts.records.remove(collection, id);
    const Status removed = co_await removing;
    if (!self)
        co_return removed;
    m_writing.erase(id);
    if (!removed)
        co_return removed;
    unplan(id);
    m_regularOf.erase(id);
    if (const auto found = m_checks.find(id); found != m_checks.end()) {
        endSeries(found->second);
        m_checks.erase(found);
    }
    m_parts.records.remove(stateCollection, id);
    m_parts.notices.end(id, m_parts.clock.nowMs(), CheckNotices::End::Removed);
    Q_EMIT definitionsChanged();
    co_return Status();
}

QCoro::Task<CheckBook::Answer> CheckBook::act(std::string id, Action action)
{
    const QPointer<CheckBook> self(this);
    if (action.name == "test" && id.empty()) {
        auto testing = test(action.body);
        co_return co_await testing;
    }
    if (action.name != "run")
        co_return ResourceBook::Answer(
            Error{ErrorCode::Unsupported, "A check cannot \"" + action.name + "\".", {}});
    const CheckRuntime *found = find(id);
    if (!found)
        co_return noCheck(id);
    if (!m_started || m_stopped)
        co_return Error{ErrorCode::Unavailable, "Another node runs the checks.", {}};
    const CheckKind *kind = findCheckKind(found->check().kind);
    if (!kind || kind->passive())
        co_return Error{
            ErrorCode::Unprocessable, "This check waits for what others send; it cannot be run.", {}};
    if (found->running)
        co_return Error{ErrorCode::Conflict, "The check is running.", "Its result is there in a moment."};
    auto running = run(id);
    co_await running;
    if (!self)
        co_return stopping();
    co_return read(id);
}

/// Looks as a check of this definition would, at the same places only. With the `id` of one that exists its
/// secrets stand for their masks, where it still goes to the same host.
QCoro::Task<CheckBook::Answer> CheckBook::test(QJsonObject definition)
{
    const QPointer<CheckBook> self(this);
    const CheckRuntime *known = find(definition.value("id").toString().toStdString());
    if (definition.value("name").toString().trimmed().isEmpty())
        definition.insert("name", "test");
    const Result<Check> check = Check::fromJson(definition, known ? &known->check() : nullptr);
    if (!check)
        co_return check.error();
    if (const CheckKind *kind = findCheckKind(check->kind); !kind || kind->passive())
        co_return Error{
            ErrorCode::Unprocessable, "This check waits for what others send; it cannot be run.", {}};
    if (!m_started || m_stopped)
        co_return Error{ErrorCode::Unavailable, "Another node runs the checks.", {}};
    if (m_testing >= maxTests)
        co_return Error{ErrorCode::Conflict, "Others are being tried out.", "Try again in a moment."};
    m_testing++;
    const auto probing = look(*check);
    const ProbeResult result = co_await probing;
    if (!self)
        co_return stopping();
    m_testing--;
    CheckRuntime trial(*check);
    trial.take(result, m_parts.clock.nowMs());
    const QJsonObject shown = trial.toJson({});
    const char *state = result.outcome == Outcome::Ok         ? "ok"
                        : result.outcome == Outcome::Degraded ? "degraded"
                                                              : "down";
    const QJsonObject answer{{"kind", shown.value("kind")},
                             {"target", shown.value("target")},
                             {"state", state},
                             {"duration_ms", shown.value("duration_ms")},
                             {"message", shown.value("message")},
                             {"figures", shown.value("figures")}};
    co_return answer;
}

void CheckBook::report(const std::string &id, const ProbeResult &result)
{
    const auto found = m_checks.find(id);
    if (found != m_checks.end() && found->second.check().enabled && !m_stopped)
        take(found->second, result, true);
}

void CheckBook::plan(CheckRuntime &runtime, int64_t dueMs)
{
    const Check &check = runtime.check();
    const CheckKind *kind = findCheckKind(check.kind);
    unplan(check.id);
    runtime.nextRunMs = 0;
    if (!m_started || m_stopped || !check.enabled || !kind || kind->passive())
        return;
    m_due.emplace(dueMs, check.id);
    m_dueOf[check.id] = dueMs;
    m_regularOf[check.id] = dueMs;
    runtime.nextRunMs = m_parts.clock.nowMs() + dueMs - elapsedMs();
    arm();
}

void CheckBook::unplan(const std::string &id)
{
    const auto found = m_dueOf.find(id);
    if (found == m_dueOf.end())
        return;
    m_due.erase({found->second, id});
    m_dueOf.erase(found);
}

void CheckBook::arm()
{
    if (m_due.empty() || m_stopped)
        return m_timer.stop();
    m_timer.start(std::chrono::milliseconds(std::max<int64_t>(0, m_due.begin()->first - elapsedMs())));
}

void CheckBook::runDue()
{
    const int64_t nowMs = elapsedMs();
    while (!m_due.empty() && m_due.begin()->first <= nowMs) {
        const std::string id = m_due.begin()->second;
        unplan(id);
        CheckRuntime &runtime = m_checks.at(id);
        if (!runtime.running)
            run(id);
    }
    arm();
}

QFuture<ProbeResult> CheckBook::look(const Check &check)
{
    if (check.missingSecrets.empty())
        return m_probes.run(check);
    return QtFuture::makeReadyFuture(ProbeResult::failed(
        "`" + check.missingSecrets.front() + "` cannot be read any more and must be given again."));
}

/// One run, from its start to what follows from its result.
QCoro::Task<void> CheckBook::run(std::string id)
{
    const QPointer<CheckBook> self(this);
    CheckRuntime &starting = m_checks.at(id);
    unplan(id);
    starting.running = true;
    const uint64_t number = ++starting.run;
    const int64_t begunMs = elapsedMs();
    const auto probing = look(starting.check());
    const ProbeResult result = co_await probing;
    if (!self || m_stopped)
        co_return;
    const auto found = m_checks.find(id);
    if (found == m_checks.end() || found->second.run != number)
        co_return;
    CheckRuntime &runtime = found->second;
    runtime.running = false;
    const Check &check = runtime.check();
    const int64_t regularMs = m_regularOf[id];
    const bool scheduled = begunMs >= regularMs;
    take(runtime, result, scheduled);
    const int64_t nextMs =
        scheduled ? CheckPlan::nextRun(regularMs, elapsedMs(), check.intervalMs) : regularMs;
    const int64_t retryMs = elapsedMs() + CheckPlan::retryPause(check.intervalMs, check.retries);
    const bool soon = runtime.machine().confirming() && retryMs < nextMs;
    plan(runtime, soon ? retryMs : nextMs);
    m_regularOf[id] = nextMs;
}

void CheckBook::take(CheckRuntime &runtime, const ProbeResult &result, bool scheduled)
{
    const int64_t nowMs = m_parts.clock.nowMs();
    const bool wasConfirming = runtime.machine().confirming();
    const bool wasTroubled = runtime.machine().troubledSinceMs().has_value();
    const std::optional<CheckChange> change = runtime.take(result, nowMs);
    const bool confirming = runtime.machine().confirming();
    runtime.tookAtMs = elapsedMs();
    if (!wasTroubled && runtime.machine().troubledSinceMs()) {
        runtime.troubledAtMs = runtime.tookAtMs;
        lookAtParents(runtime.check());
    }
    if (scheduled || change)
        writeSeries(runtime, nowMs);
    saveState(runtime, change.has_value());
    tell(runtime);
    tellDependents(runtime.check().id);
    if (change || confirming != wasConfirming)
        Q_EMIT checkChanged(toJson(runtime));
    Q_EMIT reported(QString::fromStdString(runtime.check().id));
}

/// Hands the state to the episodes, unless a check that it depends on has still to show whether it is the
/// reason.
void CheckBook::tell(CheckRuntime &runtime)
{
    const CheckState state = runtime.machine().state();
    if (state == CheckState::Unknown || !runtime.machine().lastMs())
        return;
    runtime.told = state == CheckState::Ok || !undecided(runtime);
    if (runtime.told)
        m_parts.notices.tell(runtime, *runtime.machine().lastMs());
}

void CheckBook::tellDependents(const std::string &id)
{
    for (auto &[other, runtime] : m_checks) {
        const std::vector<std::string> &parents = runtime.check().dependsOn;
        if (!runtime.told && std::find(parents.begin(), parents.end(), id) != parents.end())
            tell(runtime);
    }
}

/// Runs those it depends on at once, so that they are found down before this one is told of.
void CheckBook::lookAtParents(const Check &check)
{
    for (const std::string &id : check.dependsOn) {
        const auto parent = m_checks.find(id);
        if (parent == m_checks.end() || parent->second.running || !m_dueOf.contains(id))
            continue;
        plan(parent->second, elapsedMs());
    }
}

/// Whether one that it depends on has a failure that is not confirmed yet, or is about to be looked at for
/// the first time since this one's trouble began.
bool CheckBook::undecided(const CheckRuntime &runtime) const
{
    const std::vector<std::string> &parents = runtime.check().dependsOn;
    return std::any_of(parents.begin(), parents.end(), [&](const std::string &id) {
        const CheckRuntime *parent = find(id);
        if (!parent || !parent->check().enabled || !parent->active() ||
            parent->machine().state() == CheckState::Down)
            return false;
        const auto due = m_dueOf.find(id);
        const bool looks = parent->running || (due != m_dueOf.end() && due->second <= elapsedMs());
        return parent->machine().failures() > 0 || (looks && parent->tookAtMs < runtime.troubledAtMs);
    });
}

std::vector<std::string> CheckBook::heldBy(const Check &check) const
{
    std::vector<std::string> holders;
    for (const std::string &id : check.dependsOn) {
        const CheckRuntime *parent = find(id);
        if (parent && parent->check().enabled && parent->machine().state() == CheckState::Down)
            holders.push_back(id);
    }
    return holders;
}

void CheckBook::writeSeries(const CheckRuntime &runtime, int64_t atMs)
{
    const Check &check = runtime.check();
    const CheckState state = runtime.machine().state();
    if (m_samples.size() >= maxSamples || !runtime.last())
        return;
    if (state != CheckState::Unknown)
        m_samples.push_back(sample(check, "check_up", atMs, state == CheckState::Down ? 0 : 1));
    if (state != CheckState::Unknown)
        m_samples.push_back(sample(check, "check_degraded", atMs, state == CheckState::Degraded ? 1 : 0));
    m_samples.push_back(sample(check, "check_duration_seconds", atMs, runtime.last()->durationMs / 1000));
    for (const auto &[name, value] : runtime.last()->figures)
        m_samples.push_back(sample(check, name, atMs, value));
    if (!m_flush.isActive() && !m_stopped)
        m_flush.start(flushMs);
}

/// Ends the series of a check, so that it is not shown as it was for the minutes that queries look back.
void CheckBook::endSeries(const CheckRuntime &runtime)
{
    if (!runtime.last() || m_stopped)
        return;
    const int64_t nowMs = m_parts.clock.nowMs();
    std::vector<std::string> names{"check_up", "check_degraded", "check_duration_seconds"};
    for (const auto &[name, value] : runtime.last()->figures)
        names.push_back(name);
    for (const std::string &name : names)
        m_samples.push_back(sample(runtime.check(), name, nowMs, std::bit_cast<double>(staleBits)));
    m_flush.start(flushMs);
}

void CheckBook::flushSeries()
{
    if (!m_samples.empty())
        m_parts.series.write(m_options.probes.project, std::exchange(m_samples, {}));
}

/// Written when the state or what is counted changes, not at every run.
void CheckBook::saveState(CheckRuntime &runtime, bool always)
{
    const std::string mark =
        std::to_string(int(runtime.machine().state())) + "/" +
        std::to_string(std::min(runtime.machine().failures(), runtime.check().retries + 1));
    if (!always && mark == runtime.saved)
        return;
    runtime.saved = mark;
    m_parts.records.put(stateCollection, runtime.check().id, runtime.stateToJson(), m_parts.clock.nowMs());
}

} // namespace plimsoll::alerts
