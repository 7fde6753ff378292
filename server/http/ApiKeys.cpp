#include "server/http/ApiKeys.h"

#include "server/http/Secret.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <future>
#include <mutex>

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
    const QJsonObject object{{"name", QString::fromStdString(key.name)},
                             {"role", QString::fromStdString(std::string(roleName(key.role)))},
                             {"project", QString::fromStdString(key.projectName)},
                             {"project_id", int(key.project)},
                             {"prefix", QString::fromStdString(key.prefix)},
                             {"hash", QString::fromStdString(key.hash)},
                             {"created_ms", double(key.createdMs)},
                             {"last_used_ms", double(key.lastUsedMs)},
                             {"temporary", key.temporary}};
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
    key.temporary = object.value("temporary").toBool();
    return key;
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

ApiKeys::ApiKeys(DocumentStore &documents, const Clock &clock)
    : m_documents(documents)
    , m_clock(clock)
{
}

Status ApiKeys::load()
{
    const auto documents = m_documents.list(applianceProject, collection);
    if (!documents)
        return documents.error();
    const std::unique_lock lock(m_mutex);
    m_byHash.clear();
    for (const Document &document : *documents) {
        if (auto key = keyOf(document))
            m_byHash.emplace(key->hash, std::move(*key));
    }
    return {};
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
    if (nowMs - key->lastUsedMs >= useWriteMs)
        noteUse(hash, nowMs);
    return key;
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

void ApiKeys::create(std::string name, Role role, std::string project, bool temporary,
                     std::function<void(Result<CreatedKey>)> done)
{
    if (name.empty() || name.size() > maxNameBytes)
        return done(
            Error{ErrorCode::Unprocessable, "A key needs a name of 1 to 100 bytes.", "Set \"name\"."});
    if (role == Role::None)
        return done(
            Error{ErrorCode::Unprocessable, "A key needs a role.", "Use ingest, read, edit or admin."});
    if (project != "default")
        return done(Error{ErrorCode::NotFound, "There is no project \"" + project + "\".", "Use default."});
    CreatedKey created;
    created.secret = "plm_" + project + "_" + randomSecret();
    created.key.id = randomId();
    created.key.name = std::move(name);
    created.key.role = role;
    created.key.projectName = project;
    created.key.prefix = created.secret.substr(0, 5 + project.size() + prefixCharacters);
    created.key.hash = hashOf(created.secret);
    created.key.createdMs = m_clock.nowMs();
    created.key.temporary = temporary;
    m_documents.put(applianceProject, collection, documentOf(created.key),
                    [this, created, done = std::move(done)](const Status &status) {
                        if (!status)
                            return done(status.error());
                        {
                            const std::unique_lock lock(m_mutex);
                            m_byHash.emplace(created.key.hash, created.key);
                        }
                        done(created);
                    });
}

void ApiKeys::remove(const std::string &id, DocumentStore::Done done)
{
    {
        const std::unique_lock lock(m_mutex);
        const auto it = std::find_if(m_byHash.begin(), m_byHash.end(),
                                     [&id](const auto &entry) { return entry.second.id == id; });
        if (it == m_byHash.end()) {
            return done(Error{ErrorCode::NotFound, "There is no such key.", {}});
        }
        m_byHash.erase(it);
    }
    m_documents.remove(applianceProject, collection, id, std::move(done));
}

Result<CreatedKey> createKeyAndWait(ApiKeys &keys, std::string name, Role role, std::string project)
{
    auto promise = std::make_shared<std::promise<Result<CreatedKey>>>();
    auto answer = promise->get_future();
    keys.create(std::move(name), role, std::move(project), false,
                [promise](Result<CreatedKey> created) { promise->set_value(std::move(created)); });
    return answer.get();
}

} // namespace plimsoll::http
