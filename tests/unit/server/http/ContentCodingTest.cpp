#include "server/http/ContentCoding.h"

#include "tests/support/HttpFixture.h"
#include "tests/support/RawClient.h"
#include "tests/support/RunProgram.h"
#include "tests/support/TestRoutes.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::http;
using namespace plimsoll::tests;

namespace {

/// What another program makes of the bytes.
QByteArray piped(const QString &program, const QStringList &arguments, const QByteArray &input)
{
    return runProgram(program, arguments, input).output;
}

QByteArray deflated(const QByteArray &input, int windowBits)
{
    return piped("python3",
                 {"-c", QString("import sys,zlib;c=zlib.compressobj(6,zlib.DEFLATED,%1);"
                                "sys.stdout.buffer.write(c.compress(sys.stdin.buffer.read())+c.flush())")
                            .arg(windowBits)},
                 input);
}

} // namespace

/// Content codings against what gzip and Python make, and what bodies do to a server that carry them.
class ContentCodingTest : public QObject
{
    Q_OBJECT

private:
    QByteArray m_text;

private Q_SLOTS:
    void initTestCase()
    {
        for (int i = 0; i < 5000; i++)
            m_text += "{\"metric\":\"requests\",\"value\":" + QByteArray::number(i * 7919) + "}\n";
    }

    void decodes()
    {
        const QByteArray gzip = piped("gzip", {"-c"}, m_text);
        QVERIFY(!gzip.isEmpty());
        QCOMPARE(decodeContent("gzip", gzip, 1 << 20).body, m_text);
        QCOMPARE(decodeContent("X-GZIP", gzip, 1 << 20).body, m_text);
        QCOMPARE(decodeContent("gzip", gzip + gzip, 1 << 20).body, m_text + m_text);
        QCOMPARE(decodeContent("deflate", deflated(m_text, 15), 1 << 20).body, m_text);
        QCOMPARE(decodeContent("deflate", deflated(m_text, -15), 1 << 20).body, m_text);
        const QByteArray zstd = encodeContent(Coding::Zstd, m_text);
        QVERIFY(zstd.size() < m_text.size());
        QCOMPARE(decodeContent("zstd", zstd, 1 << 20).body, m_text);
        QCOMPARE(decodeContent("zstd", zstd + zstd, 1 << 20).body, m_text + m_text);
        QCOMPARE(decodeContent("identity", m_text, 1 << 20).body, m_text);
        QCOMPARE(decodeContent("", m_text, 1 << 20).body, m_text);
        QCOMPARE(decodeContent("gzip, zstd", encodeContent(Coding::Zstd, gzip), 1 << 20).body, m_text);
    }

    /// What a gzip stream says of its size is taken as a hint only.
    void doubtsStatedSizes()
    {
        const QByteArray gzip = encodeContent(Coding::Gzip, m_text);
        for (const char byte : {'\0', '\1', '\x7f'}) {
            for (qsizetype i = 1; i <= 4; i++) {
                QByteArray lie = gzip;
                lie[lie.size() - i] = char(lie[lie.size() - i] ^ (byte | 1));
                QCOMPARE(decodeContent("gzip", lie, 1 << 20).status, 400);
            }
        }
        const QByteArray small = encodeContent(Coding::Gzip, "x");
        QCOMPARE(decodeContent("gzip", gzip + small, 1 << 20).body, m_text + "x");
        QCOMPARE(decodeContent("gzip", small + gzip, 1 << 20).body, "x" + m_text);
        QCOMPARE(decodeContent("gzip", encodeContent(Coding::Gzip, {}), 0).body, QByteArray());
        QCOMPARE(decodeContent("gzip", encodeContent(Coding::Gzip, {}), 0).status, 200);
    }

    void writesWhatGzipReads()
    {
        QCOMPARE(piped("gzip", {"-dc"}, encodeContent(Coding::Gzip, m_text)), m_text);
    }

    void refusesBrokenStreams()
    {
        for (const auto &[coding, whole] :
             {std::pair<const char *, QByteArray>{"gzip", encodeContent(Coding::Gzip, m_text)},
              {"zstd", encodeContent(Coding::Zstd, m_text)},
              {"deflate", deflated(m_text, 15)}}) {
            QCOMPARE(decodeContent(coding, whole, 1 << 20).status, 200);
            for (qsizetype size = 1; size < whole.size(); size += 97)
                QCOMPARE(decodeContent(coding, whole.left(size), 1 << 20).status, 400);
            QCOMPARE(decodeContent(coding, whole + "x", 1 << 20).status, 400);
            QByteArray damaged = whole;
            damaged[whole.size() / 2] = char(~damaged[whole.size() / 2]);
            if (qstrcmp(coding, "zstd") != 0) // our zstd frames carry no checksum
                QCOMPARE(decodeContent(coding, damaged, 1 << 20).status, 400);
            QCOMPARE(decodeContent(coding, "nonsense", 1 << 20).status, 400);
        }
        QCOMPARE(decodeContent("gzip", {}, 1 << 20).status, 400);
    }

    void refusesBombsAndUnknownCodings()
    {
        const QByteArray zeros(50 << 20, '\0');
        for (const Coding coding : {Coding::Gzip, Coding::Zstd}) {
            const QByteArray bomb = encodeContent(coding, zeros);
            QVERIFY(bomb.size() < 200'000);
            const char *name = coding == Coding::Gzip ? "gzip" : "zstd";
            QCOMPARE(decodeContent(name, bomb, 1 << 20).status, 413);
            QCOMPARE(decodeContent(name, bomb, zeros.size()).status, 200);
            QCOMPARE(decodeContent(name, bomb, zeros.size() - 1).status, 413);
        }
        QCOMPARE(decodeContent("identity", "abc", 2).status, 413);
        QCOMPARE(decodeContent("br", "x", 100).status, 415);
        QCOMPARE(decodeContent("gzip, gzip, gzip", "x", 100).status, 415);
    }

    void choosesACoding()
    {
        QCOMPARE(preferredCoding(""), Coding::Identity);
        QCOMPARE(preferredCoding("gzip, deflate, br"), Coding::Gzip);
        QCOMPARE(preferredCoding("gzip, zstd"), Coding::Zstd);
        QCOMPARE(preferredCoding("gzip;q=1.0, zstd;q=0.5"), Coding::Gzip);
        QCOMPARE(preferredCoding("gzip;q=0"), Coding::Identity);
        QCOMPARE(preferredCoding("*"), Coding::Gzip);
        QCOMPARE(preferredCoding("*, gzip;q=0"), Coding::Identity);
        QCOMPARE(preferredCoding("identity"), Coding::Identity);
        QCOMPARE(preferredCoding("GZIP"), Coding::Gzip);
    }

    void bodiesOfRequests()
    {
        HttpFixture http;
        addEchoRoutes(http.router, 1 << 20);
        Route raw;
        raw.method = Method::Post;
        raw.pattern = "/raw";
        raw.access = Access::Public;
        raw.rawBody = true;
        raw.handler = echo;
        http.router.add(raw);
        http.start();
        RawClient client(http.port());
        const QByteArray gzip = encodeContent(Coding::Gzip, m_text);
        for (const QByteArray path : {"/in/x", "/page/x"}) {
            const auto got = client.ask(post(path, gzip, "Content-Encoding: gzip\r\n"));
            QVERIFY(got);
            QCOMPARE(got->body, m_text);
            const auto large = client.ask(post(path, encodeContent(Coding::Zstd, QByteArray(2 << 20, 'x')),
                                               "Content-Encoding: zstd\r\n"));
            QVERIFY(large);
            QCOMPARE(large->status, 413);
            const auto unknown = client.ask(post(path, gzip, "Content-Encoding: br\r\n"));
            QVERIFY(unknown);
            QCOMPARE(unknown->status, 415);
            const auto broken = client.ask(post(path, gzip.left(100), "Content-Encoding: gzip\r\n"));
            QVERIFY(broken);
            QCOMPARE(broken->status, 400);
        }
        const auto got = client.ask(post("/raw", gzip, "Content-Encoding: gzip\r\n"));
        QVERIFY(got);
        QCOMPARE(got->header("x-size").toLongLong(), gzip.size());
    }

    void bodiesOfAnswers()
    {
        HttpFixture http;
        addEchoRoutes(http.router);
        http.start();
        RawClient client(http.port());
        const auto plain = client.ask(post("/page/x", m_text));
        QVERIFY(plain);
        QCOMPARE(plain->body, m_text);
        QCOMPARE(plain->header("vary"), QByteArray("Accept-Encoding"));
        QVERIFY(!plain->hasHeader("content-encoding"));
        for (const QByteArray coding : {"gzip", "zstd"}) {
            const auto got = client.ask(post("/page/x", m_text, "Accept-Encoding: " + coding + "\r\n"));
            QVERIFY(got);
            QCOMPARE(got->header("content-encoding"), coding);
            QVERIFY(got->body.size() < m_text.size() / 2);
            QCOMPARE(decodeContent(coding.constData(), got->body, 1 << 20).body, m_text);
        }
        const auto small = client.ask(post("/page/x", "small", "Accept-Encoding: gzip\r\n"));
        QVERIFY(small);
        QVERIFY(!small->hasHeader("content-encoding"));
    }
};

QTEST_GUILESS_MAIN(ContentCodingTest)
#include "ContentCodingTest.moc"
