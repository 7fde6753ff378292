#include "alerts/status/StatusPageHtml.h"

#include "alerts/status/Markup.h"
#include "alerts/status/StatusPageStyle.h"

#include <QByteArray>
#include <QCryptographicHash>
#include <QDateTime>

#include <algorithm>

namespace plimsoll::alerts {

namespace {

constexpr double redMs = 3'600'000; ///< a day that was down for longer is red
constexpr int dayWidth = 6;         ///< of a bar and the space after it
constexpr size_t maxTroubledDays = 60;

using Day = StatusView::Day;
using Component = StatusView::Component;

std::string number(int value) { return std::to_string(value); }

enum class Bar { None, Up, Partly, Down, Maintenance };

Bar barOf(const Day &day)
{
    if (day.figure.watchedMs <= 0)
        return day.maintenance ? Bar::Maintenance : Bar::None;
    if (day.figure.downMs <= 0)
        return Bar::Up;
    return day.figure.downMs > redMs ? Bar::Down : Bar::Partly;
}

bool isTroubled(const Day &day) { return day.figure.watchedMs > 0 && day.figure.downMs > 0; }

/// Runs of days that look the same, drawn as dashed lines: a few bytes each.
std::string barRuns(const std::vector<Day> &days, Bar wanted, const char *style, int y)
{
    std::string path;
    for (size_t i = 0; i < days.size(); i++) {
        if (barOf(days[i]) != wanted || (i > 0 && barOf(days[i - 1]) == wanted))
            continue;
        size_t end = i;
        while (end + 1 < days.size() && barOf(days[end + 1]) == wanted)
            end++;
        path += "M" + number(int(i) * dayWidth) + " " + number(y) + "H" + number(int(end) * dayWidth + 4);
    }
    return path.empty() ? path : "<path class=" + std::string(style) + " d=\"" + path + "\"/>";
}

std::string troubledBars(const std::vector<Day> &days, const QTimeZone &zone)
{
    std::string bars;
    for (size_t i = 0; i < days.size(); i++) {
        if (!isTroubled(days[i]))
            continue;
        const bool red = barOf(days[i]) == Bar::Down;
        bars += std::string("<path class=") + (red ? "d" : "p") + " d=\"M" + number(int(i) * dayWidth + 2) +
                " 24V" + (red ? "0" : "4") + "\"><title>" + dateText(days[i].span.fromMs, zone) + ": " +
                roughDuration(days[i].figure.downMs) + " down</title></path>";
    }
    return bars;
}

/// The bars in words.
std::string barsSummary(const Component &component)
{
    const auto troubled = std::count_if(component.days.begin(), component.days.end(), isTroubled);
    std::string text = "Last 90 days: " + uptimeText(component.uptime) + " up";
    if (!component.uptime.share())
        return "Last 90 days: not checked yet";
    if (troubled > 0)
        text += ", down on " + std::to_string(troubled) + (troubled == 1 ? " day" : " days");
    return text;
}

std::string barsSvg(const Component &component, const QTimeZone &zone)
{
    const int width = int(component.days.size()) * dayWidth - 2;
    return "<svg viewBox=\"0 0 " + number(width) + " 24\" preserveAspectRatio=none role=img aria-label=\"" +
           barsSummary(component) + "\">" + barRuns(component.days, Bar::Up, "u", 16) +
           barRuns(component.days, Bar::None, "n", 22) + barRuns(component.days, Bar::Maintenance, "m", 20) +
           troubledBars(component.days, zone) + "</svg>";
}

/// A shape of its own for each state, so that none is told by colour alone.
std::string dot(PublicState state)
{
    const char *shape = "";
    switch (state) {
    case PublicState::Up:
        shape = "<circle class=fill cx=5 cy=5 r=4.5 />";
        break;
    case PublicState::Slow:
        shape = "<circle fill=none stroke-width=2 cx=5 cy=5 r=4 />";
        break;
    case PublicState::Down:
        shape = "<path class=fill d=\"M5 0l5 9H0z\"/>";
        break;
    case PublicState::Maintenance:
        shape = "<path class=fill d=\"M1 1h3v8H1zM6 1h3v8H6z\"/>";
        break;
    case PublicState::Unknown:
        shape = "<path fill=none stroke-width=2 d=\"M1 5h8\"/>";
        break;
    }
    return "<svg class=\"dot " + std::string(publicStateName(state)) +
           "\" viewBox=\"0 0 10 10\" aria-hidden=true>" + shape + "</svg>";
}

std::string mark(const char *style)
{
    return "<svg class=\"" + std::string(style) +
           "\" viewBox=\"0 0 26 20\" aria-hidden=true><circle cx=13 cy=10 r=7 /><path d=\"M1 10h24\"/></svg>";
}

/// Without the day where it is today.
std::string sinceText(int64_t sinceMs, const StatusView &view)
{
    const std::string whole = timeText(sinceMs, view.zone);
    const bool today = dateText(sinceMs, view.zone) == dateText(view.atMs, view.zone);
    return today ? whole.substr(whole.rfind(' ') + 1) : whole;
}

std::string stateWord(const Component &component, const StatusView &view)
{
    static constexpr std::array<const char *, 5> words{"Not checked yet", "Up", "Maintenance", "Slow",
                                                       "Down"};
    std::string text = words[size_t(component.state)];
    if (component.sinceMs)
        text += " since " + sinceText(*component.sinceMs, view);
    return text;
}

std::string componentRow(const Component &component, const StatusView &view)
{
    const std::string state(publicStateName(component.state));
    return "<li class=row><div class=name>" + dot(component.state) + "<div><h3 dir=auto>" +
           escaped(component.name) + "</h3><span class=\"word " + state + "\">" + stateWord(component, view) +
           "</span></div></div><div class=bars>" + barsSvg(component, view.zone) +
           "</div><span class=share>" + uptimeText(component.uptime) + "</span></li>";
}

/// The same days as text: nothing is said by hovering alone.
std::string troubledDays(const StatusView &view)
{
    std::string rows;
    size_t count = 0;
    for (int i = StatusView::shownDays - 1; i >= 0; i--) {
        for (const Component &component : view.components) {
            if (size_t(i) >= component.days.size() || !isTroubled(component.days[size_t(i)]))
                continue;
            const Day &day = component.days[size_t(i)];
            if (++count > maxTroubledDays)
                continue;
            rows += "<li><span>" + dateText(day.span.fromMs, view.zone) + "</span><span dir=auto>" +
                    escaped(component.name) + "</span><span>" + roughDuration(day.figure.downMs) +
                    " down</span></li>";
        }
    }
    return rows.empty()
               ? rows
               : "<details><summary>Days that were not all up</summary><ul>" + rows + "</ul></details>";
}

constexpr const char *key =
    "<p class=key><span><svg viewBox=\"0 0 4 16\" height=16 aria-hidden=true><path class=u d=\"M0 8h4\"/>"
    "</svg>up</span><span><svg viewBox=\"0 0 4 20\" height=20 aria-hidden=true><path class=p "
    "d=\"M2 20V0\"/></svg>partly down</span><span><svg viewBox=\"0 0 4 24\" height=24 aria-hidden=true>"
    "<path class=d d=\"M2 24V0\"/></svg>down over 1\u202fh</span></p>";

std::string componentsSection(const StatusView &view)
{
    if (view.components.empty())
        return {};
    std::string rows;
    for (const Component &component : view.components)
        rows += componentRow(component, view);
    return "<section><div class=bar-head><h2>Last 90 days</h2>" + std::string(key) + "</div><ul class=card>" +
           rows +
           "</ul><div class=ends><p><span><span class=long>90 days ago</span><span class=short>45 days "
           "ago</span></span><span>today</span></p></div>" +
           troubledDays(view) + "</section>";
}

std::string updateRow(const StatusView::Update &update, const QTimeZone &zone)
{
    std::string word = update.state;
    if (!word.empty())
        word.front() = char(std::toupper(static_cast<unsigned char>(word.front())));
    return "<li><time datetime=\"" + isoTime(update.atMs) + "\">" + timeText(update.atMs, zone) +
           "</time><p class=what dir=auto><b>" + escaped(word) + "</b>" + (update.text.empty() ? "" : " ") +
           escaped(update.text) + "</p></li>";
}

std::string incidentWhen(const StatusView::Incident &incident, const QTimeZone &zone)
{
    std::string text = timeText(incident.startedMs, zone);
    text += incident.resolvedMs ? ", for " + roughDuration(double(*incident.resolvedMs - incident.startedMs))
                                : ", not over yet";
    for (size_t i = 0; i < incident.components.size(); i++)
        text += (i == 0 ? " \u00b7 " : ", ") + escaped(incident.components[i]);
    return text;
}

/// `heading` is h2 where the incident is a section of its own, else h3.
std::string incidentArticle(const StatusView::Incident &incident, const QTimeZone &zone,
                            const std::string &heading)
{
    std::string updates;
    for (const StatusView::Update &update : incident.updates)
        updates += updateRow(update, zone);
    return "<article><" + heading + " dir=auto>" + escaped(incident.title) + "</" + heading +
           "><p class=when dir=auto>" + incidentWhen(incident, zone) + "</p>" +
           (updates.empty() ? updates : "<ol>" + updates + "</ol>") + "</article>";
}

std::string openIncidents(const StatusView &view)
{
    std::string cards;
    for (const StatusView::Incident &incident : view.incidents) {
        if (!incident.resolvedMs)
            cards += "<section class=\"card open " + std::string(publicStateName(incident.impact)) + "\">" +
                     incidentArticle(incident, view.zone, "h2") + "</section>";
    }
    return cards;
}

std::string pastIncidents(const StatusView &view)
{
    std::string articles;
    for (const StatusView::Incident &incident : view.incidents) {
        if (incident.resolvedMs)
            articles += incidentArticle(incident, view.zone, "h3");
    }
    return "<section><h2>Incidents</h2>" +
           (articles.empty() ? "<p class=calm>None in the last 90 days.</p>"
                             : "<div class=card>" + articles + "</div>") +
           "</section>";
}

std::string maintenanceSection(const StatusView &view)
{
    std::string articles;
    for (const StatusView::Maintenance &planned : view.maintenance)
        articles += "<article><h3 dir=auto>" + escaped(planned.title) + "</h3><p class=when>" +
                    timeText(planned.span.fromMs, view.zone) + " to " +
                    timeText(planned.span.toMs, view.zone) + "</p></article>";
    return articles.empty()
               ? articles
               : "<section><h2>Planned maintenance</h2><div class=card>" + articles + "</div></section>";
}

std::string favicon(PublicState state)
{
    const std::string colour = "%23" + std::string(stateColour(state).substr(1));
    return "<link rel=icon href=\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 "
           "26 "
           "26' fill='none' stroke='" +
           colour +
           "' stroke-width='2.6' stroke-linecap='round'%3E%3Ccircle cx='13' cy='13' r='7'/%3E%3Cpath d='M1 "
           "13h24'/%3E%3C/svg%3E\">";
}

std::string head(const StatusView &view)
{
    return "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport "
           "content=\"width=device-width,initial-scale=1\"><meta name=color-scheme content=\"light dark\">"
           "<title>" +
           escaped(view.sentence()) + "</title>" + favicon(view.worst()) +
           "<link rel=alternate type=\"application/atom+xml\" title=\"" + escaped(view.title) +
           "\" href=\"/status/" + escaped(view.slug) + "/feed.atom\"><style>" + std::string(statusPageStyle) +
           "</style></head>";
}

std::string statusHead(const StatusView &view)
{
    const std::string sentence = view.sentence();
    const std::string owner = sentence.starts_with(view.title) ? std::string() : view.title;
    return "<header class=head>" + mark(("mark " + std::string(publicStateName(view.worst()))).c_str()) +
           "<div>" + (owner.empty() ? "" : "<p dir=auto>" + escaped(owner) + "</p>") + "<h1 dir=auto>" +
           escaped(sentence) + "</h1>" +
           (view.text.empty() ? "" : "<p dir=auto>" + escaped(view.text) + "</p>") + "</div></header>";
}

std::string footer(const StatusView &view)
{
    return "<footer><span>As of <time datetime=\"" + isoTime(view.atMs) + "\">" +
           timeText(view.atMs, view.zone) + "</time>, " + escaped(view.zone.id().toStdString()) +
           "</span><span><a href=\"/status/" + escaped(view.slug) +
           "/feed.atom\">Atom feed</a></span><span class=by>" + mark("") + "Plimsoll</span></footer>";
}

} // namespace

std::string statusPageHtml(const StatusView &view)
{
    return head(view) + "<body><main>" + statusHead(view) + openIncidents(view) + componentsSection(view) +
           maintenanceSection(view) + pastIncidents(view) + "</main>" + footer(view) + "</body></html>";
}

std::string statusPageStyleHash()
{
    const QByteArray style =
        QByteArray::fromRawData(statusPageStyle.data(), qsizetype(statusPageStyle.size()));
    return "sha256-" + QCryptographicHash::hash(style, QCryptographicHash::Sha256).toBase64().toStdString();
}

} // namespace plimsoll::alerts
