#include "app/DesktopLoader.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace plimsoll;

class DesktopLoaderTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { qputenv("QT_QPA_PLATFORM", "offscreen"); }

    void saysWhatToRunWithoutDisplay()
    {
        for (const char *name : {"QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY"})
            qunsetenv(name);
        const auto loaded = DesktopLoader::load(m_directory.path() + "/bin");
        QVERIFY(!loaded);
        QCOMPARE(loaded.error().code, ErrorCode::Unavailable);
        QVERIFY(loaded.error().message.find("WAYLAND_DISPLAY") != std::string::npos);
        QVERIFY(loaded.error().hint.find("plimsoll serve") != std::string::npos);
    }

    void saysWhatToInstallWithoutPlugin()
    {
        const auto loaded = DesktopLoader::load(m_directory.path() + "/bin");
        QVERIFY(!loaded);
        QVERIFY(loaded.error().message.find(
                    (m_directory.path() + "/lib/plimsoll-desktop.so").toStdString()) != std::string::npos);
        QVERIFY(loaded.error().hint.find("plimsoll-desktop") != std::string::npos);
    }

    void looksWherePackagesInstall()
    {
        QVERIFY(QDir(m_directory.path()).mkpath("usr/lib/x86_64-linux-gnu/plimsoll"));
        QVERIFY(DesktopLoader::candidates(m_directory.path() + "/usr/bin")
                    .contains(m_directory.path() + "/usr/lib/x86_64-linux-gnu/plimsoll/plimsoll-desktop.so"));
    }

    void refusesWhatIsNoPlugin()
    {
        QVERIFY(QDir(m_directory.path()).mkpath("broken/lib"));
        QFile file(m_directory.path() + "/broken/lib/plimsoll-desktop.so");
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("not a library");
        file.close();
        const auto loaded = DesktopLoader::load(m_directory.path() + "/broken/bin");
        QVERIFY(!loaded);
        QVERIFY(loaded.error().message.find("could not be loaded") != std::string::npos);
    }

private:
    QTemporaryDir m_directory;
};

QTEST_GUILESS_MAIN(DesktopLoaderTest)
#include "DesktopLoaderTest.moc"
