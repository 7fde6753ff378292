#include "alerts/channels/ChannelKind.h"
#include "tests/support/SampleNotification.h"
#include "tests/support/SmtpServer.h"

#include <QCoroTask>
#include <QRegularExpression>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;
using namespace plimsoll::test;

namespace {

const QStringList hostile{
    "<script>run()</script>",
    "</title></h2></body><script>run()</script>",
    "\"><img src=x onerror=run()>",
    "' onmouseover='run()",
    "<svg onload=run()>",
    "<a href=\"javascript:run()\">here</a>",
    "<base href=\"//example.invalid/\">",
    "<meta http-equiv=refresh content=\"0;url=//example.invalid\">",
    "<style>*{display:none}</style>",
    "<form action=//example.invalid><input name=p></form>",
    "<!-- ",
    "]]><iframe srcdoc=x>",
    "&lt;script&gt;run()&lt;/script&gt;",
    "=?UTF-8?B?PHNjcmlwdD4=?=",
    "line\r\nContent-Type: text/html\r\n\r\n<script>run()</script>",
    "--=_boundary--\r\n<b>",
    QStringLiteral("pay\u202ements"),
    QStringLiteral("zero\u200bwidth"),
    QStringLiteral("abc\u2066\u2067def\u2069"),
};

/// One text in every field that comes from people or from what they measure.
QJsonObject notificationOf(const QString &text)
{
    QJsonObject body = sampleNotification("firing");
    body.insert("rule", QJsonObject{{"id", "r1"}, {"name", text}});
    body.insert("labels", QJsonObject{{"instance", text}, {text, "x"}});
    body.insert("annotations", QJsonObject{{"summary", text}, {"description", text}});
    body.insert("message", text);
    body.insert("expr", text);
    body.insert("severity", text);
    body.insert("url", "http://plimsoll.example/alerts/episodes/" + text);
    return body;
}

/// What of a mail is more than our own markup.
QStringList foreignTags(const QString &html)
{
    static const QRegularExpression own(
        "^<(!doctype html|/?html|body style=\"[a-z0-9:;#/.,% -]*\"|/body|div( style=\"[a-z0-9:;#. "
        "-]*\")?|/div|h2 "
        "style=\"[a-z0-9: ;]*\"|/h2|br|img src=\"cid:chart-\\d+.png\" width=\"\\d+\" height=\"\\d+\" "
        "alt=\"[A-Za-z ]*\"|a href=\"http://plimsoll.example/[^\"<>]*\"|/a)>$");
    static const QRegularExpression tag("<[^>]*>?");
    QStringList found;
    for (auto each = tag.globalMatch(html); each.hasNext();) {
        const QString text = each.next().captured();
        if (!own.match(text).hasMatch())
            found.append(text);
    }
    return found;
}

bool hides(const QString &text)
{
    static const QRegularExpression hidden(
        QStringLiteral("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"));
    return hidden.match(text).hasMatch();
}

} // namespace

/// Hostile texts in each field of a mail, over a real server: they stay text in its HTML, subject and
/// headers.
class EmailHostileTest : public QObject
{
    Q_OBJECT

    SmtpServer m_server;

private Q_SLOTS:
    void initTestCase()
    {
        if (const QString why = SmtpServer::whyNot(); !why.isEmpty())
            QSKIP(qPrintable(why));
        QVERIFY(m_server.start("plain"));
    }

    void staysText_data()
    {
        QTest::addColumn<QString>("text");
        for (const QString &text : hostile)
            QTest::newRow(qPrintable(text.left(40).simplified())) << text;
    }

    void staysText()
    {
        QFETCH(QString, text);
        const QJsonObject settings{{"host", "localhost"},
                                   {"port", m_server.port()},
                                   {"security", "none"},
                                   {"from", "alarms@example.org"},
                                   {"to", "ada@example.org"}};
        const auto channel =
            Channel::fromJson({{"name", "mail"}, {"kind", "email"}, {"settings", settings}}, nullptr);
        QVERIFY(channel.ok());
        OutboundHttp http{OutboundPolicy(true), {}};
        const SendOutcome outcome = QCoro::waitFor(sendNotification(http, *channel, notificationOf(text)));
        QVERIFY2(outcome.delivered, (outcome.error + outcome.body).c_str());

        const QJsonObject mail = m_server.nextMail();
        QCOMPARE(mail["defects"].toArray(), QJsonArray());
        QCOMPARE(mail["to"].toArray(), QJsonArray{"ada@example.org"});
        const QString html = mail["html"].toString();
        QVERIFY2(html.count("<h2 ") == 1 && html.contains("Open in Plimsoll"), qPrintable(html));
        QCOMPARE(foreignTags(html), QStringList());
        const QString subject = mail["headers"].toObject()["Subject"].toString();
        QVERIFY2(!subject.contains('\n'), qPrintable(subject));
        QVERIFY2(!hides(html), qPrintable(html));
        QVERIFY2(!hides(subject), qPrintable(subject));
        QVERIFY2(!hides(mail["text"].toString()), "the plain text shows what would hide");
    }
};

QTEST_GUILESS_MAIN(EmailHostileTest)
#include "EmailHostileTest.moc"
