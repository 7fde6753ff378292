#include "tests/unit/desktop/ApplianceFixture.h"

#include "ui/desktop/DesktopPlugin.h"

#include <QImage>
#include <QLibrary>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <string>

namespace {

DesktopMain loadPlugin(const QString &path)
{
    QLibrary library(path);
    return reinterpret_cast<DesktopMain>(library.resolve("plimsollDesktopMain"));
}

/// What the child process does: runs the window as the executable would, and says which callbacks came.
int runWindow(char **argv)
{
    static std::string calls;
    QStandardPaths::setTestModeEnabled(true);
    const DesktopMain entry = loadPlugin(argv[2]);
    if (!entry)
        return 99;
    DesktopOptions options{};
    options.size = std::atoi(argv[3]) == 0 ? 8 : int(sizeof(DesktopOptions));
    options.version = "1.2.3";
    options.key = "plm_default_right";
    options.theme = "light";
    options.screenshot = argv[5];
    options.context = argv[4];
    options.startAppliance = [](void *context) -> const char * {
        calls += QCoreApplication::instance() ? "start " : "too early ";
        return *static_cast<char *>(context) ? static_cast<const char *>(context) : nullptr;
    };
    options.stopAppliance = [](void *) { calls += "stop "; };
    int one = 1;
    const int code = entry(one, argv, &options);
    std::printf("%s", calls.c_str());
    return code;
}

} // namespace

/// The plugin as the executable loads it: in a process that has no application object yet.
class PluginTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void runsTheWindowBetweenStartAndStop()
    {
        ApplianceFixture server;
        server.needsKey = true;
        QTemporaryDir directory;
        const QString picture = directory.path() + "/window.png";
        QCOMPARE(run("1", server.url().toString(), picture), 0);
        QCOMPARE(m_output, "start stop ");
        QCOMPARE(server.lastHeaders.value("authorization"), QByteArray("Bearer plm_default_right"));
        const QImage image(picture);
        QCOMPARE(image.size(), QSize(1180, 760));
        QCOMPARE(image.pixelColor(2, 2), QColor(0xF5F7F8));
    }

    void endsWhereTheApplianceDoesNotStart()
    {
        QCOMPARE(run("1", {}, "/dev/null"), 1);
        QCOMPARE(m_output, "start ");
    }

    void refusesAnAddressThatIsNone()
    {
        QCOMPARE(run("1", "atlas-1", "/dev/null"), 1);
        QCOMPARE(m_output, "start stop ");
        QVERIFY(m_errors.contains("is not an address"));
    }

    void refusesAnotherVersionOfItsContract()
    {
        QCOMPARE(run("0", {}, "/dev/null"), 1);
        QVERIFY(m_errors.contains("different versions"));
        QVERIFY(m_output.isEmpty());
    }

private:
    int run(const QString &matching, const QString &address, const QString &picture)
    {
        const QString plugin = QCoreApplication::applicationDirPath() + "/../lib/plimsoll-desktop.so";
        QProcess child;
        child.start(QCoreApplication::applicationFilePath(),
                    {"--window", plugin, matching, address, picture});
        // The server answers from this thread, so its event loop runs on while the child does.
        const bool ended = QTest::qWaitFor([&] { return child.state() == QProcess::NotRunning; }, 60'000);
        if (!ended)
            child.kill();
        child.waitForFinished();
        m_output = QString::fromUtf8(child.readAllStandardOutput());
        m_errors = QString::fromUtf8(child.readAllStandardError());
        return child.exitStatus() == QProcess::NormalExit ? child.exitCode() : -1;
    }

    QString m_output, m_errors;
};

int main(int argc, char **argv)
{
    if (argc > 5 && QByteArray(argv[1]) == "--window")
        return runWindow(argv);
    QCoreApplication application(argc, argv);
    PluginTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "PluginTest.moc"
