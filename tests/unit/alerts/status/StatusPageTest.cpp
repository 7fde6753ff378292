#include "alerts/status/Markup.h"
#include "alerts/status/StatusFeed.h"
#include "alerts/status/StatusPageHtml.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>
#include <QXmlStreamReader>

using namespace plimsoll;
using namespace plimsoll::alerts;

namespace {

constexpr int64_t minute = 60'000;
constexpr int64_t nowMs = 1'767'700'800'000; ///< Tuesday, 2026-01-06 12:00 UTC
const std::string hostile = "<script>alert(1)</script> & \"quotes\" 'n' \x01 \xff";

/// A component of which day `i` of 90 was down for `downMinutes`.
StatusView::Component component(const std::string &name, PublicState state,
                                const std::map<int, int> &downMinutes = {})
{
    StatusView::Component made;
    made.name = name;
    made.state = state;
    int i = 0;
    for (const Span &span : lastDays(nowMs, StatusView::shownDays, QTimeZone::utc())) {
        StatusView::Day day;
        day.span = span;
        day.figure.watchedMs = std::min(nowMs, span.toMs) - span.fromMs;
        if (const auto down = downMinutes.find(i++); down != downMinutes.end())
            day.figure.downMs = double(down->second * minute);
        made.uptime += day.figure;
        made.days.push_back(day);
    }
    return made;
}

StatusView example()
{
    StatusView view;
    view.slug = "example";
    view.title = "Example";
    view.atMs = nowMs;
    view.changedMs = nowMs - minute;
    view.components = {component("Website", PublicState::Up, {{30, 14}, {60, 90}}),
                       component("API", PublicState::Up)};
    return view;
}

StatusView::Incident incident(const std::string &id, std::optional<int64_t> resolvedMs)
{
    StatusView::Incident made;
    made.id = id;
    made.title = "Errors from the API";
    made.startedMs = nowMs - 60 * minute;
    made.resolvedMs = resolvedMs;
    made.components = {"API"};
    made.updates = {{"u2", nowMs - 10 * minute, "identified", "A disk is full."},
                    {"u1", nowMs - 50 * minute, "investigating", "We are looking."}};
    return made;
}

QString html(const StatusView &view) { return QString::fromStdString(statusPageHtml(view)); }

/// The names of all elements, or what is wrong with the XML.
QStringList elementsOf(const std::string &xml)
{
    QXmlStreamReader reader(QByteArray::fromStdString(xml));
    QStringList names;
    while (!reader.atEnd()) {
        if (reader.readNext() == QXmlStreamReader::StartElement)
            names << reader.name().toString();
    }
    if (reader.hasError())
        names << "broken: " + reader.errorString();
    return names;
}

} // namespace

class StatusPageTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void saysHowItIs_data();
    void saysHowItIs();
    void anOpenIncidentCounts();
    void showsFigures();
    void writesDurationsAndShares();
    void escapesEverything();
    void hasNoScriptAndFetchesNothing();
    void staysSmall();
    void tellsStatesByWords();
    void feedIsAtom();
    void badgeIsSvg();
    void jsonHasNoMore();
    void aPageOfNothing();
};

void StatusPageTest::saysHowItIs_data()
{
    QTest::addColumn<QString>("states"); ///< a letter for each component
    QTest::addColumn<QString>("sentence");

    QTest::newRow("all up") << "uu"
                            << "Example is working";
    QTest::newRow("none") << ""
                          << "Example is working";
    QTest::newRow("unknown") << "??"
                             << "Example has not been checked yet";
    QTest::newRow("one unknown") << "u?"
                                 << "Example is working";
    QTest::newRow("one down") << "ud"
                              << "B is down";
    QTest::newRow("two down") << "dud"
                              << "A and C are down";
    QTest::newRow("three down") << "ddud"
                                << "A, B and D are down";
    QTest::newRow("four of five down") << "ddddu"
                                       << "4 of 5 are down";
    QTest::newRow("all down") << "dddd"
                              << "All 4 are down";
    QTest::newRow("down before slow") << "sd"
                                      << "B is down";
    QTest::newRow("slow before maintenance") << "sm"
                                             << "A is slow";
    QTest::newRow("maintenance") << "um"
                                 << "B is under maintenance";
}

void StatusPageTest::saysHowItIs()
{
    QFETCH(QString, states);
    QFETCH(QString, sentence);
    StatusView view = example();
    view.components.clear();
    for (qsizetype i = 0; i < states.size(); i++)
        view.components.push_back(
            component(std::string(1, char('A' + i)), PublicState(QString("?umsd").indexOf(states[i]))));
    QCOMPARE(QString::fromStdString(view.sentence()), sentence);
    QVERIFY(html(view).contains(">" + sentence + "</h1>"));
}

void StatusPageTest::anOpenIncidentCounts()
{
    StatusView view = example();
    view.incidents = {incident("i1", nowMs - minute)};
    QCOMPARE(view.worst(), PublicState::Up);
    view.incidents = {incident("i1", {})};
    QCOMPARE(view.worst(), PublicState::Down);
    QCOMPARE(view.sentence(), std::string("Example has an outage"));
    const QString page = html(view);
    QVERIFY(page.indexOf("Errors from the API") < page.indexOf("Last 90 days</h2>"));
    QVERIFY(page.contains("A disk is full."));
}

void StatusPageTest::showsFigures()
{
    const QString page = html(example());
    QVERIFY2(page.contains("99.91\u202f%"), qPrintable(page));
    QVERIFY(page.contains("100\u202f%"));
    QVERIFY(page.contains("8 Dec 2025: 1\u202fh 30\u202fmin down"));
    QVERIFY(page.contains("down on 2 days"));
    QVERIFY(page.contains("None in the last 90 days."));
}

void StatusPageTest::writesDurationsAndShares()
{
    QCOMPARE(roughDuration(10'000), std::string("under a minute"));
    QCOMPARE(roughDuration(14 * minute), std::string("14\u202fmin"));
    QCOMPARE(roughDuration(60 * minute), std::string("1\u202fh"));
    QCOMPARE(roughDuration(114 * minute), std::string("1\u202fh 54\u202fmin"));
    QCOMPARE(roughDuration(26 * 60 * minute), std::string("1\u202fd 2\u202fh"));
    QCOMPARE(uptimeText({}), std::string("–"));
    QCOMPARE(uptimeText({1000, 0}), std::string("100\u202f%"));
    QCOMPARE(uptimeText({1'000'000'000, 1}), std::string("99.99\u202f%"));
    QCOMPARE(uptimeText({1000, 1000}), std::string("0.00\u202f%"));
}

void StatusPageTest::escapesEverything()
{
    StatusView view = example();
    view.title = view.text = view.components[0].name = hostile;
    view.incidents = {incident("i1", {}), incident("i2", nowMs)};
    for (StatusView::Incident &each : view.incidents)
        each.title = each.updates[0].text = each.components[0] = hostile;
    view.maintenance = {{hostile, {nowMs, nowMs + minute}}};
    const QString page = html(view);
    QVERIFY(!page.contains("<script"));
    QVERIFY(page.contains(
        "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot; &#39;n&#39; \ufffd \ufffd"));
    QVERIFY(!elementsOf(statusFeed(view)).contains("script"));
    QVERIFY(!elementsOf(statusBadge(view)).contains("script"));
    QVERIFY2(!elementsOf(statusFeed(view)).join(' ').contains("broken"), statusFeed(view).c_str());
    QVERIFY2(!elementsOf(statusBadge(view)).join(' ').contains("broken"), statusBadge(view).c_str());
}

void StatusPageTest::hasNoScriptAndFetchesNothing()
{
    StatusView view = example();
    view.incidents = {incident("i1", {}), incident("i2", nowMs)};
    const QString page = html(view);
    QVERIFY(!page.contains("<script"));
    QVERIFY(!page.contains("javascript:"));
    QVERIFY(!page.contains(" style="));
    QVERIFY(!page.contains("src="));
    QVERIFY(!page.contains("//") || page.count("//") == page.count("http://www.w3.org/2000/svg"));
    QCOMPARE(page.count("<style>"), 1);
    QVERIFY(statusPageStyleHash().starts_with("sha256-"));
}

/// Ten components, each down on every third day, and ten incidents: under 20 KB where it is calm, and not
/// without bound where nothing is.
void StatusPageTest::staysSmall()
{
    StatusView view = example();
    view.components.clear();
    for (int i = 0; i < 10; i++)
        view.components.push_back(component("Component " + std::to_string(i), PublicState::Up, {{30, 14}}));
    for (int i = 0; i < 5; i++)
        view.incidents.push_back(incident("i" + std::to_string(i), nowMs));
    QVERIFY2(statusPageHtml(view).size() < 20'000, std::to_string(statusPageHtml(view).size()).c_str());
}

void StatusPageTest::tellsStatesByWords()
{
    StatusView view = example();
    for (const auto &[state, word] :
         {std::pair(PublicState::Down, "Down"), std::pair(PublicState::Slow, "Slow"),
          std::pair(PublicState::Maintenance, "Maintenance"),
          std::pair(PublicState::Unknown, "Not checked yet"), std::pair(PublicState::Up, "Up")}) {
        view.components[0].state = state;
        view.components[0].sinceMs.reset();
        QVERIFY(html(view).contains(QString(">%1</span>").arg(word)));
    }
    view.components[0].state = PublicState::Down;
    view.components[0].sinceMs = nowMs - 5 * minute;
    QVERIFY(html(view).contains("Down since 11:55"));
    view.components[0].sinceMs = nowMs - 2 * 24 * 60 * minute;
    view.zone = QTimeZone("Asia/Tokyo");
    QVERIFY(html(view).contains("Down since 4 Jan 2026, 21:00"));
}

void StatusPageTest::feedIsAtom()
{
    StatusView view = example();
    QCOMPARE(elementsOf(statusFeed(view)),
             QStringList({"feed", "id", "title", "author", "name", "updated", "link", "link"}));
    for (int i = 0; i < 40; i++)
        view.incidents.push_back(incident("i" + std::to_string(i), nowMs));
    const std::string feed = statusFeed(view);
    QCOMPARE(elementsOf(feed).count("entry"), 50);
    QCOMPARE(statusFeed(view), feed);
    const QString text = QString::fromStdString(feed);
    QVERIFY(text.contains("<title>Identified: Errors from the API</title>"));
    QVERIFY(text.indexOf("Identified") < text.indexOf("Investigating"));
    QVERIFY(text.contains("<updated>2026-01-06T11:50:00Z</updated>"));
    // Every entry has an id of its own, which stays.
    QSet<QString> ids;
    for (qsizetype at = 0; (at = text.indexOf("<id>urn:uuid:", at)) >= 0; at++)
        ids << text.mid(at, 60);
    QCOMPARE(ids.size(), 51);
}

void StatusPageTest::badgeIsSvg()
{
    StatusView view = example();
    QVERIFY(elementsOf(statusBadge(view)).contains("svg"));
    QVERIFY(QString::fromStdString(statusBadge(view)).contains("aria-label=\"Example: up\""));
    QVERIFY(QString::fromStdString(statusBadge(view, BadgeText::Uptime)).contains("99.95\u202f%"));
    view.components[1].state = PublicState::Down;
    QVERIFY(QString::fromStdString(statusBadge(view)).contains("Example: down"));
    view.title = std::string(400, 'x');
    QVERIFY(statusBadge(view).size() < 2'000);
}

void StatusPageTest::jsonHasNoMore()
{
    StatusView view = example();
    view.incidents = {incident("i1", {})};
    const QJsonObject object = QJsonDocument::fromJson(QByteArray::fromStdString(statusJson(view))).object();
    QCOMPARE(object.keys(),
             QStringList({"at_ms", "components", "incidents", "sentence", "status", "title", "uptime_90d"}));
    QCOMPARE(object["status"].toString(), "down");
}

void StatusPageTest::aPageOfNothing()
{
    StatusView view;
    view.title = view.slug = "x";
    QVERIFY(html(view).contains("x is working"));
    QVERIFY(!html(view).contains("Last 90 days</h2>"));
}

QTEST_GUILESS_MAIN(StatusPageTest)
#include "StatusPageTest.moc"
