#include "alerts/status/StatusFeed.h"

#include "alerts/status/Markup.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QUuid>

#include <algorithm>

namespace plimsoll::alerts {

namespace {

constexpr size_t maxEntries = 50;
constexpr int padding = 8;
constexpr int maxLabel = 60;

std::string urn(const std::string &what)
{
    // The namespace is this product's own, drawn once.
    static const QUuid space("{5f0a7c1e-3d0b-4b57-9f0e-0f6a4f1f8a2d}");
    return "urn:uuid:" + QUuid::createUuidV5(space, QString::fromStdString(what))
                             .toString(QUuid::WithoutBraces)
                             .toStdString();
}

struct Entry
{
    const StatusView::Incident *incident = nullptr;
    const StatusView::Update *update = nullptr;
};

std::vector<Entry> newestEntries(const StatusView &view)
{
    std::vector<Entry> entries;
    for (const StatusView::Incident &incident : view.incidents) {
        for (const StatusView::Update &update : incident.updates)
            entries.push_back({&incident, &update});
    }
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Entry &a, const Entry &b) { return a.update->atMs > b.update->atMs; });
    entries.resize(std::min(entries.size(), maxEntries));
    return entries;
}

std::string entryXml(const StatusView &view, const Entry &entry)
{
    std::string word = entry.update->state;
    if (!word.empty())
        word.front() = char(std::toupper(static_cast<unsigned char>(word.front())));
    const std::string when = isoTime(entry.update->atMs);
    return "<entry><id>" + urn(view.slug + "/" + entry.incident->id + "/" + entry.update->id) +
           "</id><title>" + escaped(word + ": " + entry.incident->title) + "</title><published>" + when +
           "</published><updated>" + when + "</updated><link href=\"/status/" + escaped(view.slug) +
           "\"/><content type=\"text\">" + escaped(entry.update->text) + "</content></entry>\n";
}

/// About how wide a text is in 11 px Verdana; the rest is made up for by textLength.
int widthOf(const QString &text)
{
    double width = 0;
    for (const QChar c : text) {
        if (QStringLiteral("iIjlft.,:;'!|()[]r /\u202f").contains(c))
            width += 4.3;
        else if (QStringLiteral("mwMW%@").contains(c))
            width += 10.3;
        else
            width += c.isUpper() || c.unicode() > 0x2e80 ? 8 : 6.8;
    }
    return int(width + 0.5);
}

const char *badgeWord(PublicState state)
{
    return state == PublicState::Unknown ? "not checked yet" : publicStateName(state).data();
}

QJsonValue shareOf(const UptimeFigure &figure)
{
    const auto share = figure.share();
    return share ? QJsonValue(*share) : QJsonValue();
}

QString text(std::string_view utf8) { return QString::fromUtf8(utf8.data(), qsizetype(utf8.size())); }

QJsonArray componentsJson(const StatusView &view)
{
    QJsonArray all;
    for (const StatusView::Component &component : view.components)
        all.append(QJsonObject{{"name", text(component.name)},
                               {"status", text(publicStateName(component.state))},
                               {"uptime_90d", shareOf(component.uptime)}});
    return all;
}

QJsonArray incidentsJson(const StatusView &view)
{
    QJsonArray all;
    for (const StatusView::Incident &incident : view.incidents) {
        QJsonArray updates;
        for (const StatusView::Update &update : incident.updates)
            updates.append(QJsonObject{
                {"at_ms", qint64(update.atMs)}, {"state", text(update.state)}, {"text", text(update.text)}});
        all.append(QJsonObject{
            {"title", text(incident.title)},
            {"impact", text(publicStateName(incident.impact))},
            {"started_ms", qint64(incident.startedMs)},
            {"resolved_ms", incident.resolvedMs ? QJsonValue(qint64(*incident.resolvedMs)) : QJsonValue()},
            {"updates", updates}});
    }
    return all;
}

} // namespace

std::string statusFeed(const StatusView &view)
{
    const std::vector<Entry> entries = newestEntries(view);
    const int64_t updatedMs = entries.empty() ? view.changedMs : entries.front().update->atMs;
    const std::string slug = escaped(view.slug);
    std::string feed = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                       "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>" +
                       urn(view.slug) + "</id><title>" + escaped(view.title) + "</title><author><name>" +
                       escaped(view.title) + "</name></author><updated>" + isoTime(updatedMs) +
                       "</updated><link rel=\"self\" href=\"/status/" + slug +
                       "/feed.atom\"/><link href=\"/status/" + slug + "\"/>\n";
    for (const Entry &entry : entries)
        feed += entryXml(view, entry);
    return feed + "</feed>\n";
}

std::string statusBadge(const StatusView &view, BadgeText shown)
{
    const PublicState state = view.worst();
    QString label = QString::fromStdString(view.title);
    if (label.size() > maxLabel)
        label = label.left(maxLabel - 1) + QChar(0x2026);
    const std::string word = shown == BadgeText::Uptime ? uptimeText(view.uptime()) : badgeWord(state);
    const int markWidth = 22;
    const int labelWidth = widthOf(label);
    const int wordWidth = widthOf(QString::fromStdString(word));
    const int left = padding + markWidth + labelWidth + padding;
    const int right = padding + wordWidth + padding;
    const std::string colour(stateColour(state));
    const auto number = [](int value) { return std::to_string(value); };
    const auto textAt = [&](int x, int width, const std::string &content) {
        return "<text x=\"" + number(x) + "\" y=\"14\" textLength=\"" + number(width) +
               "\" lengthAdjust=\"spacingAndGlyphs\">" + escaped(content) + "</text>";
    };
    const std::string said = escaped(label.toStdString() + ": " + word);
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(left + right) +
           "\" height=\"20\" role=\"img\" aria-label=\"" + said + "\"><title>" + said +
           "</title><clipPath id=\"r\"><rect width=\"" + number(left + right) +
           "\" height=\"20\" rx=\"5\"/></clipPath><g clip-path=\"url(#r)\"><path fill=\"#12191e\" d=\"M0 0h" +
           number(left) + "v20H0z\"/><path fill=\"" + colour + "\" d=\"M" + number(left) + " 0h" +
           number(right) + "v20H" + number(left) +
           "z\"/></g><g fill=\"none\" stroke=\"#fff\" stroke-width=\"1.5\" stroke-linecap=\"round\"><circle "
           "cx=\"16\" cy=\"10\" r=\"4.5\"/><path d=\"M8 10h16\"/></g><g fill=\"#fff\" "
           "font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\">" +
           textAt(padding + markWidth, labelWidth, label.toStdString()) +
           textAt(left + padding, wordWidth, word) + "</g></svg>\n";
}

std::string statusJson(const StatusView &view)
{
    const QJsonObject object{{"title", text(view.title)},
                             {"status", text(publicStateName(view.worst()))},
                             {"sentence", text(view.sentence())},
                             {"at_ms", qint64(view.atMs)},
                             {"uptime_90d", shareOf(view.uptime())},
                             {"components", componentsJson(view)},
                             {"incidents", incidentsJson(view)}};
    return QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString();
}

} // namespace plimsoll::alerts
