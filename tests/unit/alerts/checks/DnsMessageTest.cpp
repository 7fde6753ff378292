#include "alerts/checks/DnsMessage.h"
#include "alerts/checks/Check.h"
#include "alerts/checks/Endpoint.h"
#include "alerts/checks/ProbeThread.h"
#include "tests/support/ManualClock.h"
#include "tests/support/MemorySeries.h"
#include "tests/support/RecordServer.h"

#include <QJsonArray>
#include <QRandomGenerator>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;
using namespace plimsoll::test;

class DnsMessageTest : public QObject
{
    Q_OBJECT

private:
    ManualClock m_clock;
    MemorySeries m_series;

    ProbeResult ask(RecordServer &server, const QString &type, const QJsonArray &expected = {})
    {
        ProbeThread probes({}, m_series, m_clock);
        const QJsonObject object{{"name", "n"},
                                 {"kind", "dns"},
                                 {"target", "dock.example"},
                                 {"settings", QJsonObject{{"type", type}, {"resolver", server.address()}}},
                                 {"expect", QJsonObject{{"answers", expected}}}};
        const Result<Check> check = Check::fromJson(object, nullptr);
        if (!check)
            return ProbeResult::failed("DEFINITION " + check.error().message);
        const QFuture<ProbeResult> running = probes.run(*check);
        return QTest::qWaitFor([&] { return running.isFinished(); }, 30'000) ? running.result()
                                                                             : ProbeResult::failed("NEVER");
    }

private Q_SLOTS:
    void readsEveryTypeOfRecord_data();
    void readsEveryTypeOfRecord();
    void asksAgainOverTcp();
    void saysWhatTheServerSaid();
    void survivesHostileMessages();
    void takesOnlyAnswersToItsQuestion();
    void refusesNamesThatAreNone();
    void readsEndpoints_data();
    void readsEndpoints();
};

void DnsMessageTest::readsEveryTypeOfRecord_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<int>("number");
    QTest::addColumn<QByteArray>("data");
    QTest::addColumn<QString>("text");
    const QByteArray name = QByteArray("\4MAIL\7example\0", 14);
    QTest::newRow("A") << "A" << 1 << QByteArray("\x0a\x01\x02\x03", 4) << "10.1.2.3";
    QTest::newRow("AAAA") << "AAAA" << 28 << QByteArray("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16)
                          << "2001:db8::1";
    QTest::newRow("CNAME") << "CNAME" << 5 << name << "mail.example";
    QTest::newRow("MX") << "MX" << 15 << QByteArray("\0\x0a", 2) + name << "10 mail.example";
    QTest::newRow("NS") << "NS" << 2 << name << "mail.example";
    QTest::newRow("TXT") << "TXT" << 16 << QByteArray("\5v=spf\3 -a", 10) << "v=spf -a";
    QTest::newRow("SRV") << "SRV" << 33 << QByteArray("\0\1\0\2\x13\x88", 6) + name
                         << "1 2 5000 mail.example";
    QTest::newRow("PTR") << "PTR" << 12 << name << "mail.example";
    QTest::newRow("SOA") << "SOA" << 6
                         << name + name + QByteArray("\0\0\0\7\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1", 20)
                         << "mail.example mail.example 7";
    QTest::newRow("CAA") << "CAA" << 257 << QByteArray("\0\5issueca.example", 17) << "0 issue ca.example";
}

void DnsMessageTest::readsEveryTypeOfRecord()
{
    QFETCH(QString, type);
    QFETCH(int, number);
    QFETCH(QByteArray, data);
    QFETCH(QString, text);
    RecordServer server;
    server.set(number, {data});
    const ProbeResult result = ask(server, type, {text});
    QVERIFY2(result.outcome == Outcome::Ok, result.message.c_str());
    QCOMPARE(QString::fromStdString(result.message), text);
    const ProbeResult other = ask(server, type, {text, "another"});
    QCOMPARE(other.outcome, Outcome::Failed);
    QCOMPARE(QString::fromStdString(other.message), "another is not among the answers: " + text);
}

void DnsMessageTest::asksAgainOverTcp()
{
    RecordServer server;
    server.set(1, std::vector<QByteArray>(100, QByteArray("\x0a\x01\x02\x03", 4)));
    server.setTruncates(true);
    const ProbeResult result = ask(server, "A", {"10.1.2.3"});
    QVERIFY2(result.outcome == Outcome::Ok, result.message.c_str());
}

void DnsMessageTest::saysWhatTheServerSaid()
{
    RecordServer server;
    const ProbeResult none = ask(server, "A");
    QCOMPARE(none.outcome, Outcome::Failed);
    QVERIFY2(QString::fromStdString(none.message).contains("NXDOMAIN"), none.message.c_str());
}

/// Cut, changed and made-up messages are refused or read; never more than that.
void DnsMessageTest::survivesHostileMessages()
{
    QByteArray message = *dnsQuestion("dock.example", 15, 7);
    message[2] = char(0x81);
    message[7] = 2;
    for (int i = 0; i < 2; i++)
        message += QByteArray("\xc0\x0c\0\x0f\0\1\0\0\0\x3c\0\x10\0\x0a\4mail\7example\0", 28);
    QCOMPARE(DnsAnswer::parse(message, 15)->records.size(), size_t(2));
    for (qsizetype size = 0; size <= message.size(); size++)
        (void)DnsAnswer::parse(message.left(size), 15);
    QRandomGenerator random(11);
    const int rounds = qEnvironmentVariableIntValue("PLIMSOLL_TEST_ROUNDS") ?: 20'000;
    for (int i = 0; i < rounds; i++) {
        QByteArray changed = message;
        for (int j = 0; j < 3; j++)
            changed[random.bounded(int(changed.size()))] = char(random.bounded(256));
        for (const DnsType &type : dnsTypes())
            (void)DnsAnswer::parse(changed, type.number);
    }
}

void DnsMessageTest::takesOnlyAnswersToItsQuestion()
{
    const QByteArray question = *dnsQuestion("dock.example", 1, 7);
    QByteArray answer = question;
    answer[2] = char(0x81);
    QVERIFY(answersQuestion(answer, question));
    QVERIFY(!answersQuestion(question, question));
    QVERIFY(!answersQuestion(answer.left(answer.size() - 1), question));
    QVERIFY(!answersQuestion({}, question));
    QByteArray otherId = answer;
    otherId[1] = 8;
    QVERIFY(!answersQuestion(otherId, question));
    QByteArray otherName = *dnsQuestion("dack.example", 1, 7);
    otherName[2] = char(0x81);
    QVERIFY(!answersQuestion(otherName, question));
}

void DnsMessageTest::refusesNamesThatAreNone()
{
    QVERIFY(dnsQuestion("a.example.", 1, 7));
    QVERIFY(!dnsQuestion(std::string(64, 'a') + ".example", 1, 7));
    QVERIFY(!dnsQuestion("a..example", 1, 7));
    std::string longName;
    for (int i = 0; i < 130; i++)
        longName += "a.";
    QVERIFY(!dnsQuestion(longName + "a", 1, 7));
}

void DnsMessageTest::readsEndpoints_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("defaultPort");
    QTest::addColumn<QString>("endpoint"); ///< empty: none
    QTest::newRow("name") << "db.example:5432" << 0 << "db.example:5432";
    QTest::newRow("default") << "db.example" << 443 << "db.example:443";
    QTest::newRow("four") << "10.0.0.7:1" << 0 << "10.0.0.7:1";
    QTest::newRow("six") << "[::1]:443" << 0 << "[::1]:443";
    QTest::newRow("six bare") << "::1" << 443 << "[::1]:443";
    QTest::newRow("punycode") << QString::fromUtf8("bücher.example:1") << 0 << "xn--bcher-kva.example:1";
    QTest::newRow("no port") << "db.example" << 0 << "";
    QTest::newRow("zero") << "db:0" << 0 << "";
    QTest::newRow("much") << "db:65536" << 0 << "";
    QTest::newRow("words") << "db:http" << 0 << "";
    QTest::newRow("trailing") << "db:80x" << 0 << "";
    QTest::newRow("nothing") << "" << 443 << "";
    QTest::newRow("url") << "http://db:80" << 0 << "";
    QTest::newRow("space") << "d b:80" << 0 << "";
    QTest::newRow("open") << "[::1:443" << 0 << "";
    QTest::newRow("user") << "a@b:80" << 0 << "";
}

void DnsMessageTest::readsEndpoints()
{
    QFETCH(QString, text);
    QFETCH(int, defaultPort);
    QFETCH(QString, endpoint);
    const Result<Endpoint> parsed = Endpoint::parse(text.toStdString(), uint16_t(defaultPort));
    QCOMPARE(parsed.ok(), !endpoint.isEmpty());
    if (parsed)
        QCOMPARE(QString::fromStdString(parsed->toString()), endpoint);
}

QTEST_GUILESS_MAIN(DnsMessageTest)
#include "DnsMessageTest.moc"
