#include <QDir>
#include <QFile>
#include <QImage>
#include <QProcess>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

namespace {

constexpr int patience = 60'000;

/// The real program, as a user starts it. Killed with the object.
class Program
{
public:
    explicit Program(const QString &home)
    {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("HOME", home);
        environment.insert("XDG_CONFIG_HOME", home + "/config");
        environment.insert("XDG_DATA_HOME", home + "/share");
        environment.insert("QT_QPA_PLATFORM", "offscreen");
        for (const char *name :
             {"DISPLAY", "WAYLAND_DISPLAY", "PLIMSOLL_DATA", "PLIMSOLL_LISTEN", "PLIMSOLL_KEY"})
            environment.remove(name);
        process.setProcessEnvironment(environment);
    }
    ~Program()
    {
        process.kill();
        process.waitForFinished();
    }

    void start(const QStringList &arguments)
    {
        process.start(qEnvironmentVariable("PLIMSOLL_BIN"), arguments);
        process.waitForStarted();
    }

    /// The exit code; -1 where it crashed or did not end in time.
    int end()
    {
        if (!process.waitForFinished(patience))
            return -1;
        return process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    }

    QByteArray waitForAddress()
    {
        QByteArray said;
        while (!said.contains('\n') && process.waitForReadyRead(patience))
            said += process.readAllStandardOutput();
        const qsizetype at = said.indexOf("http://");
        return at < 0 ? QByteArray() : said.mid(at, said.indexOf('\n', at) - at).trimmed();
    }

    QProcess process;
};

int pixelsNear(const QImage &image, const QColor &colour)
{
    int count = 0;
    for (int y = 0; y < image.height(); y++) {
        for (int x = 0; x < image.width(); x++) {
            const QColor pixel = image.pixelColor(x, y);
            count += std::abs(pixel.red() - colour.red()) + std::abs(pixel.green() - colour.green()) +
                         std::abs(pixel.blue() - colour.blue()) <
                     40;
        }
    }
    return count;
}

const QColor lightWater(0x1D7085);

} // namespace

/// The window and the appliance together, through the program's command line.
class ProgramTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void serveMapsNoGuiLibrary()
    {
        Program serve(m_home.path());
        serve.start({"serve", "--data", m_home.filePath("maps"), "--listen", "127.0.0.1:0"});
        QVERIFY2(!serve.waitForAddress().isEmpty(), serve.process.readAllStandardError());
        QFile maps(QString("/proc/%1/maps").arg(serve.process.processId()));
        QVERIFY(maps.open(QIODevice::ReadOnly));
        const QByteArray libraries = maps.readAll();
        QVERIFY(libraries.contains("libQt6Core"));
        for (const char *gui : {"libQt6Gui", "libQt6Widgets", "libQt6Charts"})
            QVERIFY2(!libraries.contains(gui), gui);
    }

    void attachesToARunningAppliance()
    {
        Program serve(m_home.path());
        serve.start({"serve", "--data", m_home.filePath("attached"), "--listen", "127.0.0.1:0"});
        const QByteArray address = serve.waitForAddress();
        QVERIFY2(!address.isEmpty(), serve.process.readAllStandardError());
        // The host's first samples lie on the charts by then: it is sampled each second.
        QTest::qWait(4000);
        const QString picture = pictureFile("attached");
        Program desktop(m_home.path());
        desktop.start({"desktop", "--connect", address, "--theme", "light", "--screenshot", picture});
        QVERIFY2(desktop.end() == 0, desktop.process.readAllStandardError());
        verifyPicture(picture);
    }

    void runsTheApplianceInItself()
    {
        const QString picture = pictureFile("own");
        Program desktop(m_home.path());
        desktop.start({"desktop", "--data", m_home.filePath("own"), "--listen", "127.0.0.1:0", "--theme",
                       "light", "--screenshot", picture});
        QVERIFY2(desktop.end() == 0, desktop.process.readAllStandardError());
        QCOMPARE(QImage(picture).size(), QSize(1180, 760));
        QVERIFY(QDir(m_home.filePath("own")).exists());
    }

    void stopsItsApplianceCleanlyOnSigterm()
    {
        QTcpServer probe;
        QVERIFY(probe.listen(QHostAddress::LocalHost, 0));
        const quint16 port = probe.serverPort();
        probe.close();
        Program desktop(m_home.path());
        desktop.start(
            {"desktop", "--data", m_home.filePath("stopped"), "--listen", QString("127.0.0.1:%1").arg(port)});
        const auto answers = [port] {
            QTcpSocket socket;
            socket.connectToHost("127.0.0.1", port);
            return socket.waitForConnected(1000);
        };
        QTRY_VERIFY_WITH_TIMEOUT(answers(), patience);
        desktop.process.terminate();
        QCOMPARE(desktop.end(), 0);
    }

    void saysWhatToRunWithoutADisplay()
    {
        Program desktop(m_home.path());
        QProcessEnvironment environment = desktop.process.processEnvironment();
        environment.remove("QT_QPA_PLATFORM");
        desktop.process.setProcessEnvironment(environment);
        desktop.start({});
        QCOMPARE(desktop.end(), 1);
        QVERIFY(desktop.process.readAllStandardError().contains("plimsoll serve"));
    }

private:
    static QString pictureFile(const QString &name)
    {
        const QString directory = QCoreApplication::applicationDirPath() + "/../screenshots";
        QDir().mkpath(directory);
        return directory + "/program-" + name + ".png";
    }

    static void verifyPicture(const QString &file)
    {
        const QImage image(file);
        QCOMPARE(image.size(), QSize(1180, 760));
        // The lower half has the host's tiles; each shows a curve in the first series' colour.
        for (int column = 0; column < 3; column++) {
            const QRect tile(224 + column * 311, 470, 300, 270);
            QVERIFY2(pixelsNear(image.copy(tile), lightWater) > 3, qPrintable(QString::number(column)));
        }
    }

    QTemporaryDir m_home;
};

QTEST_GUILESS_MAIN(ProgramTest)
#include "ProgramTest.moc"
