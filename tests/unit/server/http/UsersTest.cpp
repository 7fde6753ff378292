#include "server/http/Users.h"

#include "server/http/Secret.h"
#include "storage/backend/MemoryDocumentStore.h"
#include "tests/support/HttpFixture.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <future>
#include <thread>

using namespace plimsoll;
using namespace plimsoll::http;
using namespace plimsoll::tests;

namespace {

constexpr const char *password = "correct horse battery";
constexpr const char *otherPassword = "staple and more staple";

/// A store whose writes fail, or wait until they are let go, as those of a slow disk do.
class HeldStore final : public DocumentStore
{
public:
    Result<std::vector<Document>> list(ProjectId project, std::string_view collection) const override
    {
        return m_store.list(project, collection);
    }
    Result<Document> get(ProjectId project, std::string_view collection, std::string_view id) const override
    {
        return m_store.get(project, collection, id);
    }
    void put(ProjectId project, std::string_view collection, Document document, Done done) override
    {
        run([this, project, name = std::string(collection), document = std::move(document), done] {
            fails ? done(Error{ErrorCode::NoSpace, "full", {}}) : m_store.put(project, name, document, done);
        });
    }
    void remove(ProjectId project, std::string_view collection, std::string_view id, Done done) override
    {
        run([this, project, name = std::string(collection), id = std::string(id), done] {
            m_store.remove(project, name, id, done);
        });
    }
    void letGo()
    {
        for (auto &write : std::exchange(m_held, {}))
            write();
        holds = false;
    }

    bool holds = false;
    bool fails = false;

private:
    void run(std::function<void()> write)
    {
        if (!holds)
            return write();
        m_held.push_back(std::move(write));
    }

    MemoryDocumentStore m_store;
    std::vector<std::function<void()>> m_held;
};

struct World
{
    HeldStore documents;
    SetClock clock;
    Projects projects{documents, clock};
    Sessions sessions{documents, clock};
    Users users{documents, clock, projects, sessions};

    World() { load(); }
    void load()
    {
        QVERIFY(projects.load().ok());
        QVERIFY(sessions.load().ok());
        QVERIFY(users.load().ok());
    }
    /// With a first user that has a password.
    static std::unique_ptr<World> closed()
    {
        auto world = std::make_unique<World>();
        if (!world->users.setPassword("admin", password))
            qFatal("no password");
        return world;
    }
    Result<User> make(const std::string &name, Role role = Role::Edit, const ProjectGrant &grant = {})
    {
        return waitForUser([&](Users::Done done) {
            users.create({name, otherPassword, role, grant}, std::move(done));
        });
    }
    Result<User> change(const std::string &id, const UserChange &change)
    {
        return waitForUser([&](Users::Done done) { users.change(id, change, std::move(done)); });
    }
    Status remove(const std::string &id)
    {
        std::promise<Status> done;
        users.remove(id, [&done](const Status &removed) { done.set_value(removed); });
        return done.get_future().get();
    }
    std::future<Result<LoggedIn>> startLogIn(const std::string &name, const std::string &word)
    {
        const auto promise = std::make_shared<std::promise<Result<LoggedIn>>>();
        users.logIn({name, word, "192.0.2.1", "test"},
                    [promise](Result<LoggedIn> in) { promise->set_value(std::move(in)); });
        return promise->get_future();
    }
    Result<LoggedIn> logIn(const std::string &name, const std::string &word)
    {
        return startLogIn(name, word).get();
    }
    ProjectId makeProject(const std::string &name)
    {
        ProjectId id = 0;
        projects.create(name, {}, [&id](const Result<Project> &made) { id = made ? made->id : 0; });
        return id;
    }
};

Document record(const std::string &id, const QJsonObject &object)
{
    return {id, QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString(), 0};
}

QString hashOf(const char *word) { return QString::fromStdString(passwordHash(word)); }

ErrorCode codeOf(const Result<User> &result) { return result ? ErrorCode::Internal : result.error().code; }

} // namespace

/// The registry of users: what is refused, what is kept, and what happens at the same time.
class UsersTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    /// Records as the version before users wrote them: one password, sessions of nobody in particular.
    void readsADirectoryOfBefore()
    {
        World world;
        const std::string token(43, 'A');
        const double now = double(world.clock.nowMs());
        QVERIFY(putAndWait(world.documents, 0, "access",
                           record("admin", {{"changed_ms", 1699999000000.0}, {"hash", hashOf(password)}}))
                    .ok());
        QVERIFY(
            putAndWait(world.documents, 0, "sessions",
                       record(secretHash(token, "plimsoll session"), {{"started_ms", now}, {"used_ms", now}}))
                .ok());
        world.load();
        QVERIFY(world.users.hasPassword());
        QVERIFY(!world.users.hasOthers());
        const auto in = world.logIn("admin", password);
        QVERIFY(in.ok());
        QCOMPARE(in->user.role, Role::Admin);
        QVERIFY(in->user.managesAppliance());
        const auto session = world.sessions.find(token);
        QVERIFY(session.has_value());
        QCOMPARE(session->userId, std::string("admin"));
        // And the version before reads what this one writes.
        const auto stored = world.documents.get(0, "access", "admin");
        QVERIFY(stored->body.find("\"hash\":\"$argon2id$") != std::string::npos);
    }

    void namesAreChecked_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("good");
        for (const char *good : {"m", "mara", "Mara.K", "mara@example.com", "a-b_c+d", "0"})
            QTest::newRow(good) << good << true;
        for (const char *bad :
             {"", " ", "two words", "key x", "this machine", "a/b", "<b>", "m\xC3\xA4ra", "a\n"})
            QTest::newRow(bad) << QString::fromUtf8(bad) << false;
        QTest::newRow("64") << QString(64, 'a') << true;
        QTest::newRow("65") << QString(65, 'a') << false;
    }
    void namesAreChecked()
    {
        QFETCH(QString, name);
        QFETCH(bool, good);
        QCOMPARE(checkedUserName(name.toStdString()).ok(), good);
    }

    void makesAndKeepsUsers()
    {
        const auto world = World::closed();
        const ProjectId shop = world->makeProject("shop");
        const auto mara = world->make("Mara", Role::Edit, {false, {shop}});
        QVERIFY(mara.ok());
        QVERIFY(world->users.hasOthers());
        QCOMPARE(codeOf(world->make("mara")), ErrorCode::Conflict);
        QCOMPARE(codeOf(world->make("ADMIN")), ErrorCode::Conflict);
        QCOMPARE(codeOf(world->make("nobody", Role::Read, {false, {}})), ErrorCode::Unprocessable);
        QCOMPARE(codeOf(world->make("nobody", Role::Read, {false, {77}})), ErrorCode::NotFound);
        QVERIFY(world->logIn("MARA", otherPassword).ok());
        const auto stored = world->documents.get(0, "access", mara->id);
        QVERIFY(stored->body.find(otherPassword) == std::string::npos);

        world->load();
        const auto again = world->users.named("mara");
        QVERIFY(again.has_value());
        QCOMPARE(again->role, Role::Edit);
        QVERIFY(again->grant.covers(shop) && !again->grant.covers(defaultProject));
        QVERIFY(world->users.lastLoginMs(again->id) > 0);
    }

    void nobodyBeforeTheFirstPassword()
    {
        World world;
        QCOMPARE(codeOf(world.make("mara")), ErrorCode::Conflict);
        QVERIFY(!world.logIn("admin", "").ok());
    }

    /// A project that comes again under its name is another one.
    void projectsAreKnownByTheirNumber()
    {
        const auto world = World::closed();
        const ProjectId shop = world->makeProject("shop");
        QVERIFY(world->make("mara", Role::Admin, {false, {shop}}).ok());
        world->projects.remove(shop, [](const Status &) {});
        const ProjectId another = world->makeProject("shop");
        QVERIFY(another != 0 && another != shop);
        QVERIFY(!world->users.named("mara")->grant.covers(another));
        QVERIFY(!world->users.named("mara")->managesAppliance());
    }

    void theFirstUserStays()
    {
        const auto world = World::closed();
        QCOMPARE(world->remove("admin").error().code, ErrorCode::Conflict);
        QCOMPARE(codeOf(world->change("admin", {.name = "root"})), ErrorCode::Conflict);
        QCOMPARE(codeOf(world->change("admin", {.role = Role::Read})), ErrorCode::Conflict);
        QCOMPARE(codeOf(world->change("admin", {.grant = ProjectGrant{false, {defaultProject}}})),
                 ErrorCode::Conflict);
        QCOMPARE(codeOf(world->change("admin", {.disabled = true})), ErrorCode::Conflict);
        QVERIFY(world->change("admin", {.disabled = false, .password = otherPassword}).ok());
        QVERIFY(world->logIn("admin", otherPassword).ok());
    }

    /// Wrong, unknown and disabled are one answer, and each is paid for with a hash of the same cost.
    void tellsNobodyWhoThereIs()
    {
        const auto world = World::closed();
        const auto mara = world->make("mara");
        QVERIFY(world->change(mara->id, {.disabled = true}).ok());
        const Error wrong = world->logIn("admin", "wrong").error();
        for (const auto &[name, word] : {std::pair<const char *, const char *>{"mara", otherPassword},
                                         {"mara", "wrong"},
                                         {"nobody", password},
                                         {"", password}}) {
            const auto in = world->logIn(name, word);
            QVERIFY(!in.ok());
            QCOMPARE(in.error().code, wrong.code);
            QCOMPARE(in.error().message, wrong.message);
        }
        const auto costOf = [](const std::string &hash) { return hash.substr(0, hash.find('$', 20)); };
        QVERIFY(costOf(Users::nobodysHash()).starts_with("$argon2id$v=19$m="));
        QCOMPARE(costOf(Users::nobodysHash()), costOf(passwordHash("x")));
        QCOMPARE(Users::nobodysHash().size(), passwordHash("x").size());
    }

    void sessionsEndWithWhatTheyStoodFor()
    {
        const auto world = World::closed();
        const auto mara = world->make("mara");
        const auto logIn = [&](const char *word) { return world->logIn("mara", word)->token; };
        const std::string admins = world->logIn("admin", password)->token;
        std::string token = logIn(otherPassword);
        QVERIFY(world->change(mara->id, {.role = Role::Read}).ok());
        QVERIFY(world->sessions.find(token).has_value());
        QVERIFY(world->change(mara->id, {.password = "quite another password"}).ok());
        QVERIFY(!world->sessions.find(token));
        token = logIn("quite another password");
        QVERIFY(world->change(mara->id, {.disabled = true}).ok());
        QVERIFY(!world->sessions.find(token));
        QVERIFY(world->change(mara->id, {.disabled = false}).ok());
        QVERIFY(!world->sessions.find(token));
        token = logIn("quite another password");
        QVERIFY(world->remove(mara->id).ok());
        QVERIFY(!world->sessions.find(token));
        QVERIFY(world->sessions.find(admins).has_value());
        QCOMPARE(world->documents.list(0, "sessions")->size(), size_t(1));
        QCOMPARE(world->documents.list(0, "logins")->size(), size_t(1));
    }

    /// Whoever is removed while the password is being checked is not let in, whichever comes first.
    void removedWhileAHashIsMade()
    {
        const auto world = World::closed();
        for (int i = 0; i < 6; i++) {
            const auto mara = world->make("mara");
            auto login = world->startLogIn("mara", otherPassword);
            std::this_thread::sleep_for(std::chrono::milliseconds(i * 25));
            QVERIFY(world->remove(mara->id).ok());
            const auto in = login.get();
            QVERIFY(!in || !world->sessions.find(in->token));
            QVERIFY(world->sessions.list(mara->id).empty());
        }
    }

    /// The same with one's own password: the old one is worth nothing once another was set meanwhile.
    void changedWhileAHashIsMade()
    {
        const auto world = World::closed();
        const auto mara = world->make("mara");
        const auto own = std::make_shared<std::promise<Result<User>>>();
        world->users.changePassword(mara->id, "wrong", "quite another password",
                                    [own](Result<User> done) { own->set_value(std::move(done)); });
        QCOMPARE(codeOf(own->get_future().get()), ErrorCode::Unauthorized);
        const auto mine = std::make_shared<std::promise<Result<User>>>();
        const auto his = std::make_shared<std::promise<Result<User>>>();
        for (const auto &[promise, word] :
             {std::pair(mine, "my own new password"), std::pair(his, "his new one, long")})
            world->users.changePassword(
                mara->id, otherPassword, word,
                [promise = promise](Result<User> done) { promise->set_value(std::move(done)); });
        QVERIFY(mine->get_future().get().ok());
        QCOMPARE(codeOf(his->get_future().get()), ErrorCode::Unauthorized);
        QVERIFY(world->logIn("mara", "my own new password").ok());
    }

    /// A reload, as the change of another node brings it, does not undo what is still being written.
    void reloadsLeaveWritesAlone()
    {
        const auto world = World::closed();
        const auto mara = world->make("mara");
        const auto nils = world->make("nils");
        const std::string token = world->logIn("nils", otherPassword)->token;
        world->documents.holds = true;
        world->users.change(mara->id, {.disabled = true}, [](const Result<User> &) {});
        world->users.remove(nils->id, [](const Status &) {});
        world->load();
        QVERIFY(world->users.withId(mara->id)->disabled);
        QVERIFY(!world->users.withId(nils->id));
        QVERIFY(!world->sessions.find(token));
        world->documents.letGo();
        world->load();
        QVERIFY(world->users.withId(mara->id)->disabled);
        QVERIFY(!world->users.withId(nils->id));
    }

    void whatCannotBeWrittenIsNotSo()
    {
        const auto world = World::closed();
        const auto mara = world->make("mara", Role::Read);
        world->documents.fails = true;
        QCOMPARE(codeOf(world->change(mara->id, {.role = Role::Admin})), ErrorCode::NoSpace);
        QCOMPARE(world->users.withId(mara->id)->role, Role::Read);
        QCOMPARE(codeOf(world->make("nils")), ErrorCode::NoSpace);
        QVERIFY(!world->users.named("nils"));
    }

    void recordsThatMakeNoSenseOpenNothing()
    {
        const auto world = World::closed();
        const QString hash = hashOf(otherPassword);
        const QJsonArray all{"*"};
        for (const QJsonObject &wrong : {QJsonObject{{"name", "a"}, {"role", "king"}, {"projects", all}},
                                         QJsonObject{{"name", "b c"}, {"role", "admin"}, {"projects", all}},
                                         QJsonObject{{"name", "d"}, {"role", "ingest"}, {"projects", all}},
                                         QJsonObject{{"name", "e"}, {"role", "read"}, {"projects", "all"}}}) {
            QJsonObject object = wrong;
            object["hash"] = hash;
            const std::string id = wrong["name"].toString().left(1).toStdString();
            QVERIFY(putAndWait(world->documents, 0, "access", record(id, object)).ok());
        }
        world->load();
        QCOMPARE(world->users.list().size(), size_t(2));
        QVERIFY(!world->users.named("e")->grant.covers(defaultProject));
    }

    void keepsFewSessionsOfOne()
    {
        const auto world = World::closed();
        const std::string first = world->sessions.start("admin");
        for (size_t i = 0; i < Sessions::maxOfUser; i++) {
            world->clock.advance(1);
            world->sessions.start("mara");
        }
        world->clock.advance(1);
        const std::string last = world->sessions.start("mara", "192.0.2.1", std::string(500, 'x'));
        QCOMPARE(world->sessions.list("mara").size(), Sessions::maxOfUser);
        QCOMPARE(world->sessions.list("mara").front().agent.size(), size_t(200));
        QVERIFY(world->sessions.find(first).has_value());
        QVERIFY(world->sessions.find(last).has_value());
        QVERIFY(world->sessions.isKnown("mara", "192.0.2.1"));
        const std::string id = world->sessions.find(last)->id;
        QVERIFY(world->sessions.works(id) && !world->sessions.works(id.substr(1)));
        QVERIFY(!world->sessions.endOne("admin", id));
        QVERIFY(world->sessions.endOne("mara", id));
        QVERIFY(!world->sessions.works(id));
        QVERIFY(!world->sessions.isKnown("mara", "192.0.2.1"));
    }

    /// Many at once; for the thread sanitizer.
    void everythingAtOnce()
    {
        const auto world = World::closed();
        const auto mara = world->make("mara");
        std::atomic<bool> stops{false};
        std::thread reader([&] {
            while (!stops) {
                world->users.list();
                world->users.named("mara");
                world->sessions.list(mara->id);
            }
        });
        std::thread changer([&] {
            for (int i = 0; i < 20; i++)
                world->users.change(mara->id, {.disabled = i % 2 == 0}, [](const Result<User> &) {});
        });
        std::vector<std::future<Result<LoggedIn>>> logins;
        for (int i = 0; i < 6; i++)
            logins.push_back(world->startLogIn("mara", otherPassword));
        for (auto &login : logins)
            login.wait();
        changer.join();
        stops = true;
        reader.join();
        QVERIFY(world->change(mara->id, {.disabled = true}).ok());
        QVERIFY(world->sessions.list(mara->id).empty());
    }
};

QTEST_GUILESS_MAIN(UsersTest)
#include "UsersTest.moc"
