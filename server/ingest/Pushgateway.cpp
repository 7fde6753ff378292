#include "server/ingest/Pushgateway.h"

#include "storage/model/Staleness.h"

#include <QJsonDocument>

#include <bit>
#include <deque>
#include <map>
#include <mutex>
#include <set>

namespace plimsoll::ingest {
namespace {

constexpr const char *source = "pushgateway";
constexpr std::string_view collection = "push_groups";
constexpr size_t samplesAtOnce = 20'000;
constexpr size_t seriesOfTimes = 2; ///< that each group has besides those that were pushed

const Error stopping{ErrorCode::Unavailable, "Plimsoll is stopping.", "Push again in a moment."};

double staleMarker() { return std::bit_cast<double>(staleBits); }

} // namespace

/// The state, shared with the answers that are on their way.
class Pushgateway::Core : public std::enable_shared_from_this<Core>
{
public:
    Core(IngestThread &ingest, DocumentStore &documents, const Clock &clock, const Options &options)
        : m_ingest(ingest)
        , m_documents(documents)
        , m_clock(clock)
        , m_options(options)
    {
    }

    Status load(const std::set<ProjectId> &projects);
    void push(PushGroup next, Mode mode, Done done);
    void noteFailure(ProjectId project, const Labels &labels, Done done);
    void remove(ProjectId project, const std::string &id, Done done);
    void tick();
    size_t groupCount() const;
    size_t seriesCount() const;
    void stop();

private:
    /// Where a group stands in memory.
    struct Entry
    {
        PushGroup group;
        int64_t sampledMs = 0; ///< the newest sample that was handed over
    };
    /// One change of a group; the changes of a group come one after the other.
    struct Change
    {
        std::function<void()> run;
        Done done;
    };

    Result<std::map<std::string, Entry>> stored(const std::set<ProjectId> &projects) const;
    void enqueue(const std::string &id, std::function<void()> run, Done done);
    void finish(const std::string &id, const Status &status);
    void runPush(const std::string &id, const PushGroup &pushed, Mode mode);
    void runFailure(const std::string &id, ProjectId project, const Labels &labels, const Status &answer);
    void runRemove(ProjectId project, const std::string &id);
    void endSeries(const std::string &id);
    void pushCommitted(const std::string &id, const PushGroup &next, const CommitReceipt &receipt);
    void keep(const std::string &id, const Status &answer);
    Result<PushGroup> merged(const std::string &id, const PushGroup &pushed, Mode mode) const;
    static void addEnded(const PushGroup &before, const PushGroup &after, int64_t timestampMs, Batch &batch);
    int64_t nextMs(const std::string &id) const;
    size_t seriesCountLocked() const;
    bool hasRoomFor(const std::string &id) const;
    void repeat(int64_t timestampMs);
    void expire(int64_t nowMs);

    IngestThread &m_ingest;
    DocumentStore &m_documents;
    const Clock &m_clock;
    const Options m_options;

    mutable std::mutex m_mutex; ///< guards the rest; never held during a call to others
    std::map<std::string, Entry> m_groups;
    std::map<std::string, std::deque<Change>> m_changes; ///< by group; the first one is under way
    int64_t m_repeatedMs = 0;
    bool m_stopped = false;
};

Result<std::map<std::string, Pushgateway::Core::Entry>>
Pushgateway::Core::stored(const std::set<ProjectId> &projects) const
{
    std::map<std::string, Entry> groups;
    for (const ProjectId project : projects) {
        const auto documents = m_documents.list(project, collection);
        if (!documents)
            return documents.error();
        for (const Document &document : *documents) {
            auto group = PushGroup::fromJson(
                project, QJsonDocument::fromJson(QByteArray::fromStdString(document.body)).object());
            if (group)
                groups[document.id].group = std::move(*group);
            else
                qWarning("%s It is left out.", group.error().message.c_str());
        }
    }
    return groups;
}

Status Pushgateway::Core::load(const std::set<ProjectId> &projects)
{
    auto groups = stored(projects);
    if (!groups)
        return groups.error();
    const std::lock_guard lock(m_mutex);
    for (auto &[id, entry] : m_groups) {
        const auto loaded = groups->find(id);
        if (m_changes.contains(id) && projects.contains(entry.group.project))
            (*groups)[id] = entry;
        else if (loaded != groups->end())
            loaded->second.sampledMs = entry.sampledMs;
    }
    m_groups = std::move(*groups);
    return {};
}

void Pushgateway::Core::enqueue(const std::string &id, std::function<void()> run, Done done)
{
    {
        const std::lock_guard lock(m_mutex);
        if (!m_stopped) {
            auto &waiting = m_changes[id];
            waiting.push_back({run, std::move(done)});
            if (waiting.size() > 1)
                return;
            done = nullptr;
        }
    }
    if (done)
        done(stopping);
    else
        run();
}

void Pushgateway::Core::finish(const std::string &id, const Status &status)
{
    Done done;
    std::function<void()> next;
    std::deque<Change> dropped;
    {
        const std::lock_guard lock(m_mutex);
        auto &waiting = m_changes[id];
        done = std::move(waiting.front().done);
        waiting.pop_front();
        if (m_stopped)
            dropped.swap(waiting);
        if (waiting.empty())
            m_changes.erase(id);
        else
            next = waiting.front().run;
    }
    done(status);
    for (const Change &change : dropped)
        change.done(stopping);
    if (next)
        next();
}

/// A sample's time: now, and after all that the group has.
int64_t Pushgateway::Core::nextMs(const std::string &id) const
{
    const auto it = m_groups.find(id);
    return std::max(m_clock.nowMs(), it == m_groups.end() ? 0 : it->second.sampledMs + 1);
}

size_t Pushgateway::Core::seriesCountLocked() const
{
    size_t count = 0;
    for (const auto &[id, entry] : m_groups)
        count += entry.group.series.size() + seriesOfTimes;
    return count;
}

Result<PushGroup> Pushgateway::Core::merged(const std::string &id, const PushGroup &pushed, Mode mode) const
{
    PushGroup out = pushed;
    const auto it = m_groups.find(id);
    const size_t before = it == m_groups.end() ? 0 : it->second.group.series.size() + seriesOfTimes;
    if (it != m_groups.end()) {
        out.failedMs = it->second.group.failedMs;
        std::set<std::string_view> replaced; // families and series
        for (const PushedSeries &one : pushed.series)
            replaced.insert({one.family, one.key});
        for (const PushedSeries &one : it->second.group.series) {
            if (mode == Mode::Merge && !replaced.contains(one.family) && !replaced.contains(one.key))
                out.series.push_back(one);
        }
    }
    if (seriesCountLocked() - before + out.series.size() + seriesOfTimes > m_options.maxSeries)
        return Error{ErrorCode::TooMany,
                     "All pushed groups together have more than " + std::to_string(m_options.maxSeries) +
                         " series.",
                     "Delete groups whose jobs are gone."};
    return out;
}

/// Ends the series that a group no longer has.
void Pushgateway::Core::addEnded(const PushGroup &before, const PushGroup &after, int64_t timestampMs,
                                 Batch &batch)
{
    std::set<std::string_view> kept;
    for (const PushedSeries &one : after.series)
        kept.insert(one.key);
    for (const PushedSeries &one : before.series) {
        if (!kept.contains(one.key))
            addSample(batch, one.key, one.kind, timestampMs, staleMarker(), 0);
    }
}

void Pushgateway::Core::push(PushGroup next, Mode mode, Done done)
{
    const std::string id = next.id();
    enqueue(
        id,
        [self = shared_from_this(), id, pushed = std::make_shared<PushGroup>(std::move(next)), mode] {
            self->runPush(id, *pushed, mode);
        },
        std::move(done));
}

/// All samples are one item: a group changes as a whole or not at all.
void Pushgateway::Core::runPush(const std::string &id, const PushGroup &pushed, Mode mode)
{
    Batch batch;
    std::optional<Result<PushGroup>> next;
    {
        const std::lock_guard lock(m_mutex);
        next = merged(id, pushed, mode);
        if (*next) {
            PushGroup &group = next->value();
            group.pushedMs = nextMs(id);
            batch.project = group.project;
            batch.itemCount = 1;
            group.addTo(batch, group.pushedMs, 0);
            if (const auto it = m_groups.find(id); it != m_groups.end())
                addEnded(it->second.group, group, group.pushedMs, batch);
        }
    }
    if (!*next) {
        finish(id, next->error());
        return;
    }
    const int64_t pushedMs = next->value().pushedMs;
    m_ingest.submit(
        std::move(batch),
        [self = shared_from_this(), id, group = std::make_shared<PushGroup>(std::move(next->value()))](
            const CommitReceipt &receipt) { self->pushCommitted(id, *group, receipt); },
        source, pushedMs);
}

void Pushgateway::Core::pushCommitted(const std::string &id, const PushGroup &next,
                                      const CommitReceipt &receipt)
{
    if (!receipt.status.ok()) {
        finish(id, receipt.status);
        return;
    }
    if (!receipt.rejections.empty()) {
        runFailure(id, next.project, next.labels,
                   Error{ErrorCode::Invalid, receipt.rejections.front().message, {}});
        return;
    }
    {
        const std::lock_guard lock(m_mutex);
        Entry &entry = m_groups[id];
        entry.group = next;
        entry.sampledMs = next.pushedMs;
    }
    keep(id, {});
}

void Pushgateway::Core::noteFailure(ProjectId project, const Labels &labels, Done done)
{
    const std::string id = PushGroup::idOf(project, labels);
    enqueue(
        id, [self = shared_from_this(), id, project, labels] { self->runFailure(id, project, labels, {}); },
        std::move(done));
}

bool Pushgateway::Core::hasRoomFor(const std::string &id) const
{
    const std::lock_guard lock(m_mutex);
    return m_groups.contains(id) || seriesCountLocked() + seriesOfTimes <= m_options.maxSeries;
}

void Pushgateway::Core::runFailure(const std::string &id, ProjectId project, const Labels &labels,
                                   const Status &answer)
{
    Batch batch;
    int64_t failedMs = 0;
    if (!hasRoomFor(id)) {
        finish(id, answer);
        return;
    }
    {
        const std::lock_guard lock(m_mutex);
        failedMs = nextMs(id);
        Entry &entry = m_groups[id];
        entry.group.project = batch.project = project;
        entry.group.labels = labels;
        entry.group.failedMs = entry.sampledMs = failedMs;
        batch.itemCount = 1;
        PushGroup times = entry.group;
        times.series.clear();
        times.addTo(batch, failedMs, 0);
    }
    m_ingest.submit(
        std::move(batch),
        [self = shared_from_this(), id, answer](const CommitReceipt &) { self->keep(id, answer); }, source,
        failedMs);
}

/// Makes the group's record what the group is, and answers. The group may have gone with its project.
void Pushgateway::Core::keep(const std::string &id, const Status &answer)
{
    Document document{id, {}, m_clock.nowMs()};
    std::optional<PushGroup> group;
    {
        const std::lock_guard lock(m_mutex);
        if (const auto it = m_groups.find(id); it != m_groups.end())
            group = it->second.group;
    }
    if (!group) {
        finish(id, answer);
        return;
    }
    document.body = QJsonDocument(group->toJson()).toJson(QJsonDocument::Compact).toStdString();
    m_documents.put(group->project, collection, std::move(document),
                    [self = shared_from_this(), id, answer](const Status &kept) {
                        self->finish(id, kept.ok() ? answer : kept);
                    });
}

void Pushgateway::Core::remove(ProjectId project, const std::string &id, Done done)
{
    enqueue(
        id, [self = shared_from_this(), project, id] { self->runRemove(project, id); }, std::move(done));
}

/// The record goes first: a group whose series ended must not come back after a restart.
void Pushgateway::Core::runRemove(ProjectId project, const std::string &id)
{
    m_documents.remove(project, collection, id, [self = shared_from_this(), id](const Status &removed) {
        if (removed.ok())
            self->endSeries(id);
        else
            self->finish(id, removed);
    });
}

void Pushgateway::Core::endSeries(const std::string &id)
{
    Batch batch;
    {
        const std::lock_guard lock(m_mutex);
        const auto it = m_groups.find(id);
        if (it != m_groups.end()) {
            batch.project = it->second.group.project;
            batch.itemCount = 1;
            it->second.group.addTo(batch, nextMs(id), 0);
            for (Batch::FloatSample &sample : batch.floats)
                sample.value = staleMarker();
            m_groups.erase(it);
        }
    }
    if (batch.empty())
        finish(id, {});
    else
        m_ingest.submit(std::move(batch), [self = shared_from_this(), id](const CommitReceipt &receipt) {
            self->finish(id, receipt.status);
        });
}

void Pushgateway::Core::tick()
{
    const int64_t nowMs = m_clock.nowMs();
    if (m_options.ttlMs > 0)
        expire(nowMs);
    const int64_t dueMs = nowMs - nowMs % m_options.intervalMs;
    {
        const std::lock_guard lock(m_mutex);
        if (m_stopped || dueMs <= m_repeatedMs)
            return;
        m_repeatedMs = dueMs;
    }
    repeat(dueMs);
}

void Pushgateway::Core::repeat(int64_t timestampMs)
{
    std::map<ProjectId, std::vector<Batch>> batches;
    {
        const std::lock_guard lock(m_mutex);
        for (auto &[id, entry] : m_groups) {
            if (entry.sampledMs >= timestampMs)
                continue;
            entry.sampledMs = timestampMs;
            auto &ofProject = batches[entry.group.project];
            if (ofProject.empty() || ofProject.back().floats.size() > samplesAtOnce)
                ofProject.emplace_back().project = entry.group.project;
            Batch &batch = ofProject.back();
            entry.group.addTo(batch, timestampMs, batch.itemCount++);
        }
    }
    for (auto &[project, ofProject] : batches) {
        for (Batch &batch : ofProject)
            m_ingest.submit(std::move(batch), [](const CommitReceipt &) {});
    }
}

void Pushgateway::Core::expire(int64_t nowMs)
{
    std::vector<std::pair<ProjectId, std::string>> old;
    {
        const std::lock_guard lock(m_mutex);
        for (const auto &[id, entry] : m_groups) {
            if (std::max(entry.group.pushedMs, entry.group.failedMs) + m_options.ttlMs <= nowMs &&
                !m_changes.contains(id))
                old.emplace_back(entry.group.project, id);
        }
    }
    for (const auto &[project, id] : old) {
        remove(project, id, [](const Status &removed) {
            if (!removed.ok())
                qWarning("A pushed group that is too old stays: %s", removed.error().message.c_str());
        });
    }
}

size_t Pushgateway::Core::groupCount() const
{
    const std::lock_guard lock(m_mutex);
    return m_groups.size();
}

size_t Pushgateway::Core::seriesCount() const
{
    const std::lock_guard lock(m_mutex);
    return seriesCountLocked();
}

void Pushgateway::Core::stop()
{
    const std::lock_guard lock(m_mutex);
    m_stopped = true;
}

Pushgateway::Pushgateway(IngestThread &ingest, DocumentStore &documents, const Clock &clock,
                         const Options &options)
    : m_core(std::make_shared<Core>(ingest, documents, clock, options))
{
}

Pushgateway::~Pushgateway() { stop(); }

Status Pushgateway::load(const std::set<ProjectId> &projects) { return m_core->load(projects); }

void Pushgateway::push(ProjectId project, const Labels &labels, Mode mode, std::vector<PushedSeries> series,
                       Done done)
{
    PushGroup group;
    group.project = project;
    group.labels = labels;
    group.series = std::move(series);
    m_core->push(std::move(group), mode, std::move(done));
}

void Pushgateway::noteFailure(ProjectId project, const Labels &labels, Done done)
{
    m_core->noteFailure(project, labels, std::move(done));
}

void Pushgateway::remove(ProjectId project, const Labels &labels, Done done)
{
    m_core->remove(project, PushGroup::idOf(project, labels), std::move(done));
}

void Pushgateway::tick() { m_core->tick(); }
size_t Pushgateway::groupCount() const { return m_core->groupCount(); }
size_t Pushgateway::seriesCount() const { return m_core->seriesCount(); }
void Pushgateway::stop() { m_core->stop(); }

} // namespace plimsoll::ingest
