#include "alerts/OutboundPolicy.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;

class OutboundPolicyTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void judgesAddresses_data()
    {
        QTest::addColumn<bool>("everywhere");     ///< allowed on an appliance that listens beyond loopback
        QTest::addColumn<bool>("onLoopbackOnly"); ///< allowed on one that listens on loopback only

        for (const char *address :
             {"93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808"})
            QTest::newRow(address) << true << true;
        for (const char *address :
             {"127.0.0.1", "127.9.9.9", "::1", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
              "100.64.0.1", "198.18.0.1", "fd12:3456::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
              "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "::127.0.0.1"})
            QTest::newRow(address) << false << true;
        for (const char *address : {"0.0.0.0",
                                    "0.1.2.3",
                                    "::",
                                    "169.254.169.254",
                                    "169.254.0.1",
                                    "100.100.100.200",
                                    "168.63.129.16",
                                    "192.0.0.192",
                                    "224.0.0.1",
                                    "239.255.255.250",
                                    "255.255.255.255",
                                    "240.0.0.1",
                                    "fe80::1",
                                    "fe80::1%eth0",
                                    "ff02::1",
                                    "fd00:ec2::254",
                                    "::ffff:169.254.169.254",
                                    "64:ff9b::a9fe:a9fe",
                                    "2002:a9fe:a9fe::1",
                                    "::169.254.169.254",
                                    "::ffff:0.0.0.0"})
            QTest::newRow(address) << false << false;
    }

    void judgesAddresses()
    {
        QFETCH(bool, everywhere);
        QFETCH(bool, onLoopbackOnly);
        const QHostAddress address(QString::fromLatin1(QTest::currentDataTag()));
        QVERIFY(!address.isNull());
        QCOMPARE(OutboundPolicy(false).checkAddress(address).ok(), everywhere);
        QCOMPARE(OutboundPolicy(true).checkAddress(address).ok(), onLoopbackOnly);
    }

    void judgesUrls_data()
    {
        QTest::addColumn<bool>("good");
        QTest::newRow("https://example.org/hook?a=b") << true;
        QTest::newRow("http://127.0.0.1:9000/hook") << true;
        QTest::newRow("http://[::1]:9000/hook") << true;
        QTest::newRow("https://xn--bcher-kva.example/") << true;
        QTest::newRow("ftp://example.org/") << false;
        QTest::newRow("file:///etc/passwd") << false;
        QTest::newRow("gopher://example.org/") << false;
        QTest::newRow("javascript:alert(1)") << false;
        QTest::newRow("example.org/hook") << false;
        QTest::newRow("http://") << false;
        QTest::newRow("http:///path") << false;
        QTest::newRow("https://user:secret@example.org/") << false;
        QTest::newRow("http://169.254.169.254/latest/meta-data/") << false;
        QTest::newRow("http://[::ffff:169.254.169.254]/") << false;
        QTest::newRow("http://0.0.0.0/") << false;
        QTest::newRow("http://2852039166/") << false; // 169.254.169.254 in decimal
        QTest::newRow("http://0251.0376.0251.0376/") << false;
        QTest::newRow("http://0xa9fea9fe/") << false;
    }

    void judgesUrls()
    {
        QFETCH(bool, good);
        QCOMPARE(OutboundPolicy::checkUrl(QUrl(QString::fromLatin1(QTest::currentDataTag()))).ok(), good);
    }

    void nobodyIsNoAddress() { QVERIFY(!OutboundPolicy(true).checkAddress(QHostAddress()).ok()); }
};

QTEST_GUILESS_MAIN(OutboundPolicyTest)
#include "OutboundPolicyTest.moc"
