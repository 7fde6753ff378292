#include "tests/unit/desktop/ApplianceFixture.h"

#include "ui/desktop/look/Theme.h"
#include "ui/desktop/window/MainWindow.h"
#include "ui/desktop/window/Tray.h"

#include <QApplication>
#include <QClipboard>
#include <QStandardPaths>
#include <QTest>

using namespace plimsoll::desktop;

namespace {

QStringList textsOf(const QMenu &menu)
{
    QStringList texts;
    for (const QAction *action : menu.actions())
        texts << (action->isSeparator() ? "-" : action->text());
    return texts;
}

} // namespace

class TrayTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName("plimsoll-test");
    }

    void saysHowItStands()
    {
        using F = ApplianceFixture;
        ApplianceFixture server;
        server.rules = {F::rule("Chat & latency", "host_cpu_usage_ratio", 0.5, 0.61, 0.62, "firing")};
        server.episodes = {F::episode("e1", "Chat & latency", 0.61, 0.5)};
        Theme theme(Theme::Choice::Light);
        Feed feed({server.url(), {}, "1"});
        MainWindow window(feed);
        Tray tray(feed, window);
        feed.start();
        QTRY_COMPARE_WITH_TIMEOUT(feed.standing(), Standing::Firing, 20'000);
        const QStringList texts = textsOf(tray.menu());
        QCOMPARE(texts.value(0), "1 alarm is above its line");
        QVERIFY(!tray.menu().actions().front()->isEnabled());
        QVERIFY(texts.value(1).startsWith("Chat && latency"));
        QVERIFY(texts.contains("Open Plimsoll"));
        QVERIFY(texts.contains("Open in browser"));
        QVERIFY(texts.contains("Quit"));
        for (QAction *action : tray.menu().actions()) {
            if (action->text() == "Copy ingest address")
                action->trigger();
        }
        QCOMPARE(QApplication::clipboard()->text(), server.url().toString() + "/ingest");
        server.vanish();
        QTRY_COMPARE_WITH_TIMEOUT(feed.standing(), Standing::Unreachable, 20'000);
        QVERIFY(textsOf(tray.menu()).value(0).startsWith("Not reachable since"));
    }
};

QTEST_MAIN(TrayTest)
#include "TrayTest.moc"
