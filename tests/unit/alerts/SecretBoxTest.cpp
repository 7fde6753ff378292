#include "alerts/SecretBox.h"
#include "alerts/AlertService.h"
#include "alerts/channels/ChannelKind.h"
#include "tests/support/SampleNotification.h"
#include "tests/support/TemporaryEngine.h"
#include "tests/support/WebhookReceiver.h"

#include <QCoroTask>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;
using namespace plimsoll::test;

namespace {

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

QByteArray text(const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact); }

struct Room
{
    TemporaryEngine engine;
    WebhookReceiver receiver;
    AlertOptions options;
    std::unique_ptr<AlertService> service;

    Room()
    {
        options.allowPrivate = true;
        open();
    }
    void open()
    {
        service.reset();
        service = std::make_unique<AlertService>(options, engine.engine(), engine.documents(), engine.clock);
        if (!service->open())
            qFatal("the alerts do not open");
    }
    QByteArray stored()
    {
        QByteArray all;
        const auto documents = engine.documents().list(defaultProject, "channels");
        for (const Document &document : *documents)
            all += QByteArray::fromStdString(document.body);
        return all;
    }
    QString create()
    {
        const auto made = await(service->channels().create(
            json("{'name':'ops','kind':'webhook','settings':{'url':'" + receiver.url().toUtf8() +
                 "','headers':{'X-Token':'s3cret-word'}}}")));
        return made.ok() ? made->value("id").toString() : QString();
    }
    QJsonObject test(const QString &id)
    {
        const auto answer = await(service->channels().test(id.toStdString()));
        return answer.ok() ? *answer : QJsonObject();
    }
    QJsonObject shown(const QString &id)
    {
        const auto answer = service->channels().read(id.toStdString());
        return answer.ok() ? *answer : QJsonObject();
    }
};

} // namespace

class SecretBoxTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sealsWhatIsMasked()
    {
        const SecretBox box = SecretBox::forNow();
        const QJsonObject clear =
            json("{'url':'http://a/','n':5,'token':'größer','headers':{'A':'one','B':''},'to':['x']}");
        const QJsonObject masked =
            json("{'url':'http://a/','n':5,'token':'*','headers':{'A':'*','B':'*'},'to':['x']}");
        const QJsonObject sealed = box.seal(clear, masked);
        QVERIFY(!text(sealed).contains("größer") && !text(sealed).contains("\"one\""));
        QCOMPARE(sealed["url"].toString(), "http://a/");
        QVERIFY(SecretBox::holdsClear(clear, masked));
        QVERIFY(!SecretBox::holdsClear(sealed, masked));
        std::vector<std::string> missing;
        QCOMPARE(box.unseal(sealed, "settings", missing), clear);
        QVERIFY(missing.empty());
        QVERIFY(box.seal(clear, masked) != sealed); // another nonce each time
    }

    void namesWhatItCannotRead()
    {
        const QJsonObject clear = json("{'url':'http://a/','token':'one','headers':{'A':'two'}}");
        const QJsonObject sealed =
            SecretBox::forNow().seal(clear, json("{'url':'http://a/','token':'*','headers':{'A':'*'}}"));
        std::vector<std::string> missing;
        QCOMPARE(SecretBox::forNow().unseal(sealed, "settings", missing),
                 json("{'url':'http://a/','headers':{}}"));
        QCOMPARE(missing, (std::vector<std::string>{"settings.headers.A", "settings.token"}));
    }

    void seesEveryChange()
    {
        const SecretBox box = SecretBox::forNow();
        const QString whole =
            box.seal(json("{'t':'one'}"), json("{'t':'*'}"))["t"].toObject()["sealed"].toString();
        for (qsizetype i = 0; i < whole.size(); i++) {
            QString changed = whole;
            changed[i] = changed[i] == 'B' ? 'C' : 'B';
            std::vector<std::string> missing;
            const QJsonObject read =
                box.unseal({{"t", QJsonObject{{"sealed", changed}}}}, "settings", missing);
            // The last digit of base64 may hold bits that count for nothing.
            QVERIFY2(!read.contains("t") || read["t"].toString() == "one", qPrintable(changed));
            QVERIFY(read.contains("t") == missing.empty());
        }
        for (const char *bad : {"", ".", "1..", "1.x.y", "2.0000000000000000.AAAA"}) {
            std::vector<std::string> missing;
            box.unseal({{"t", QJsonObject{{"sealed", bad}}}}, "settings", missing);
            QCOMPARE(missing.size(), size_t(1));
        }
    }

    void keepsItsKeyInAFileForItsOwnerOnly()
    {
        QTemporaryDir directory;
        const std::filesystem::path file = directory.filePath("secrets.key").toStdString();
        const auto first = SecretBox::open(file);
        QVERIFY(first.ok());
        const QFileInfo info(directory.filePath("secrets.key"));
        QCOMPARE(info.permissions() &
                     (QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther),
                 QFile::Permissions());
        const QJsonObject sealed = first->seal(json("{'t':'one'}"), json("{'t':'*'}"));
        const auto second = SecretBox::open(file);
        QVERIFY(second.ok());
        std::vector<std::string> missing;
        QCOMPARE(second->unseal(sealed, "settings", missing)["t"].toString(), "one");
    }

    void doesNotReplaceAFileThatHoldsNoKey()
    {
        QTemporaryDir directory;
        for (const char *content :
             {"", "hello", "00112233", "zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"}) {
            QFile file(directory.filePath("secrets.key"));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(content);
            file.close();
            const auto box = SecretBox::open(directory.filePath("secrets.key").toStdString());
            QVERIFY2(!box.ok(), content);
            QCOMPARE(box.error().code, ErrorCode::Corrupt);
        }
        QVERIFY(!SecretBox::open("/nowhere/at/all/secrets.key").ok());
    }

    void noRecordHoldsASecretInClear()
    {
        Room room;
        const QString id = room.create();
        QVERIFY(!id.isEmpty());
        QVERIFY(!room.stored().contains("s3cret-word"));
        room.open();
        QVERIFY(room.test(id)["delivered"].toBool());
        QCOMPARE(room.receiver.received().back().header("x-token"), "s3cret-word");
        QVERIFY(!text(room.shown(id)).contains("s3cret-word"));
    }

    void sealsWhatVersionsBeforeLeftInClear()
    {
        Room room;
        room.service.reset();
        const QJsonObject old =
            json("{'id':'c1','name':'ops','kind':'webhook','created_ms':1,'updated_ms':1,"
                 "'settings':{'url':'" +
                 room.receiver.url().toUtf8() + "','headers':{'X-Token':'s3cret-word'}}}");
        room.engine.documents().put(defaultProject, "channels", {"c1", text(old).toStdString(), 1}, {});
        QTRY_VERIFY(room.stored().contains("s3cret-word"));
        room.open();
        QTRY_VERIFY(!room.stored().contains("s3cret-word"));
        room.open();
        QVERIFY(room.test("c1")["delivered"].toBool());
        QCOMPARE(room.receiver.received().back().header("x-token"), "s3cret-word");
    }

    void saysWhatMustBeGivenAgain()
    {
        Room room;
        const QString id = room.create();
        room.options.secrets = std::make_shared<const SecretBox>(SecretBox::forNow());
        room.open();
        const QJsonObject shown = room.shown(id);
        QCOMPARE(shown["missing_secrets"].toArray(), QJsonArray{"settings.headers.X-Token"});
        const QJsonObject outcome = room.test(id);
        QVERIFY(!outcome["delivered"].toBool());
        QVERIFY(outcome["error"].toString().contains("`settings.headers.X-Token`"));
        QCOMPARE(room.receiver.connections(), 0);
        // A change of something else must not lose it in silence.
        const auto renamed =
            await(room.service->channels().patch(id.toStdString(), json("{'name':'other'}")));
        QVERIFY(!renamed.ok());
        QCOMPARE(renamed.error().message,
                 std::string("`settings.headers.X-Token` is only the mask of a value."));
        const auto given = await(room.service->channels().patch(
            id.toStdString(), json("{'settings':{'headers':{'X-Token':'another-word'}}}")));
        QVERIFY(given.ok());
        QVERIFY(!room.shown(id).contains("missing_secrets"));
        QVERIFY(room.test(id)["delivered"].toBool());
        QCOMPARE(room.receiver.received().back().header("x-token"), "another-word");
    }
};

QTEST_GUILESS_MAIN(SecretBoxTest)
#include "SecretBoxTest.moc"
