#include "alerts/status/StatusRoom.h"

#include "alerts/Fields.h"
#include "alerts/status/StatusFeed.h"
#include "alerts/status/StatusPageHtml.h"

#include <QCoroFuture>
#include <QPointer>
#include <QPromise>

namespace plimsoll::alerts {

namespace {

constexpr size_t maxReports = 2'000; ///< beyond it none is kept

Error stopping() { return {ErrorCode::Cancelled, "The appliance is stopping.", {}}; }

/// Finishes its future in any case, also where the pool drops the work.
class ReportPromise
{
public:
    ReportPromise() { m_promise.start(); }
    ~ReportPromise() { give(stopping()); }
    ReportPromise(const ReportPromise &) = delete;
    ReportPromise &operator=(const ReportPromise &) = delete;

    QFuture<Result<UptimeReport>> future() const { return m_promise.future(); }
    void give(Result<UptimeReport> report)
    {
        if (std::exchange(m_given, true))
            return;
        m_promise.addResult(std::move(report));
        m_promise.finish();
    }

private:
    QPromise<Result<UptimeReport>> m_promise;
    bool m_given = false;
};

std::string text(const QJsonObject &object, const char *name)
{
    return object.value(QLatin1String(name)).toString().toStdString();
}

PublicDocument documentOf(const StatusView &view, StatusRoom::Form form)
{
    switch (form) {
    case StatusRoom::Form::Feed:
        return {"application/atom+xml; charset=utf-8", statusFeed(view), {}};
    case StatusRoom::Form::Badge:
        return {"image/svg+xml", statusBadge(view), {}};
    case StatusRoom::Form::UptimeBadge:
        return {"image/svg+xml", statusBadge(view, BadgeText::Uptime), {}};
    case StatusRoom::Form::Json:
        return {"application/json", statusJson(view), {}};
    case StatusRoom::Form::Html:
        break;
    }
    return {"text/html; charset=utf-8", statusPageHtml(view), statusPageStyleHash()};
}

QJsonObject toJson(const UptimeFigure &figure)
{
    const auto share = figure.share();
    return {{"uptime", share ? QJsonValue(*share) : QJsonValue()},
            {"watched_ms", qint64(figure.watchedMs)},
            {"down_ms", figure.downMs}};
}

QJsonObject toJson(const UptimeReport &report)
{
    QJsonObject windows;
    for (size_t i = 0; i < uptimeWindows.size(); i++)
        windows.insert(QLatin1String(uptimeWindows[i].name), toJson(report.windows[i]));
    QJsonArray days;
    for (const StatusView::Day &day : report.days) {
        QJsonObject object = toJson(day.figure);
        object.insert("from_ms", qint64(day.span.fromMs));
        object.insert("to_ms", qint64(day.span.toMs));
        object.insert("maintenance", day.maintenance);
        days.append(object);
    }
    return {{"windows", windows}, {"days", days}};
}

} // namespace

StatusRoom::StatusRoom(Parts parts)
    : m_parts(parts)
    , m_pages(parts.records, parts.clock, parts.checks, parts.slugs, parts.project)
    , m_incidents(parts.records, parts.clock, parts.checks)
    , m_maintenance(parts.records)
    , m_timer(this)
{
    m_pool.setMaxThreadCount(1);
    connect(&m_timer, &QTimer::timeout, this, &StatusRoom::tick);
}

StatusRoom::~StatusRoom()
{
    stop();
    m_parts.slugs.releaseAll(m_parts.project);
}

Status StatusRoom::open()
{
    for (const Status &opened : {m_pages.openPages(), m_incidents.open(), m_maintenance.open()}) {
        if (!opened)
            return opened;
    }
    return {};
}

void StatusRoom::start() { m_timer.start(tickMs); }

void StatusRoom::stop()
{
    m_stopped = true;
    m_timer.stop();
    m_pool.clear();
    m_pool.waitForDone();
}

void StatusRoom::tick()
{
    const int64_t nowMs = m_parts.clock.nowMs();
    for (const CheckFacts &check : m_parts.checks.checks())
        m_maintenance.note(check.id, m_parts.checks.inMaintenance(check, nowMs), nowMs);
}

UptimeQuestion StatusRoom::question(const CheckFacts &check, const QTimeZone &zone) const
{
    UptimeQuestion question;
    question.project = m_parts.project;
    question.check = check.name;
    question.createdMs = check.createdMs;
    question.intervalMs = check.intervalMs;
    question.nowMs = m_parts.clock.nowMs();
    question.watched = m_parts.watched.watched();
    question.maintenance = m_maintenance.of(check.id);
    question.zone = zone;
    return question;
}

QCoro::Task<Result<UptimeReport>> StatusRoom::report(CheckFacts check, QTimeZone zone)
{
    const QPointer<StatusRoom> self(this);
    const std::pair key(check.id, zone.id().toStdString());
    const UptimeQuestion asked = question(check, zone);
    const auto kept = m_reports.find(key);
    if (kept != m_reports.end() && asked.nowMs - kept->second.atMs < reportMaxAgeMs &&
        asked.nowMs >= kept->second.atMs) {
        // QCoro moves from whatever is returned and has to be converted, from an lvalue too.
        const UptimeReport copy = kept->second.report;
        co_return copy;
    }
    if (m_stopped)
        co_return stopping();
    const ReaderSource *source = &m_parts.source;
    const auto promise = std::make_shared<ReportPromise>();
    const auto reading = promise->future();
    m_pool.start([promise, source, asked] { promise->give(reportUptime(*source->openReader(), asked)); });
    const Result<UptimeReport> answer = co_await reading;
    if (!self || m_stopped)
        co_return stopping();
    if (answer && m_reports.size() >= maxReports)
        m_reports.clear();
    if (answer)
        m_reports[key] = {*answer, asked.nowMs, asked.maintenance};
    co_return answer;
}

QCoro::Task<Result<QJsonObject>> StatusRoom::uptime(std::string checkId)
{
    const auto check = m_parts.checks.check(checkId);
    if (!check)
        co_return Error{ErrorCode::NotFound, "There is no check \"" + checkId + "\".", {}};
    auto reading = report(*check, QTimeZone::utc());
    const Result<UptimeReport> answer = co_await reading;
    if (!answer)
        co_return answer.error();
    co_return toJson(*answer);
}

StatusView::Component StatusRoom::component(const CheckFacts &check, const std::string &name) const
{
    StatusView::Component shown;
    shown.name = name;
    shown.state = check.enabled ? check.state : PublicState::Unknown;
    if (m_parts.checks.inMaintenance(check, m_parts.clock.nowMs()))
        shown.state = PublicState::Maintenance;
    else if ((shown.state == PublicState::Down || shown.state == PublicState::Slow) && check.sinceMs > 0)
        shown.sinceMs = check.sinceMs;
    return shown;
}

QCoro::Task<Result<StatusView>> StatusRoom::view(QJsonObject page)
{
    const QPointer<StatusRoom> self(this);
    StatusView view;
    view.slug = text(page, "slug");
    view.title = text(page, "title");
    view.text = text(page, "text");
    view.zone = QTimeZone(text(page, "time_zone").c_str());
    view.changedMs = page.value("updated_ms").toInteger();
    const QJsonObject names = page.value("names").toObject();
    std::map<std::string, std::string> shownNames;
    const QJsonArray ids = page.value("checks").toArray();
    for (const QJsonValue id : ids) {
        const auto check = m_parts.checks.check(id.toString().toStdString());
        if (!check)
            continue;
        const std::string chosen = names.value(id.toString()).toString().toStdString();
        const std::string name = chosen.empty() ? check->name : chosen;
        auto reading = report(*check, view.zone);
        const Result<UptimeReport> uptime = co_await reading;
        if (!self || m_stopped)
            co_return stopping();
        if (!uptime)
            co_return uptime.error();
        // It may have changed while its past was read.
        const auto now = m_parts.checks.check(check->id);
        StatusView::Component shown = component(now.value_or(*check), name);
        shown.days = uptime->days;
        for (const StatusView::Day &day : shown.days)
            shown.uptime += day.figure;
        shownNames.emplace(check->id, name);
        view.components.push_back(std::move(shown));
    }
    view.atMs = m_parts.clock.nowMs();
    view.incidents = m_incidents.ofPage(text(page, "id"), view.atMs - uptimeWindows[3].lengthMs,
                                        [&](const std::string &id) {
                                            const auto found = shownNames.find(id);
                                            return found == shownNames.end() ? std::string() : found->second;
                                        });
    co_return view;
}

QCoro::Task<Result<PublicDocument>> StatusRoom::document(std::string slug, Form form)
{
    const auto page = m_pages.findBySlug(slug);
    if (!page)
        co_return Error{ErrorCode::NotFound, "There is no status page here.", {}};
    const bool isPublic = page->value("public").toBool();
    auto viewing = view(*page);
    const Result<StatusView> found = co_await viewing;
    if (!found)
        co_return found.error();
    PublicDocument document = documentOf(*found, form);
    document.isPublic = isPublic;
    co_return document;
}

} // namespace plimsoll::alerts
