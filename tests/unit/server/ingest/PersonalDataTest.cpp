#include "server/ingest/PersonalDataGuard.h"
#include "storage/backend/MemoryDocumentStore.h"
#include "storage/model/Labels.h"

#include <QRegularExpression>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::ingest;

class PersonalDataTest : public QObject
{
    Q_OBJECT

    static std::string guardedText(PersonalDataGuard &guard, const Labels &labels, http::PersonalData action,
                                   ProjectId project = defaultProject)
    {
        const auto key = guard.guarded(project, labels.key(), action);
        return key ? Labels::fromKey(*key)->toString() : labels.toString();
    }

private Q_SLOTS:
    void tellsByLooks_data()
    {
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QByteArray>("looks");
        const auto row = [](const char *value, const char *looks) {
            QTest::newRow(value) << QByteArray(value) << QByteArray(looks);
        };
        row("ann@example.com", "email");
        row("mail to ann.b+c@mail.example.co.uk now", "email");
        row("<ann@example.com>", "email");
        row("4111111111111111", "card");
        row("4111 1111 1111 1111", "card");
        row("card 5500-0055-5555-5559", "card");
        row("378282246310005", "card");
        row("ghp_0123456789abcdefghijABCDEFGHIJ0123", "token");
        row("sk-proj-abcdefghijklmnopqrst", "token");
        row("AKIAIOSFODNN7EXAMPLE", "token");
        row("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N", "token");
        row("Bearer abcdefghijklmnop", "token");
        row("xK9fQ2mZ7rT4vB1nW8pL3cY6hJ5gD0sA", "token");
        row("plm_default_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4", "token");

        row("", "");
        row("pro", "");
        row("@", "");
        row("a@b", "");
        row("user@localhost", "");
        row("GET", "");
        row("/api/v1/users/{id}/orders/{order}/items/{item}", "");
        row("4111111111111112", ""); // no Luhn digit
        row("a4111111111111111b", "");
        row("41111111111111110000", "");
        row("1790000000000", "");
        row("1790000000000000000", "");
        row("550e8400-e29b-41d4-a716-446655440000", "");
        row("da39a3ee5e6b4b0d3255bfef95601890afd80709", "");
        row("kubernetes-deployment-frontend-7d9f8b6c5d-x2x4z", "");
        row("2026-11-21T08:00:00.000000000+01:00", "");
        row("10.244.13.7:9100", "");
        row("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)", "");
    }
    void tellsByLooks()
    {
        QFETCH(QByteArray, value);
        QFETCH(QByteArray, looks);
        QCOMPARE(QByteArray::fromStdString(std::string(looksLikeName(looksLike(value.toStdString())))),
                 looks);
    }

    void readsAnyBytes()
    {
        std::string bytes;
        for (int i = 0; i < 3000; i++) {
            bytes += char((i * 7919) >> 3);
            (void)looksLike(bytes);
        }
        (void)looksLike(std::string(100'000, '4'));
        (void)looksLike(std::string(100'000, '@'));
    }

    void flagsHashesOrDrops()
    {
        PersonalDataGuard guard;
        const Labels labels{{"__name__", "logins"}, {"plan", "pro"}, {"user", "ann@example.com"}};
        QCOMPARE(guardedText(guard, labels, http::PersonalData::Keep), labels.toString());
        QVERIFY(guard.findings(defaultProject).empty());
        QCOMPARE(guardedText(guard, labels, http::PersonalData::Flag), labels.toString());
        QCOMPARE(guardedText(guard, labels, http::PersonalData::Drop),
                 std::string(R"(logins{plan="pro",user="__removed__"})"));
        const std::string hashed = guardedText(guard, labels, http::PersonalData::Hash);
        QVERIFY2(QRegularExpression("^logins\\{plan=\"pro\",user=\"hash:[0-9a-f]{16}\"\\}$")
                     .match(QString::fromStdString(hashed))
                     .hasMatch(),
                 hashed.c_str());

        const auto findings = guard.findings(defaultProject);
        QCOMPARE(findings.size(), size_t(1));
        QCOMPARE(findings[0].metric, std::string("logins"));
        QCOMPARE(findings[0].label, std::string("user"));
        QCOMPARE(findings[0].what, LooksLike::Email);
        QCOMPARE(findings[0].series, uint64_t(3));
        QVERIFY(guard.findings(7).empty());
    }

    void hashesTellValuesApartAndStayTheSame()
    {
        MemoryDocumentStore documents;
        PersonalDataGuard first;
        QVERIFY(first.loadKey(documents).ok());
        PersonalDataGuard second;
        QVERIFY(second.loadKey(documents).ok());
        const auto hashOf = [](PersonalDataGuard &guard, const char *mail, ProjectId project) {
            return guardedText(guard, {{"__name__", "a"}, {"b", mail}}, http::PersonalData::Hash, project);
        };
        QCOMPARE(hashOf(first, "ann@example.com", 1), hashOf(second, "ann@example.com", 1));
        QVERIFY(hashOf(first, "ann@example.com", 1) != hashOf(first, "bob@example.com", 1));
        QVERIFY(hashOf(first, "ann@example.com", 1) != hashOf(first, "ann@example.com", 2));
        PersonalDataGuard stranger;
        QVERIFY(hashOf(first, "ann@example.com", 1) != hashOf(stranger, "ann@example.com", 1));
    }

    void whatItMakesIsNeverMadeAgain()
    {
        PersonalDataGuard guard;
        for (const auto action : {http::PersonalData::Hash, http::PersonalData::Drop}) {
            const auto once =
                guard.guarded(1, Labels({{"__name__", "a"}, {"b", "ann@example.com"}}).key(), action);
            QVERIFY(once);
            QVERIFY(!guard.guarded(1, *once, action));
        }
    }
};

QTEST_GUILESS_MAIN(PersonalDataTest)
#include "PersonalDataTest.moc"
