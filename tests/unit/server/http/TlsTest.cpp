#include "tests/support/HttpFixture.h"
#include "tests/support/RawClient.h"
#include "tests/support/RunProgram.h"
#include "tests/support/TestRoutes.h"

#include <QNetworkProxy>
#include <QSslCertificate>
#include <QSslSocket>
#include <QTemporaryDir>
#include <QTemporaryFile>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::http;
using namespace plimsoll::tests;

/// HTTPS with certificates that openssl makes here.
class TlsTest : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_directory;
    std::unique_ptr<HttpFixture> m_http;

    QString path(const QString &name) const { return m_directory.filePath(name); }

    bool makeCertificate(const QString &name, const QStringList &algorithm)
    {
        return runProgram("openssl",
                          QStringList{"req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=" + name,
                                      "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
                                      path(name + ".key"), "-out", path(name + ".crt"), "-newkey"} +
                              algorithm)
                   .exitCode == 0;
    }
    Status load(const QString &name)
    {
        return m_http->tls.load(path(name + ".crt").toStdString(), path(name + ".key").toStdString());
    }
    static QByteArray curl(const QStringList &arguments)
    {
        return runProgram("curl", QStringList{"-s", "-S", "--max-time", "60"} + arguments).output;
    }
    /// The name in the certificate that a new connection gets.
    QString servedName() const
    {
        QSslSocket socket;
        socket.setProxy(QNetworkProxy::NoProxy);
        socket.setPeerVerifyMode(QSslSocket::VerifyNone);
        socket.connectToHostEncrypted("127.0.0.1", m_http->port());
        if (!socket.waitForEncrypted(10'000))
            return socket.errorString();
        return socket.peerCertificate().subjectInfo(QSslCertificate::CommonName).value(0);
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(QSslSocket::supportsSsl());
        QVERIFY(makeCertificate("first", {"rsa:2048"}));
        QVERIFY(makeCertificate("second", {"ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"}));
    }
    void init()
    {
        m_http = std::make_unique<HttpFixture>();
        addEchoRoutes(m_http->router);
    }
    void cleanup() { m_http.reset(); }

    void servesHttps()
    {
        QVERIFY(load("first"));
        m_http->start();
        const QString base = QString::fromStdString(m_http->url());
        QVERIFY(base.startsWith("https://127.0.0.1:"));
        QCOMPARE(curl({"--cacert", path("first.crt"), "-d", "49", base + "/in/x"}), QByteArray("49"));
        QCOMPARE(curl({"--cacert", path("first.crt"), "--tlsv1.3", "-d", "49", base + "/page/x"}),
                 QByteArray("49"));
        const QByteArray large(2'000'000, 'x');
        QTemporaryFile file;
        QVERIFY(file.open());
        file.write(large);
        file.flush();
        QCOMPARE(
            curl({"--cacert", path("first.crt"), "--data-binary", "@" + file.fileName(), base + "/in/x"}),
            large);
        // It is the page thread that does the cryptography.
        QCOMPARE(m_http->stats.threads[0].requests.load(), uint64_t(0));
        QCOMPARE(m_http->stats.threads[1].requests.load(), uint64_t(3));
        QTRY_COMPARE(m_http->stats.connections.load(), int64_t(0));
    }

    void refusesOldProtocols()
    {
        QVERIFY(load("first"));
        m_http->start();
        const auto handshake = [this](const QString &protocol) {
            return runProgram("openssl", {"s_client", protocol, "-cipher", "DEFAULT:@SECLEVEL=0", "-connect",
                                          "127.0.0.1:" + QString::number(m_http->port())})
                .output;
        };
        QVERIFY(handshake("-tls1_2").contains("BEGIN CERTIFICATE"));
        const QByteArray old = handshake("-tls1_1");
        QVERIFY2(old.contains("alert protocol version") && !old.contains("BEGIN CERTIFICATE"),
                 old.constData());
    }

    void reloadsForNewConnections()
    {
        QVERIFY(load("first"));
        m_http->start();
        QCOMPARE(servedName(), QString("first"));
        QSslSocket open;
        open.setProxy(QNetworkProxy::NoProxy);
        open.setPeerVerifyMode(QSslSocket::VerifyNone);
        open.connectToHostEncrypted("127.0.0.1", m_http->port());
        QVERIFY(open.waitForEncrypted(10'000));
        for (const QString end : {".crt", ".key"}) {
            QVERIFY(QFile::remove(path("first" + end)));
            QVERIFY(QFile::copy(path("second" + end), path("first" + end)));
        }
        QVERIFY(m_http->tls.reload());
        QCOMPARE(servedName(), QString("second"));
        open.write(get("/page/x"));
        QVERIFY(open.waitForReadyRead(10'000));
        QVERIFY(open.readAll().startsWith("HTTP/1.1 200"));
        QFile broken(path("first.key"));
        QVERIFY(broken.open(QIODevice::WriteOnly | QIODevice::Truncate));
        broken.close();
        QVERIFY(!m_http->tls.reload());
        QCOMPARE(servedName(), QString("second"));
    }

    void saysWhatIsWrongWithTheFiles()
    {
        const Status missing = m_http->tls.load("/nonexistent.crt", "/nonexistent.key");
        QVERIFY(!missing);
        QVERIFY(missing.error().message.find("/nonexistent.crt") != std::string::npos);
        const std::string key = path("second.key").toStdString();
        QVERIFY(m_http->tls.load(key, key).error().message.find("no certificate") != std::string::npos);
        QVERIFY(!m_http->tls.enabled());
        QVERIFY(m_http->tls.reload());
    }

    void dropsThoseWhoFailTheHandshake()
    {
        m_http->limits.headMs = 300;
        QVERIFY(load("second"));
        m_http->start();
        RawClient silent(m_http->port());
        QVERIFY(silent.send(QByteArray("\x16\x03\x01", 3)));
        RawClient wrong(m_http->port());
        QVERIFY(wrong.send(QByteArray("\x16\x03\x01\x00\x05hello world", 16)));
        QVERIFY(silent.closedByPeer());
        QVERIFY(wrong.closedByPeer());
        QTRY_COMPARE(m_http->stats.connections.load(), int64_t(0));
        QCOMPARE(servedName(), QString("second"));
    }

    void closesTlsWhereThereIsNone()
    {
        m_http->start();
        RawClient client(m_http->port());
        QVERIFY(client.send(QByteArray("\x16\x03\x01\x00\x05hello", 10)));
        QVERIFY(client.closedByPeer());
    }
};

QTEST_GUILESS_MAIN(TlsTest)
#include "TlsTest.moc"
