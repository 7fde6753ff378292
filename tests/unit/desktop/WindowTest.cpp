#include "tests/unit/desktop/ApplianceFixture.h"

#include "ui/desktop/look/Theme.h"
#include "ui/desktop/window/MainWindow.h"

#include <QApplication>
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSet>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTest>

#include <memory>

using namespace plimsoll::desktop;

namespace {

constexpr int patience = 20'000;

int distinctColours(const QImage &image)
{
    QSet<QRgb> colours;
    for (int y = 0; y < image.height(); y++) {
        for (int x = 0; x < image.width(); x++)
            colours.insert(image.pixel(x, y));
    }
    return int(colours.size());
}

/// How many pixels of an area are nearly this colour.
int pixelsLike(const QImage &image, const QColor &colour)
{
    int count = 0;
    for (int y = 0; y < image.height(); y++) {
        for (int x = 0; x < image.width(); x++) {
            const QColor pixel = image.pixelColor(x, y);
            count += std::abs(pixel.red() - colour.red()) + std::abs(pixel.green() - colour.green()) +
                         std::abs(pixel.blue() - colour.blue()) <
                     48;
        }
    }
    return count;
}

bool saysAnywhere(const QWidget &window, const QString &text)
{
    for (const QLabel *label : window.findChildren<QLabel *>()) {
        if (label->isVisible() && label->text().contains(text))
            return true;
    }
    return false;
}

} // namespace

/// The whole window against a real HTTP server, drawn offscreen. Pictures stay in the build directory.
class WindowTest : public QObject
{
    Q_OBJECT

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
    }

    void cleanup()
    {
        m_window.reset();
        m_feed.reset();
        m_theme.reset();
        m_server.reset();
    }

    void drawsInBothThemes_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::newRow("dark") << true;
        QTest::newRow("light") << false;
    }

    void drawsInBothThemes()
    {
        QFETCH(bool, dark);
        m_theme->apply(dark);
        putOnFire();
        open();
        const QImage picture = grab(dark ? "overview-dark" : "overview-light");
        QVERIFY(distinctColours(picture) > 200);
        QCOMPARE(picture.pixelColor(2, 2), Theme::tokens().bg);
        for (ChartTile *tile : m_window->sheet().tiles()) {
            const QImage chart = tile->chart().grab().toImage();
            QVERIFY2(distinctColours(chart) > 20, qPrintable(tile->chart().accessibleName()));
            QVERIFY2(pixelsLike(chart, Theme::tokens().surface) > chart.width(), "no ground");
            QVERIFY2(pixelsLike(chart, Theme::tokens().water) > chart.width() / 3, "no curve");
        }
    }

    void drawsTheLoadLineAndWhatIsAboveIt()
    {
        putOnFire();
        open();
        const QImage latency = m_window->sheet().tiles()[2]->chart().grab().toImage();
        QVERIFY(pixelsLike(latency, Theme::tokens().badMark) > latency.width() / 2);
        const QImage memory = m_window->sheet().tiles()[4]->chart().grab().toImage();
        QCOMPARE(pixelsLike(memory, Theme::tokens().badMark), 0);
        QVERIFY(pixelsLike(memory, Theme::tokens().line) > memory.width() / 2);
    }

    void saysWhatFires()
    {
        putOnFire();
        open();
        QTRY_VERIFY_WITH_TIMEOUT(saysAnywhere(*m_window, "1 alarm is above its line"), patience);
        QVERIFY(saysAnywhere(*m_window, "Chat latency is 612"));
        QVERIFY(saysAnywhere(*m_window, "line at 500"));
        QVERIFY(m_window->strip().accessibleName().contains("Chat latency"));
    }

    void saysThatAllIsCalm()
    {
        m_server->rules = {ApplianceFixture::rule("CPU", "host_cpu_usage_ratio", 0.9, 0.45, 0.7)};
        open();
        QTRY_VERIFY_WITH_TIMEOUT(saysAnywhere(*m_window, "Everything is below its line"), patience);
        QVERIFY(saysAnywhere(*m_window, "Closest: CPU, 50"));
    }

    void saysThatNothingIsThereYet()
    {
        m_server->empty = true;
        open();
        QVERIFY(saysAnywhere(*m_window, "Nothing is watched yet"));
        grab("empty");
        QVERIFY(saysAnywhere(*m_window, "No requests yet."));
        QCOMPARE(m_feed->panels()[5].id, "Load");
        const QImage chart = m_window->sheet().tiles()[0]->chart().grab().toImage();
        QVERIFY2(pixelsLike(chart, Theme::tokens().text3) > 100, "the empty tile says nothing");
    }

    void showsWhatJustArrived()
    {
        open();
        m_server->own = {"revenue"};
        m_server->broadcast("sample", {{"name", "revenue"}, {"kind", "distribution"}, {"value", 49}});
        QTRY_VERIFY_WITH_TIMEOUT(saysAnywhere(*m_window, "revenue"), patience);
        QTRY_VERIFY_WITH_TIMEOUT(m_feed->panelData(3).asked, patience);
        QCOMPARE(m_feed->panels()[3].id, "revenue");
        QVERIFY2(!m_feed->panelData(4).curves.empty(), "the other tiles kept their data");
        grab("own");
    }

    void keepsTheLastDataWhileAway()
    {
        putOnFire();
        open();
        m_server->vanish();
        QTRY_COMPARE_WITH_TIMEOUT(m_feed->link(), Link::Offline, patience);
        QVERIFY(saysAnywhere(*m_window, "Not reachable since"));
        const QImage chart = m_window->sheet().tiles()[3]->chart().grab().toImage();
        QVERIFY2(distinctColours(chart) > 20, "the last curve is gone");
        QVERIFY2(pixelsLike(chart, Theme::tokens().water) == 0, "it is not greyed");
        grab("offline");
        QCOMPARE(m_feed->standing(), Standing::Unreachable);
        QVERIFY(m_server->comeBack());
        QTRY_COMPARE_WITH_TIMEOUT(m_feed->link(), Link::Online, patience);
    }

    void asksWhoWeAre_data()
    {
        QTest::addColumn<QString>("secret");
        QTest::newRow("key") << "plm_default_right";
        QTest::newRow("password") << "the right password";
    }

    void asksWhoWeAre()
    {
        QFETCH(QString, secret);
        m_server->needsKey = true;
        m_feed = std::make_unique<Feed>(Connection{m_server->url(), {}, "1"});
        m_window = std::make_unique<MainWindow>(*m_feed);
        m_window->show();
        m_feed->start();
        QTRY_COMPARE_WITH_TIMEOUT(m_feed->link(), Link::KeyNeeded, patience);
        QVERIFY(saysAnywhere(*m_window, "asks who you are"));
        auto *field = m_window->verdict().findChild<QLineEdit *>();
        QVERIFY(field->isVisible());
        field->setText("wrong");
        QTest::keyClick(field, Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(saysAnywhere(*m_window, "That is not it."), patience);
        grab("login");
        field->setText(secret);
        QTest::keyClick(field, Qt::Key_Return);
        QTRY_COMPARE_WITH_TIMEOUT(m_feed->link(), Link::Online, patience);
        QTRY_VERIFY_WITH_TIMEOUT(m_feed->alarmsKnown() && m_feed->live(), patience);
        QVERIFY(!field->isVisible());
    }

    void announcesANewEpisodeOnce()
    {
        open();
        QSignalSpy began(m_feed.get(), &Feed::episodeBegan);
        putOnFire();
        m_server->broadcast("episode", m_server->episodes[0].toObject());
        QTRY_COMPARE_WITH_TIMEOUT(began.count(), 1, patience);
        m_server->broadcast("episode", m_server->episodes[0].toObject());
        const qsizetype asked = m_server->asked.count("/api/app/episodes");
        QTRY_VERIFY_WITH_TIMEOUT(m_server->asked.count("/api/app/episodes") > asked, patience);
        QTest::qWait(100);
        QCOMPARE(began.count(), 1);
    }

    void showsAFailedQueryInItsTile()
    {
        open();
        m_server->failsQueries = true;
        m_feed->refresh();
        QTRY_VERIFY_WITH_TIMEOUT(m_feed->panelData(3).error.contains("has not answered"), patience);
        QVERIFY2(!m_feed->panelData(3).curves.empty(), "the last good curve is kept");
        QCOMPARE(m_feed->link(), Link::Online);
    }

    void asksForAsManyPointsAsPixels()
    {
        open();
        const int pixels = m_window->sheet().tiles()[3]->chart().plotWidth();
        const auto points = int(m_feed->panelData(3).curves[0].points.size());
        QVERIFY2(points <= pixels + 2 && points > pixels / 3,
                 qPrintable(QString("%1 of %2").arg(points).arg(pixels)));
    }

    void sharesOneCrosshair()
    {
        open();
        const QImage before = m_window->sheet().tiles()[5]->chart().grab().toImage();
        QWidget *target = m_window->sheet().tiles()[0]->chart().viewport();
        QTest::mouseMove(target, target->rect().center());
        QCoreApplication::processEvents();
        QTRY_VERIFY_WITH_TIMEOUT(m_window->sheet().tiles()[5]->chart().grab().toImage() != before, patience);
        grab("crosshair");
    }

    void asksForNothingWhileHidden()
    {
        open();
        m_window->hide();
        m_server->asked.clear();
        m_feed->refresh();
        QTRY_VERIFY_WITH_TIMEOUT(m_server->asked.contains("/api/app/storage"), patience);
        QVERIFY(!m_server->asked.contains("/api/v1/query_range"));
    }

private:
    void putOnFire()
    {
        using F = ApplianceFixture;
        m_server->rules = {
            F::rule("CPU", "host_cpu_usage_ratio", 0.85, 0.44, 0.61),
            F::rule("Chat latency", "histogram_quantile(0.95, sum(rate(http_request_duration_seconds[5m])))",
                    0.5, 0.612, 0.624, "firing"),
            F::rule("Memory", "host_memory_used_ratio", 0.85, 0.63, 0.64),
            F::rule("Disk /", "host_disk_used_ratio{mount=\"/\"}", 0.9, 0.77, 0.77),
            F::rule("Error rate",
                    "sum(histogram_count(rate(http_request_duration_seconds{status=~\"5..\"}[5m]))) / "
                    "sum(histogram_count(rate(http_request_duration_seconds[5m])))",
                    0.01, 0.0024, 0.0148),
            F::rule("Queue age", "queue_oldest_seconds", 30, 13, 19),
            F::rule("Threads", "worker_threads", 80, 38, 67),
        };
        m_server->episodes = {F::episode("e1", "Chat latency", 0.612, 0.5)};
    }

    void open()
    {
        m_feed = std::make_unique<Feed>(Connection{m_server->url(), {}, "1"});
        m_window = std::make_unique<MainWindow>(*m_feed);
        m_window->show();
        m_feed->start();
        QTRY_VERIFY_WITH_TIMEOUT(complete(), patience);
        QTest::qWait(50);
    }

    bool complete() const
    {
        bool all = m_feed->alarmsKnown() && m_feed->live() && m_feed->vitals().daysLeft;
        for (size_t panel = 0; panel < m_feed->panels().size(); panel++)
            all = all && m_feed->panelData(panel).asked;
        return all;
    }

    QImage grab(const QString &name)
    {
        QTest::qWait(50);
        const QImage picture = m_window->grab().toImage();
        QDir directory(QCoreApplication::applicationDirPath() + "/../screenshots");
        directory.mkpath(".");
        picture.save(directory.filePath("desktop-" + name + ".png"));
        return picture;
    }

    std::unique_ptr<ApplianceFixture> m_server;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<Feed> m_feed;
    std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(WindowTest)
#include "WindowTest.moc"
