#include "alerts/status/Incidents.h"

#include "alerts/EpisodeBook.h"
#include "alerts/Fields.h"

#include <algorithm>
#include <array>

namespace plimsoll::alerts {

namespace {

constexpr std::array<std::string_view, 4> states{"investigating", "identified", "monitoring", "resolved"};
constexpr size_t maxText = 5'000;
constexpr size_t maxShown = 50;

QString qt(const std::string &text) { return QString::fromStdString(text); }

std::string readState(Fields &fields, const std::string &fallback)
{
    const std::string state = fields.text("state", 40);
    if (state.empty())
        return fallback;
    if (std::find(states.begin(), states.end(), state) == states.end())
        fields.fail("state", "must be investigating, identified, monitoring or resolved.");
    return state;
}

int64_t readTime(Fields &fields, const char *name, int64_t fallback)
{
    const double ms = fields.number(name, double(fallback));
    if (ms < 0 || ms > 9'999'999'999'999)
        fields.fail(name, "must be in milliseconds since the Unix epoch.");
    return int64_t(ms);
}

QJsonObject makeUpdate(int64_t atMs, const std::string &state, const std::string &text, const std::string &by)
{
    return {{"id", qt(makeTimedId(atMs))},
            {"at_ms", qint64(atMs)},
            {"state", qt(state)},
            {"text", qt(text)},
            {"by", qt(by)}};
}

/// Who wrote an update stays with its id; nobody can say it for others.
QJsonValue authorOf(const QJsonArray &before, const QString &id, const std::string &author)
{
    for (const QJsonValue update : before) {
        if (update["id"].toString() == id)
            return update["by"].toString();
    }
    return qt(author);
}

/// The updates as they were sent, each checked, in order of time.
QJsonArray readUpdates(Fields &whole, int64_t nowMs, const QJsonArray &before, const std::string &author)
{
    std::vector<QJsonObject> updates;
    for (const QJsonValue entry : whole.array("updates", Incidents::maxUpdates)) {
        Fields fields(entry.toObject(), "an update", "updates[" + std::to_string(updates.size()) + "].");
        fields.refuseUnknown({"id", "at_ms", "state", "text", "by"});
        const int64_t atMs = readTime(fields, "at_ms", nowMs);
        QJsonObject update =
            makeUpdate(atMs, readState(fields, "investigating"), fields.text("text", maxText), {});
        if (const std::string id = fields.text("id", 40); !id.empty())
            update.insert("id", qt(id));
        update.insert("by", authorOf(before, update.value("id").toString(), author));
        if (!entry.isObject())
            fields.fail("", "must be an object.");
        if (const Status status = fields.status(); !status)
            whole.fail("updates", "has one that is wrong: " + status.error().message);
        updates.push_back(update);
    }
    std::stable_sort(updates.begin(), updates.end(), [](const QJsonObject &a, const QJsonObject &b) {
        return a.value("at_ms").toInteger() < b.value("at_ms").toInteger();
    });
    QJsonArray sorted;
    for (const QJsonObject &update : updates)
        sorted.append(update);
    return sorted;
}

QJsonArray readIds(Fields &fields, const char *name)
{
    QJsonArray ids;
    for (const QJsonValue id : fields.array(name, 100)) {
        if (id.toString().isEmpty())
            fields.fail(name, "must be a list of ids.");
        else if (!ids.contains(id))
            ids.append(id);
    }
    return ids;
}

/// When it was resolved: kept while it stays so, now where it has just become so.
QJsonValue resolvedMs(Fields &fields, const std::string &state, const QJsonObject &previous, int64_t nowMs)
{
    if (state != "resolved")
        return {};
    const QJsonValue before = previous.value("resolved_ms");
    return qint64(readTime(fields, "resolved_ms", before.isDouble() ? before.toInteger() : nowMs));
}

StatusView::Incident viewOf(const QJsonObject &stored,
                            const std::function<std::string(const std::string &)> &nameOf)
{
    StatusView::Incident incident;
    incident.id = stored.value("id").toString().toStdString();
    incident.title = stored.value("title").toString().toStdString();
    incident.impact = stored.value("impact").toString() == "slow" ? PublicState::Slow : PublicState::Down;
    incident.startedMs = stored.value("started_ms").toInteger();
    incident.resolvedMs = timeFromJson(stored.value("resolved_ms"));
    for (const auto &check : stored.value("checks").toArray()) {
        if (std::string name = nameOf(check.toString().toStdString()); !name.empty())
            incident.components.push_back(std::move(name));
    }
    for (const auto &each : stored.value("updates").toArray()) {
        const QJsonObject update = each.toObject();
        incident.updates.insert(incident.updates.begin(), {update.value("id").toString().toStdString(),
                                                           update.value("at_ms").toInteger(),
                                                           update.value("state").toString().toStdString(),
                                                           update.value("text").toString().toStdString()});
    }
    return incident;
}

} // namespace

Incidents::Incidents(Records &records, const Clock &clock, const CheckDirectory &checks)
    : StoredBook(records, clock, collection, "incident")
    , m_checks(checks)
{
}

Result<QJsonObject> Incidents::accept(const QJsonObject &definition, const QJsonObject &previous) const
{
    const int64_t nowMs = clock().nowMs();
    Fields fields(definition, "an incident");
    fields.refuseUnknown({"id", "created_ms", "updated_ms", "title", "impact", "state", "started_ms",
                          "resolved_ms", "checks", "pages", "updates", "text", "created_by"});
    const std::string title = fields.requiredText("title", 200);
    std::string impact = fields.text("impact", 20);
    if (impact.empty())
        impact = "down";
    if (impact != "down" && impact != "slow")
        fields.fail("impact", "must be down or slow.");
    const std::string state = readState(fields, "investigating");
    const QJsonArray checks = readIds(fields, "checks");
    for (const QJsonValue id : checks) {
        if (!m_checks.check(id.toString().toStdString()) && !previous.value("checks").toArray().contains(id))
            fields.fail("checks", "names \"" + id.toString().toStdString() + "\", which does not exist.");
    }
    const std::string author = fields.text("created_by", 200);
    const QJsonArray known = previous.value("updates").toArray();
    QJsonArray updates = definition.contains("updates") ? readUpdates(fields, nowMs, known, author) : known;
    const int64_t startedMs = readTime(fields, "started_ms", previous.value("started_ms").toInteger(nowMs));
    if (const std::string text = fields.text("text", maxText); previous.isEmpty() && !text.empty())
        updates.append(makeUpdate(std::min(startedMs, nowMs), state, text, author));
    const QJsonValue before = previous.value("created_by");
    const QJsonObject accepted{{"title", qt(title)},
                               {"created_by", author.empty() ? before.toString() : qt(author)},
                               {"impact", qt(impact)},
                               {"state", qt(state)},
                               {"started_ms", qint64(startedMs)},
                               {"resolved_ms", resolvedMs(fields, state, previous, nowMs)},
                               {"checks", checks},
                               {"pages", readIds(fields, "pages")},
                               {"updates", updates}};
    if (accepted.value("resolved_ms").isDouble() && accepted.value("resolved_ms").toInteger() < startedMs)
        fields.fail("resolved_ms", "is before `started_ms`.");
    if (Status status = fields.status(); !status)
        return status.error();
    return accepted;
}

bool Incidents::isListed(const QJsonObject &stored, const Listing &listing) const
{
    const std::string state = listing.filter("state");
    const bool open = stored.value("state").toString() != "resolved";
    return state.empty() ||
           (state == "open" ? open : stored.value("state").toString().toStdString() == state);
}

int64_t Incidents::orderMs(const QJsonObject &stored) const { return stored.value("started_ms").toInteger(); }

QCoro::Task<Incidents::Answer> Incidents::act(std::string id, Action action)
{
    const auto found = all().find(id);
    if (found == all().end())
        co_return notFound(id);
    if (action.name != "updates") {
        auto refusing = ResourceBook::act(id, action);
        co_return co_await refusing;
    }
    const int64_t nowMs = clock().nowMs();
    QJsonObject body = found->second;
    Fields fields(action.body, "an update");
    fields.refuseUnknown({"state", "text"});
    const std::string state = readState(fields, body.value("state").toString().toStdString());
    const std::string text = fields.requiredText("text", maxText);
    QJsonArray updates = body.value("updates").toArray();
    if (updates.size() >= maxUpdates)
        fields.fail("text",
                    "is one too many: an incident has at most " + std::to_string(maxUpdates) + " updates.");
    const QJsonValue resolved = resolvedMs(fields, state, body, nowMs);
    if (const Status status = fields.status(); !status)
        co_return status.error();
    updates.append(makeUpdate(nowMs, state, text, action.by));
    body.insert("updates", updates);
    body.insert("state", qt(state));
    body.insert("resolved_ms", resolved);
    auto storing = store(id, body);
    co_return co_await storing;
}

std::vector<StatusView::Incident>
Incidents::ofPage(const std::string &pageId, int64_t sinceMs,
                  const std::function<std::string(const std::string &)> &nameOf) const
{
    std::vector<StatusView::Incident> shown;
    for (const auto &[id, stored] : all()) {
        const QJsonArray pages = stored.value("pages").toArray();
        StatusView::Incident incident = viewOf(stored, nameOf);
        const bool recent = incident.resolvedMs.value_or(INT64_MAX) >= sinceMs;
        if (recent && (pages.isEmpty() || pages.contains(qt(pageId))))
            shown.push_back(std::move(incident));
    }
    std::sort(shown.begin(), shown.end(), [](const auto &a, const auto &b) {
        return std::tuple(a.resolvedMs.has_value(), -a.startedMs, a.id) <
               std::tuple(b.resolvedMs.has_value(), -b.startedMs, b.id);
    });
    shown.resize(std::min(shown.size(), maxShown));
    return shown;
}

} // namespace plimsoll::alerts
