#include "alerts/channels/ChannelKind.h"
#include "tests/support/NameServer.h"
#include "tests/support/OwnNetwork.h"
#include "tests/support/SampleNotification.h"
#include "tests/support/WebhookReceiver.h"

#include <QCoreApplication>
#include <QCoroTask>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;
using namespace plimsoll::test;
using Plan = WebhookReceiver::Plan;

namespace {

const QString somewhere = "203.0.114.7"; ///< public; on the loopback of this test's own network
const QString elsewhere = "203.0.114.8";
bool hasOwnNetwork = false;

SendOutcome post(const OutboundPolicy &policy, const QString &url)
{
    OutboundHttp::Options options;
    options.timeoutMs = 20'000;
    OutboundHttp http(policy, options);
    OutboundRequest request;
    request.url = QUrl(url);
    request.body = "{}";
    return QCoro::waitFor(http.send(request));
}

QHostAddress address(const QString &text) { return QHostAddress(text); }

} // namespace

/// Where requests of ours may go, with real servers on loopback and on addresses that are public elsewhere,
/// and a real name server: the table against server-side request forgery.
class OutboundReachTest : public QObject
{
    Q_OBJECT

    /// Ways to write an address of this machine.
    static QStringList waysToLoopback(quint16 port)
    {
        const QString end = ":" + QString::number(port) + "/";
        QStringList urls;
        for (const char *host :
             {"127.0.0.1",       "127.1",           "127.0.1",           "2130706433",
              "0177.0.0.1",      "0x7f.0.0.1",      "0x7f000001",        "017700000001",
              "127.0.0.1.",      "[::1]",           "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]",
              "[::ffff:7f00:1]", "[::127.0.0.1]",   "localhost",         "LOCALHOST",
              "localhost.",      "１２７.０.０.１", "①②⑦.⓪.⓪.①",         "127。0。0。1",
              "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",       "xn--localhost-.", "inside.test",       "%6c%6f%63%61%6c%68%6f%73%74"})
            urls << "http://" + QString::fromUtf8(host) + end;
        urls << "http://example.test@127.0.0.1" + end << "http://127.0.0.1" + end + "#@example.test"
             << "http:\\\\127.0.0.1" + end << "//127.0.0.1" + end << "https://localhost" + end;
        return urls;
    }

    /// What nobody may reach, whatever the appliance listens on.
    static QStringList alwaysRefused()
    {
        return {"file:///etc/passwd",
                "file://127.0.0.1/etc/passwd",
                "gopher://127.0.0.1:25/_HELO",
                "ftp://127.0.0.1/",
                "dict://127.0.0.1:11211/",
                "data:text/plain,x",
                "jar:http://x/!/",
                "http://169.254.169.254/latest/meta-data/",
                "http://2852039166/",
                "http://0xa9fea9fe/",
                "http://0251.0376.0251.0376/",
                "http://025177524776/",
                "http://169.254.43518/",
                "http://[::ffff:169.254.169.254]/",
                "http://[::ffff:a9fe:a9fe]/",
                "http://[64:ff9b::a9fe:a9fe]/",
                "http://[2002:a9fe:a9fe::]/",
                "http://[fd00:ec2::254]/",
                "http://[fe80::1]/",
                "http://100.100.100.200/",
                "http://0.0.0.0/",
                "http://0/",
                "http://[::]/",
                "http://224.0.0.1/",
                "http://[ff02::1]/",
                "http://255.255.255.255/",
                "http://240.0.0.1/",
                "http://１６９.２５４.１６９.２５４/",
                "http://metadata.test/",
                "http://mapped.metadata.test/"};
    }

    std::unique_ptr<NameServer> m_names;

private Q_SLOTS:
    void init()
    {
        if (!hasOwnNetwork)
            QSKIP("this machine gives the test no network of its own");
        m_names = std::make_unique<NameServer>();
        QVERIFY(m_names->listens());
        m_names->answer("inside.test", {{address("127.0.0.1")}});
        m_names->answer("metadata.test", {{address("169.254.169.254")}});
        m_names->answer("public.test", {{address(somewhere)}});
    }

    void cleanup() { m_names.reset(); }

    void refusesLoopbackBeyondLoopback()
    {
        WebhookReceiver four;
        WebhookReceiver six(QHostAddress::LocalHostIPv6);
        QVERIFY(four.port() > 0 && six.port() > 0);
        for (const quint16 port : {four.port(), six.port()}) {
            for (const QString &url : waysToLoopback(port)) {
                const SendOutcome outcome = post(OutboundPolicy(false), url);
                QVERIFY2(!outcome.delivered && !outcome.error.empty(), qPrintable(url));
            }
        }
        QCOMPARE(four.connections(), 0);
        QCOMPARE(six.connections(), 0);
    }

    void refusesSomeEverywhere()
    {
        for (const QString &url : alwaysRefused()) {
            for (const OutboundPolicy &policy :
                 {OutboundPolicy(false), OutboundPolicy(true), OutboundPolicy::ofChecks()}) {
                const SendOutcome outcome = post(policy, url);
                QVERIFY2(!outcome.delivered && !outcome.error.empty(), qPrintable(url));
                QVERIFY2(outcome.durationMs < 15'000, qPrintable(url));
            }
        }
    }

    void refusesRedirectsToThem()
    {
        WebhookReceiver inside;
        for (const QString &url : alwaysRefused()) {
            const int before = inside.connections();
            inside.answerNext({Plan::Kind::Answer, 307, "", "Location: " + url.toUtf8() + "\r\n"});
            const SendOutcome outcome = post(OutboundPolicy(true), inside.url());
            QVERIFY2(!outcome.delivered && !outcome.error.empty(), qPrintable(url));
            QVERIFY2(inside.connections() <= before + 1, qPrintable(url));
        }
        QCOMPARE(inside.received().size(), size_t(alwaysRefused().size()));
    }

    void followsFromPublicToPublicOnly()
    {
        WebhookReceiver outside{address(somewhere)};
        WebhookReceiver other{address(elsewhere)};
        WebhookReceiver inside;
        const auto redirectTo = [&](const QString &url) {
            outside.answerNext({Plan::Kind::Answer, 302, "", "Location: " + url.toUtf8() + "\r\n"});
        };
        redirectTo(other.url());
        QVERIFY(post(OutboundPolicy(false), outside.url()).delivered);
        QCOMPARE(other.received().size(), size_t(1));
        const int port = inside.port();
        for (const QString &url :
             {inside.url(), QString("http://localhost:%1/").arg(port),
              QString("http://inside.test:%1/").arg(port), QString("http://2130706433:%1/").arg(port)}) {
            for (const OutboundPolicy &policy :
                 {OutboundPolicy(false), OutboundPolicy(true), OutboundPolicy::ofChecks()}) {
                redirectTo(url);
                const SendOutcome outcome = post(policy, outside.url());
                QVERIFY2(!outcome.delivered, qPrintable(url));
            }
        }
        // By way of a second public one too.
        redirectTo(other.url());
        other.answerNext({Plan::Kind::Answer, 302, "", "Location: " + inside.url().toUtf8() + "\r\n"});
        const SendOutcome outcome = post(OutboundPolicy(true), outside.url());
        QVERIFY(!outcome.delivered);
        QCOMPARE(outcome.error, std::string("The receiver redirects from a public address to 127.0.0.1, a "
                                            "loopback address."));
        QCOMPARE(inside.connections(), 0);
    }

    void followsFromPrivateToPublic()
    {
        WebhookReceiver outside{address(somewhere)};
        WebhookReceiver inside;
        inside.answerNext({Plan::Kind::Answer, 308, "", "Location: " + outside.url().toUtf8() + "\r\n"});
        QVERIFY(post(OutboundPolicy(true), inside.url()).delivered);
        QCOMPARE(outside.received().size(), size_t(1));
    }

    /// Every question gets another answer: the address that was checked is the one that is connected to.
    void isNotFooledByRebinding()
    {
        WebhookReceiver inside{address("127.0.0.1")};
        WebhookReceiver outside{address(somewhere)};
        const auto urlOf = [](const char *name, quint16 port) {
            return QString("http://%1:%2/").arg(name).arg(port);
        };
        m_names->answer("first.rebind.test", {{address(somewhere)}, {address("127.0.0.1")}});
        const SendOutcome first = post(OutboundPolicy(false), urlOf("first.rebind.test", outside.port()));
        QVERIFY2(first.delivered, first.error.c_str());
        QCOMPARE(m_names->questions("first.rebind.test"), 1);

        m_names->answer("second.rebind.test", {{address("127.0.0.1")}, {address(somewhere)}});
        const SendOutcome second = post(OutboundPolicy(false), urlOf("second.rebind.test", inside.port()));
        QVERIFY(!second.delivered);
        QCOMPARE(m_names->questions("second.rebind.test"), 1);

        // Both at once: the one that is allowed is taken.
        m_names->answer("both.rebind.test", {{address("127.0.0.1"), address(somewhere)}});
        const SendOutcome both = post(OutboundPolicy(false), urlOf("both.rebind.test", outside.port()));
        QVERIFY2(both.delivered, both.error.c_str());
        QCOMPARE(inside.connections(), 0);
    }

    /// A name that was public when it redirected to itself and is private now.
    void isNotFooledByRebindingOverARedirect()
    {
        WebhookReceiver inside;
        WebhookReceiver outside{address(somewhere)};
        m_names->answer("later.rebind.test", {{address("127.0.0.1")}});
        outside.answerNext(
            {Plan::Kind::Answer, 307, "",
             "Location: http://later.rebind.test:" + QByteArray::number(inside.port()) + "/\r\n"});
        const SendOutcome outcome = post(OutboundPolicy(true), outside.url());
        QVERIFY(!outcome.delivered);
        QCOMPARE(inside.connections(), 0);
    }

    void reachesWhatItMay()
    {
        WebhookReceiver inside;
        WebhookReceiver outside{address(somewhere)};
        QVERIFY(post(OutboundPolicy(true), inside.url()).delivered);
        QVERIFY(post(OutboundPolicy::ofChecks(), inside.url()).delivered);
        QVERIFY(post(OutboundPolicy(false), outside.url()).delivered);
        QVERIFY(post(OutboundPolicy(false), QString("http://public.test:%1/").arg(outside.port())).delivered);
    }

    /// Every kind of channel goes through the same policy.
    void holdsForEveryKindOfChannel()
    {
        WebhookReceiver inside;
        OutboundHttp http(OutboundPolicy(false), {});
        const QByteArray port = QByteArray::number(inside.port());
        for (const ChannelKind *kind : channelKinds()) {
            QJsonObject settings = json("{'url':'http://inside.test:" + port + "/a/b'}");
            const QJsonObject own =
                json("{'token':'1:a','chat_id':'1','routing_key':'"
                     "0123456789abcdef0123456789abcdef','api_key':'k','host':'inside.test',"
                     "'port':" +
                     port + ",'security':'none','from':'a@b.c','to':'d@e.f'}");
            for (const QString &name : own.keys())
                settings.insert(name, own[name]);
            Channel channel;
            channel.kind = kind->name;
            channel.settings = settings;
            const SendOutcome outcome =
                QCoro::waitFor(sendNotification(http, channel, sampleNotification("firing")));
            QVERIFY2(!outcome.delivered, kind->name.data());
            QVERIFY2(outcome.error.find("this appliance listens beyond loopback") != std::string::npos,
                     (std::string(kind->name) + ": " + outcome.error).c_str());
        }
        QCOMPARE(inside.connections(), 0);
    }
};

int main(int count, char **arguments)
{
    OwnNetwork network;
    hasOwnNetwork = network.enter({somewhere + "/32", elsewhere + "/32"});
    QCoreApplication application(count, arguments);
    OutboundReachTest test;
    return QTest::qExec(&test, count, arguments);
}

#include "OutboundReachTest.moc"
