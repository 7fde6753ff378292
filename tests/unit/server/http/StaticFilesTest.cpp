#include "server/http/StaticFiles.h"
#include "server/http/ContentCoding.h"

#include "tests/support/HttpFixture.h"
#include "tests/support/RawClient.h"
#include "tests/support/TestRoutes.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::http;
using namespace plimsoll::tests;

/// The page's files: types, caching, compressed variants, and what stays out of reach.
class StaticFilesTest : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_root;
    HttpFixture m_http;
    QByteArray m_script;

    void write(const QString &name, const QByteArray &bytes)
    {
        QFileInfo info(m_root.filePath(name));
        QDir().mkpath(info.path());
        QFile file(info.filePath());
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("cannot write %s", qPrintable(name));
    }
    RawAnswer ask(const QByteArray &path, const QByteArray &headers = {})
    {
        RawClient client(m_http.port());
        return client.ask(get(path, headers)).value_or(RawAnswer{});
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_script = QByteArray("console.log('plimsoll');\n").repeated(100);
        write("index.html", "<!doctype html><title>Plimsoll</title>");
        write("assets/app-3F2A9C1B.js", m_script);
        write("assets/app-3F2A9C1B.js.gz", encodeContent(Coding::Gzip, m_script));
        write("assets/theme.css", "a{}");
        write("assets/settings-page.js", "1");
        write("icon.svg", "<svg/>");
        const StaticFiles files(m_root.path());
        QVERIFY(files.contains("assets/app-3F2A9C1B.js"));
        QVERIFY(!files.contains("assets/app-3F2A9C1B.js.gz"));
        files.addFiles(m_http.router, "/");
        files.addPages(m_http.router, {"/", "/explore", "/alerts/{id}"});
        m_http.start();
    }

    void servesPages()
    {
        for (const QByteArray path : {"/", "/explore", "/alerts/7", "/index.html"}) {
            const RawAnswer got = ask(path);
            QCOMPARE(got.status, 200);
            QCOMPARE(got.header("content-type"), QByteArray("text/html; charset=utf-8"));
            QCOMPARE(got.header("cache-control"), QByteArray("no-cache"));
            const QByteArray policy = got.header("content-security-policy");
            QVERIFY(policy.contains("default-src 'none'"));
            QVERIFY(policy.contains("frame-ancestors 'none'"));
            QVERIFY(!policy.contains("unsafe"));
            QCOMPARE(got.header("x-frame-options"), QByteArray("DENY"));
        }
        QCOMPARE(ask("/somewhere").status, 404);
        QCOMPARE(ask("/../etc/passwd").status, 400);
    }

    void servesFiles()
    {
        const RawAnswer hashed = ask("/assets/app-3F2A9C1B.js");
        QCOMPARE(hashed.body, m_script);
        QCOMPARE(hashed.header("content-type"), QByteArray("text/javascript; charset=utf-8"));
        QVERIFY(hashed.header("cache-control").contains("immutable"));
        QCOMPARE(hashed.header("vary"), QByteArray("Accept-Encoding"));
        for (const QByteArray path : {"/assets/theme.css", "/assets/settings-page.js"})
            QCOMPARE(ask(path).header("cache-control"), QByteArray("no-cache"));
        QCOMPARE(ask("/icon.svg").header("content-type"), QByteArray("image/svg+xml"));
    }

    void servesTheCompressedVariant()
    {
        const RawAnswer gzip = ask("/assets/app-3F2A9C1B.js", "Accept-Encoding: gzip, deflate, br\r\n");
        QCOMPARE(gzip.header("content-encoding"), QByteArray("gzip"));
        QCOMPARE(decodeContent("gzip", gzip.body, 1 << 20).body, m_script);
        QVERIFY(gzip.header("etag") != ask("/assets/app-3F2A9C1B.js").header("etag"));
        for (const QByteArray accept : {"gzip;q=0", "identity", "deflate"})
            QVERIFY(!ask("/assets/app-3F2A9C1B.js", "Accept-Encoding: " + accept + "\r\n")
                         .hasHeader("content-encoding"));
    }

    void validatesByTag()
    {
        const QByteArray tag = ask("/assets/theme.css").header("etag");
        QVERIFY(tag.startsWith('"') && tag.endsWith('"') && tag.size() > 20);
        for (const QByteArray &header : {tag, "W/" + tag, "\"x\", " + tag, QByteArray("*")}) {
            const RawAnswer got = ask("/assets/theme.css", "If-None-Match: " + header + "\r\n");
            QCOMPARE(got.status, 304);
            QCOMPARE(got.header("etag"), tag);
            QVERIFY(got.body.isEmpty());
        }
        QCOMPARE(ask("/assets/theme.css", "If-None-Match: \"x\"\r\n").status, 200);
    }
};

QTEST_GUILESS_MAIN(StaticFilesTest)
#include "StaticFilesTest.moc"
