#include "server/http/ApiKeys.h"

#include "server/http/Secret.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <future>

namespace plimsoll::http {

namespace {

constexpr ProjectId applianceProject = 0;
constexpr std::string_view collection = "keys";
constexpr int64_t useWriteMs = 60'000;
constexpr size_t maxNameBytes = 100;
constexpr size_t prefixCharacters = 4;

constexpr std::pair<Role, std::string_view> roleNames[] = {
    {Role::Ingest, "ingest"}, {Role::Read, "read"}, {Role::Edit, "edit"}, {Role::Admin, "admin"}};

std::string hashOf(std::string_view secret) { return secretHash(secret, "plimsoll api key"); }

Document documentOf(const ApiKey &key)
{
    QJsonObject object{{"name", QString::fromStdString(key.name)},
                       {"role", QString::fromStdString(std::string(roleName(key.role)))},
                       {"project", QString::fromStdString(key.projectName)},
                       {"project_id", int(key.project)},
                       {"prefix", QString::fromStdString(key.prefix)},
                       {"hash", QString::fromStdString(key.hash)},
                       {"created_ms", double(key.createdMs)},
                       {"last_used_ms", double(key.lastUsedMs)},
                       {"temporary", key.temporary}};
    if (key.expiresMs)
        object["expires_ms"] = double(key.expiresMs);
    if (!key.limits.empty())
        object["limits"] = key.limits.toJson();
    return {key.id, QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString(), 0};
}

std::optional<ApiKey> keyOf(const Document &document)
{
    const QJsonObject object = QJsonDocument::fromJson(QByteArray::fromStdString(document.body)).object();
    const auto text = [&object](const char *name) {
        return object.value(QLatin1String(name)).toString().toStdString();
    };
    const auto role = roleNamed(text("role"));
    if (!role || text("hash").empty())
        return std::nullopt;
    ApiKey key;
    key.id = document.id;
    key.name = text("name");
    key.role = *role;
    key.project = ProjectId(object.value("project_id").toInt(int(defaultProject)));
    key.projectName = text("project");
    key.prefix = text("prefix");
    key.hash = text("hash");
    key.createdMs = int64_t(object.value("created_ms").toDouble());
    key.lastUsedMs = int64_t(object.value("last_used_ms").toDouble());
    key.expiresMs = int64_t(object.value("expires_ms").toDouble());
    key.temporary = object.value("temporary").toBool();
    key.limits = QuotaSettings::fromStored(object.value("limits").toObject());
    return key;
}

Error unknownKey() { return {ErrorCode::NotFound, "There is no such key.", {}}; }

Status checkedName(const std::string &name)
{
    if (name.empty() || name.size() > maxNameBytes)
        return Error{ErrorCode::Unprocessable, "A key needs a name of 1 to 100 bytes.", "Set \"name\"."};
    return {};
}

} // namespace

std::string_view roleName(Role role)
{
    for (const auto &[known, name] : roleNames) {
        if (known == role)
            return name;
    }
    return {};
}

std::optional<Role> roleNamed(std::string_view name)
{
    for (const auto &[role, known] : roleNames) {
        if (known == name)
            return role;
    }
    return std::nullopt;
}

ApiKeys::ApiKeys(DocumentStore &documents, const Clock &clock, const Projects &projects)
    : m_documents(documents)
    , m_clock(clock)
    , m_projects(projects)
{
}

Status ApiKeys::load()
{
    const auto documents = m_documents.list(applianceProject, collection);
    if (!documents)
        return documents.error();
    const std::unique_lock lock(m_mutex);
    m_byHash.clear();
    m_limits.clear();
    for (const Document &document : *documents) {
        if (const auto key = keyOf(document))
            keep(*key);
    }
    return {};
}

/// Under the lock.
void ApiKeys::keep(const ApiKey &key)
{
    m_byHash.insert_or_assign(key.hash, key);
    if (key.limits.empty())
        m_limits.erase(key.id);
    else
        m_limits.insert_or_assign(key.id, std::make_shared<const QuotaSettings>(key.limits));
}

std::optional<ApiKey> ApiKeys::find(std::string_view secret)
{
    const std::string hash = hashOf(secret);
    const int64_t nowMs = m_clock.nowMs();
    std::optional<ApiKey> key;
    {
        const std::shared_lock lock(m_mutex);
        const auto it = m_byHash.find(hash);
        if (it == m_byHash.end())
            return std::nullopt;
        key = it->second;
    }
    if (!m_projects.contains(key->project))
        return std::nullopt;
    if (nowMs - key->lastUsedMs >= useWriteMs && !key->expired(nowMs))
        noteUse(hash, nowMs);
    return key;
}

std::optional<ApiKey> ApiKeys::withId(std::string_view id) const
{
    const std::shared_lock lock(m_mutex);
    for (const auto &[hash, key] : m_byHash) {
        if (key.id == id)
            return key;
    }
    return std::nullopt;
}

void ApiKeys::noteUse(const std::string &hash, int64_t nowMs)
{
    const std::unique_lock lock(m_mutex);
    const auto it = m_byHash.find(hash);
    if (it == m_byHash.end() || nowMs - it->second.lastUsedMs < useWriteMs)
        return;
    it->second.lastUsedMs = nowMs;
    // Under the lock, so that a removal that comes next is queued behind it.
    m_documents.put(applianceProject, collection, documentOf(it->second), [](const Status &) {});
}

std::vector<ApiKey> ApiKeys::list() const
{
    std::vector<ApiKey> keys;
    {
        const std::shared_lock lock(m_mutex);
        for (const auto &[hash, key] : m_byHash)
            keys.push_back(key);
    }
    std::sort(keys.begin(), keys.end(), [](const ApiKey &left, const ApiKey &right) {
        return std::tie(left.createdMs, left.id) < std::tie(right.createdMs, right.id);
    });
    return keys;
}

ApiKeys::LimitsPtr ApiKeys::limitsOf(std::string_view id) const
{
    const std::shared_lock lock(m_mutex);
    const auto it = m_limits.find(id);
    return it == m_limits.end() ? nullptr : it->second;
}

bool ApiKeys::works(std::string_view id) const
{
    const auto key = withId(id);
    return key && !key->expired(m_clock.nowMs()) && m_projects.contains(key->project);
}

Status ApiKeys::checked(const KeyWish &wish) const
{
    if (Status named = checkedName(wish.name); !named)
        return named;
    if (wish.role == Role::None)
        return Error{ErrorCode::Unprocessable, "A key needs a role.", "Use ingest, read, edit or admin."};
    if (wish.expiresMs != 0 && wish.expiresMs <= m_clock.nowMs())
        return Error{ErrorCode::Unprocessable, "The key would have expired already.",
                     "Set a time that is still to come."};
    const std::shared_lock lock(m_mutex);
    if (m_byHash.size() >= maxKeys)
        return Error{ErrorCode::Unprocessable, "There are 10,000 keys already.",
                     "Withdraw those that are not used."};
    return {};
}

void ApiKeys::dropExpired()
{
    for (const ApiKey &key : list()) {
        if (key.temporary && key.expired(m_clock.nowMs()))
            remove(key.id, [](const Status &) {});
    }
}

void ApiKeys::create(const KeyWish &wish, Created done)
{
    dropExpired();
    if (Status ok = checked(wish); !ok)
        return done(ok.error());
    const auto project = m_projects.find(wish.project);
    if (!project)
        return done(unknownProject());
    CreatedKey created;
    created.secret = "plm_" + project->name + "_" + randomSecret();
    created.key.id = randomId();
    created.key.name = wish.name;
    created.key.role = wish.role;
    created.key.project = project->id;
    created.key.projectName = project->name;
    created.key.prefix = created.secret.substr(0, 5 + project->name.size() + prefixCharacters);
    created.key.hash = hashOf(created.secret);
    created.key.createdMs = m_clock.nowMs();
    created.key.expiresMs = wish.expiresMs;
    created.key.temporary = wish.temporary;
    created.key.limits = wish.limits;
    m_documents.put(applianceProject, collection, documentOf(created.key),
                    [this, created, done = std::move(done)](const Status &status) {
                        if (!status)
                            return done(status.error());
                        {
                            const std::unique_lock lock(m_mutex);
                            keep(created.key);
                        }
                        done(created);
                    });
}

void ApiKeys::change(const std::string &id, std::string name, int64_t expiresMs, const QuotaSettings &limits,
                     std::function<void(Result<ApiKey>)> done)
{
    if (Status named = checkedName(name); !named)
        return done(named.error());
    const std::lock_guard order(m_writing);
    std::optional<ApiKey> key = withId(id);
    if (!key)
        return done(unknownKey());
    key->name = std::move(name);
    key->expiresMs = expiresMs;
    key->limits = limits;
    m_documents.put(applianceProject, collection, documentOf(*key),
                    [this, key = *key, done = std::move(done)](const Status &status) {
                        if (!status)
                            return done(status.error());
                        {
                            const std::unique_lock lock(m_mutex);
                            if (!m_byHash.contains(key.hash))
                                return done(unknownKey());
                            keep(key);
                        }
                        done(key);
                    });
}

/// Stops a key from working, before that is durable.
void ApiKeys::forget(const std::string &id)
{
    const std::unique_lock lock(m_mutex);
    std::erase_if(m_byHash, [&id](const auto &entry) { return entry.second.id == id; });
    m_limits.erase(id);
}

void ApiKeys::remove(const std::string &id, DocumentStore::Done done)
{
    const std::lock_guard order(m_writing);
    if (!withId(id))
        return done(unknownKey());
    forget(id);
    m_documents.remove(applianceProject, collection, id, std::move(done));
}

void ApiKeys::removeOf(ProjectId project, DocumentStore::Done done)
{
    const std::lock_guard order(m_writing);
    std::vector<ApiKey> keys = list();
    std::erase_if(keys, [project](const ApiKey &key) { return key.project != project; });
    if (keys.empty())
        return done({});
    for (size_t i = 0; i < keys.size(); i++) {
        forget(keys[i].id);
        const bool last = i + 1 == keys.size(); // the store writes in order
        m_documents.remove(
            applianceProject, collection, keys[i].id, last ? done : [](const Status &) {});
    }
}

Result<CreatedKey> createKeyAndWait(ApiKeys &keys, const KeyWish &wish)
{
    auto promise = std::make_shared<std::promise<Result<CreatedKey>>>();
    auto answer = promise->get_future();
    keys.create(wish, [promise](Result<CreatedKey> created) { promise->set_value(std::move(created)); });
    return answer.get();
}

Result<CreatedKey> createKeyAndWait(ApiKeys &keys, std::string name, Role role, std::string_view project)
{
    const auto found = keys.projects().find(project);
    if (!found)
        return unknownProject(project);
    KeyWish wish;
    wish.name = std::move(name);
    wish.role = role;
    wish.project = found->id;
    return createKeyAndWait(keys, wish);
}

} // namespace plimsoll::http
