#include "server/ingest/scrape/Fetcher.h"
#include "tests/support/RunProgram.h"

#include <QFile>
#include <QSslKey>
#include <QSslServer>
#include <QSslSocket>
#include <QTemporaryDir>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::ingest;
using plimsoll::tests::runProgram;

namespace {

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

/// HTTPS targets with certificates that openssl makes here.
class ScrapeTlsTest : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;
    std::unique_ptr<QSslServer> m_server;
    QByteArray m_host;       ///< of the last request
    QByteArray m_clientName; ///< of the certificate that came with it

    QString path(const char *name) const { return m_folder.filePath(name); }

    void makeCertificate(const char *name, const char *subject)
    {
        const QString base = path(name);
        const auto made = runProgram("openssl", {"req", "-x509", "-newkey", "ec", "-pkeyopt",
                                                 "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                                                 "-subj", QString("/CN=") + subject, "-addext",
                                                 QString("subjectAltName=DNS:") + subject, "-keyout",
                                                 base + ".key", "-out", base + ".crt"});
        QVERIFY2(made.exitCode == 0, made.output);
    }

    void serve(QSslSocket *socket)
    {
        connect(socket, &QSslSocket::readyRead, socket, [this, socket] {
            const QByteArray request = socket->readAll();
            const qsizetype at = request.indexOf("Host: ") + 6;
            m_host = request.mid(at, request.indexOf('\r', at) - at);
            m_clientName =
                socket->peerCertificate().subjectInfo(QSslCertificate::CommonName).value(0).toUtf8();
            socket->write("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\na 1\n");
        });
    }

    Fetched fetch(const ScrapeTls &tls)
    {
        ScrapeTarget target;
        target.url = "https://127.0.0.1:" + std::to_string(m_server->serverPort()) + "/metrics";
        target.tls = tls;
        Fetcher fetcher("test");
        std::optional<Fetched> out;
        fetcher.start(target, [&](Fetched fetched) { out = std::move(fetched); });
        for (int i = 0; !out && i < 20'000; i++) {
            fetcher.run(1);
            QCoreApplication::processEvents();
        }
        return out.value_or(Fetched{"nothing came", {}, {}, 0});
    }

private Q_SLOTS:
    void initTestCase()
    {
        makeCertificate("server", "target.example");
        makeCertificate("client", "scraper.example");
        m_server = std::make_unique<QSslServer>();
        QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
        configuration.setLocalCertificate(QSslCertificate(contentOf(path("server.crt"))));
        configuration.setPrivateKey(QSslKey(contentOf(path("server.key")), QSsl::Ec));
        configuration.setCaCertificates({QSslCertificate(contentOf(path("client.crt")))});
        configuration.setPeerVerifyMode(QSslSocket::QueryPeer);
        m_server->setSslConfiguration(configuration);
        QVERIFY(m_server->listen(QHostAddress::LocalHost));
        connect(m_server.get(), &QTcpServer::pendingConnectionAvailable, this, [this] {
            while (auto *socket = qobject_cast<QSslSocket *>(m_server->nextPendingConnection()))
                serve(socket);
        });
    }

    void refusesACertificateThatNobodyKnows()
    {
        const Fetched fetched = fetch({});
        QVERIFY2(fetched.error.find("certificate") != std::string::npos, fetched.error.c_str());
    }

    void refusesAnotherName()
    {
        ScrapeTls tls;
        tls.ca.text = contentOf(path("server.crt")).toStdString();
        const Fetched fetched = fetch(tls);
        QVERIFY2(fetched.error.find("127.0.0.1") != std::string::npos, fetched.error.c_str());
    }

    void takesTheNameThatWasGiven()
    {
        ScrapeTls tls;
        tls.ca.file = path("server.crt").toStdString();
        tls.serverName = "target.example";
        const Fetched fetched = fetch(tls);
        QCOMPARE(fetched.error, std::string());
        QCOMPARE(fetched.body, std::string("a 1\n"));
        QCOMPARE(m_host, "127.0.0.1:" + QByteArray::number(m_server->serverPort()));
        QCOMPARE(m_clientName, QByteArray());
    }

    void showsItsOwnCertificate()
    {
        ScrapeTls tls;
        tls.insecureSkipVerify = true;
        tls.certificate.text = contentOf(path("client.crt")).toStdString();
        tls.key.file = path("client.key").toStdString();
        const Fetched fetched = fetch(tls);
        QCOMPARE(fetched.error, std::string());
        QCOMPARE(m_clientName, QByteArray("scraper.example"));
    }
};

QTEST_GUILESS_MAIN(ScrapeTlsTest)
#include "ScrapeTlsTest.moc"
