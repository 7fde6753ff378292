#include "tests/unit/desktop/ApplianceFixture.h"

#include "ui/desktop/look/Theme.h"
#include "ui/desktop/window/Listing.h"
#include "ui/desktop/window/MainWindow.h"

#include <QApplication>
#include <QDir>
#include <QPushButton>
#include <QSettings>
#include <QStandardPaths>
#include <QTableWidget>
#include <QTest>

#include <memory>

using namespace plimsoll::desktop;

namespace {

constexpr int patience = 20'000;

QJsonObject objectOf(const char *json)
{
    return QJsonDocument::fromJson(QByteArray(json).replace('\'', '"')).object();
}

/// The row as one text.
QString rowText(const QTableWidget &table, int row)
{
    QStringList cells;
    for (int column = 0; column < table.columnCount(); column++)
        cells << (table.item(row, column) ? table.item(row, column)->text() : QString());
    return cells.join('|').replace(QChar(0xA0), ' ');
}

} // namespace

/// The pages of the window that list, against a real HTTP server. Pictures stay in the build directory.
class ListingTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<ApplianceFixture> m_server;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<Feed> m_feed;
    std::unique_ptr<MainWindow> m_window;

    void open()
    {
        m_feed = std::make_unique<Feed>(Connection{m_server->url(), {}, "1"});
        m_window = std::make_unique<MainWindow>(*m_feed);
        m_window->resize(1180, 760);
        m_feed->start();
        m_window->show();
        QTRY_VERIFY_WITH_TIMEOUT(m_feed->link() == Link::Online, patience);
    }
    Listing *choose(const QString &title)
    {
        for (QPushButton *button : m_window->findChildren<QPushButton *>()) {
            if (button->text() == title)
                button->click();
        }
        for (Listing *page : m_window->findChildren<Listing *>()) {
            if (page->isVisible())
                return page;
        }
        return nullptr;
    }
    void keep(const QString &name)
    {
        QDir().mkpath("desktop-pictures");
        m_window->grab().toImage().save("desktop-pictures/" + name + ".png");
    }

private Q_SLOTS:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName("plimsoll-test");
        QSettings().clear();
    }
    void init()
    {
        m_server = std::make_unique<ApplianceFixture>();
        m_theme = std::make_unique<Theme>(Theme::Choice::Dark);
        m_server->others["/api/app/checks"] = objectOf(
            "{'items':[{'id':'a','name':'shop','state':'ok','target':'https://"
            "shop.example','duration_ms':212},"
            "{'id':'b','name':'<b>cache</b>','state':'down','target':'127.0.0.1:6379','duration_ms':null}]}");
        QJsonArray days;
        for (int day = 0; day < 90; day++)
            days << QJsonObject{{"uptime", day < 70 ? QJsonValue() : QJsonValue(day % 9 ? 1.0 : 0.4)}};
        m_server->others["/api/app/checks/a/uptime"] = {{"days", days}};
        m_server->others["/api/app/inbox"] = objectOf(
            "{'items':[{'at_ms':1767700800000,'source':'track','accepted':3,'rejected':1,'error':null,"
            "'sample':{'series':'revenue{plan=\\'pro\\'}','value':49}}]}");
        m_server->others["/metrics/endpoints"] =
            objectOf("{'endpoints':[{'method':'POST','route':'/api/"
                     "chat','count':40918,'p50':280.1,'p95':585,'p99':809.6,"
                     "'error_rate':0.0039,'time_share':0.61}]}");
        m_server->others["/metrics/costs"] = objectOf(
            "{'total':1234.5,'unpriced_calls':2,'by':[{'provider':'openai','model':'gpt','endpoint':'/chat',"
            "'calls':968,'tokens':{'input':1974477,'output':471728},'cost':1234.5},"
            "{'provider':'x','model':'y','endpoint':'','calls':2,'tokens':{},'cost':null}]}");
    }
    void cleanup()
    {
        m_window.reset();
        m_feed.reset();
        m_theme.reset();
        m_server.reset();
    }

    void listsWhatTheServerTells_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::newRow("dark") << true;
        QTest::newRow("light") << false;
    }
    void listsWhatTheServerTells()
    {
        QFETCH(bool, dark);
        m_theme->apply(dark);
        open();
        const QString end = dark ? "-dark" : "-light";
        Listing *health = choose("Health");
        QVERIFY(health);
        QTRY_COMPARE_WITH_TIMEOUT(health->table().rowCount(), 2, patience);
        QCOMPARE(health->sentence(), QString("<b>cache</b> is down"));
        QCOMPARE(rowText(health->table(), 0), QString("shop|ok|https://shop.example||212 ms"));
        QTRY_VERIFY_WITH_TIMEOUT(health->table().item(0, 3)->data(Qt::UserRole + 1).toList().size() == 30,
                                 patience);
        keep("health" + end);
        Listing *data = choose("Data");
        QTRY_COMPARE_WITH_TIMEOUT(data->table().rowCount(), 1, patience);
        QVERIFY2(rowText(data->table(), 0).contains("revenue"), qPrintable(rowText(data->table(), 0)));
        keep("data" + end);
        Listing *endpoints = choose("Endpoints");
        QTRY_COMPARE_WITH_TIMEOUT(endpoints->table().rowCount(), 1, patience);
        QVERIFY(rowText(endpoints->table(), 0).startsWith("POST|/api/chat|"));
        keep("endpoints" + end);
        Listing *costs = choose("Costs");
        QTRY_COMPARE_WITH_TIMEOUT(costs->table().rowCount(), 2, patience);
        QCOMPARE(costs->sentence(), QString("$1,234.50 in the last 24 h, 2 calls without a price"));
        QVERIFY(rowText(costs->table(), 1).endsWith("no price"));
        keep("costs" + end);
        QVERIFY(!choose("Overview"));
    }

    /// What came last stays, and looks like it.
    void keepsWhatCameWhileTheServerIsAway()
    {
        open();
        Listing *health = choose("Health");
        QTRY_COMPARE_WITH_TIMEOUT(health->table().rowCount(), 2, patience);
        m_server->vanish();
        QTRY_VERIFY_WITH_TIMEOUT(m_feed->link() == Link::Offline, patience);
        QCOMPARE(health->table().rowCount(), 2);
        QVERIFY(!health->table().isEnabled());
    }

    void saysWhatIsEmpty()
    {
        m_server->others["/api/app/checks"] = objectOf("{'items':[]}");
        open();
        Listing *health = choose("Health");
        QTRY_VERIFY_WITH_TIMEOUT(health->sentence().startsWith("Nothing is being checked"), patience);
        QVERIFY(!health->table().isVisible());
    }
};

QTEST_MAIN(ListingTest)
#include "ListingTest.moc"
