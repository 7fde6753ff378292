#include "alerts/AlertService.h"
#include "tests/support/AlertListings.h"
#include "tests/support/SmtpServer.h"
#include "tests/support/TemporaryEngine.h"

#include <QCoroTask>
#include <QJsonArray>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;
using plimsoll::test::SmtpServer;
using plimsoll::test::TemporaryEngine;

namespace {

constexpr int64_t interval = 15'000;
constexpr int patienceMs = 60'000;

template<typename T>
T await(QCoro::Task<T> task)
{
    std::optional<T> result;
    const auto run = [](QCoro::Task<T> inner, std::optional<T> &out) -> QCoro::Task<void> {
        out = co_await inner;
    };
    QCoro::waitFor(run(std::move(task), result));
    return *std::move(result);
}

QJsonObject expect(const AlertService::Answer &answer)
{
    if (!answer)
        qFatal("%s", answer.error().message.c_str());
    return *answer;
}

} // namespace

/// An alarm whose mail server is away: the mail waits, and goes out once when the server is back.
class EmailDeliveryTest : public QObject
{
    Q_OBJECT

    TemporaryEngine m_engine;
    std::unique_ptr<AlertService> m_service;

    void step(double value)
    {
        m_engine.clock.advance(interval);
        m_engine.append(Labels{{"__name__", "cpu"}}, Kind::Gauge, m_engine.clock.nowMs(), value);
        QCoro::waitFor(m_service->tick(m_engine.clock.nowMs()));
    }

    QJsonObject newestDelivery() { return deliveriesOf(*m_service).first().toObject(); }
    int attempts() { return newestDelivery()["attempt_count"].toInt(); }

    void makeAlarm(const SmtpServer &server)
    {
        const QJsonObject settings{{"host", "localhost"},
                                   {"port", server.port()},
                                   {"user", "ada"},
                                   {"password", "s3cret-word"},
                                   {"from", "alarms@example.org"},
                                   {"to", "ada@example.org"},
                                   {"authorities", server.certificate()}};
        const QJsonObject channel = expect(await(
            m_service->channels().create({{"name", "mail"}, {"kind", "email"}, {"settings", settings}})));
        expect(await(m_service->createRule({{"name", "CPU is high"},
                                            {"expr", "cpu"},
                                            {"op", ">"},
                                            {"threshold", 90},
                                            {"for", "0s"},
                                            {"severity", "critical"},
                                            {"channels", QJsonArray{channel["id"]}}})));
    }

private Q_SLOTS:
    void waitsForItsServer()
    {
        if (const QString why = SmtpServer::whyNot(); !why.isEmpty())
            QSKIP(qPrintable(why));
        SmtpServer server;
        const QStringList login{"ada", "s3cret-word"};
        QVERIFY(server.start("starttls", login));
        AlertOptions options;
        options.intervalMs = interval;
        options.allowPrivate = true;
        m_service =
            std::make_unique<AlertService>(options, m_engine.engine(), m_engine.documents(), m_engine.clock);
        QVERIFY(m_service->open());
        makeAlarm(server);
        server.stop();

        step(10);
        step(95);
        const auto isTried = [&](int times) {
            step(95);
            return attempts() >= times;
        };
        QTRY_VERIFY_WITH_TIMEOUT(!deliveriesOf(*m_service).isEmpty(), patienceMs);
        QTRY_VERIFY_WITH_TIMEOUT(isTried(2), patienceMs);
        QCOMPARE(newestDelivery()["state"].toString(), "pending");
        const QString id = newestDelivery()["id"].toString();

        QVERIFY(server.start("starttls", login));
        const auto isDelivered = [&] {
            step(95);
            return newestDelivery()["state"].toString() == "delivered";
        };
        QTRY_VERIFY_WITH_TIMEOUT(isDelivered(), patienceMs);
        const QJsonObject firing = server.nextMail()["headers"].toObject();
        QCOMPARE(firing["Subject"].toString(), "Critical: CPU is high");
        QCOMPARE(firing["Message-ID"].toString(), "<" + id + ".plimsoll@example.org>");

        const auto isTold = [&] {
            step(10);
            const QJsonObject delivery = newestDelivery();
            return delivery["event"].toString() == "resolved" && delivery["state"].toString() == "delivered";
        };
        QTRY_VERIFY_WITH_TIMEOUT(isTold(), patienceMs);
        const QJsonObject resolved = server.nextMail()["headers"].toObject();
        QCOMPARE(resolved["Subject"].toString(), "Resolved: CPU is high");
        QCOMPARE(resolved["References"].toString(), firing["References"].toString());
        m_service->stop();
    }
};

QTEST_GUILESS_MAIN(EmailDeliveryTest)
#include "EmailDeliveryTest.moc"
