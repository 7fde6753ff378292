#pragma once

#include "server/http/Projects.h"
#include "server/http/Request.h"
#include "storage/backend/DocumentStore.h"
#include "storage/model/Clock.h"
#include "storage/model/Result.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace plimsoll::http {

/// "ingest", "read", "edit", "admin"; empty for None.
std::string_view roleName(Role role);
std::optional<Role> roleNamed(std::string_view name);

/// An API key as it is stored: the key itself is not.
struct ApiKey
{
    std::string id;
    std::string name;
    Role role = Role::None;
    ProjectId project = defaultProject;
    std::string projectName = "default";
    std::string prefix; ///< "plm_default_Ab3x": enough to tell it from others
    std::string hash;   ///< BLAKE2b-256 of the whole key, base64url
    int64_t createdMs = 0;
    int64_t lastUsedMs = 0; ///< 0: never; written at most once a minute
    int64_t expiresMs = 0;  ///< from then on it opens nothing; 0: never
    bool temporary = false; ///< made for the first-run page or one run of a command
    QuotaSettings limits;

    bool expired(int64_t nowMs) const { return expiresMs != 0 && nowMs >= expiresMs; }
};

/// What is asked for a new key, and what can be changed of one.
struct KeyWish
{
    std::string name;
    Role role = Role::None;
    ProjectId project = defaultProject;
    int64_t expiresMs = 0;
    bool temporary = false;
    QuotaSettings limits = {};
};

/// A key that was just made: the only moment at which its text exists.
struct CreatedKey
{
    ApiKey key;
    std::string secret; ///< plm_<project>_<43 base64url characters>: 256 random bits
};

/// The keys of all projects: collection "keys" of project 0. Thread-safe; lookups take a shared lock only.
class ApiKeys
{
public:
    using LimitsPtr = std::shared_ptr<const QuotaSettings>;
    using Created = std::function<void(Result<CreatedKey>)>;
    static constexpr size_t maxKeys = 10'000;

    ApiKeys(DocumentStore &documents, const Clock &clock, const Projects &projects);

    Status load();
    const Projects &projects() const { return m_projects; }

    /// The key whose text this is, expired ones too; not one whose project is gone. Notes the use of those
    /// that still work.
    std::optional<ApiKey> find(std::string_view secret);
    std::optional<ApiKey> withId(std::string_view id) const;
    /// The oldest first.
    std::vector<ApiKey> list() const;
    /// Null for a key without bounds of its own. Quick.
    LimitsPtr limitsOf(std::string_view id) const;
    /// False once it was withdrawn or has expired.
    bool works(std::string_view id) const;

    /// `done` is called when the key is durable, on the store's thread. NotFound for an unknown project.
    /// Temporary keys that have expired go on this occasion.
    void create(const KeyWish &wish, Created done);
    /// Changes name, expiry and limits; role and project of a key are for ever.
    void change(const std::string &id, std::string name, int64_t expiresMs, const QuotaSettings &limits,
                std::function<void(Result<ApiKey>)> done);
    /// NotFound if there is no such key. It stops working at once.
    void remove(const std::string &id, DocumentStore::Done done);
    /// All keys of a project: they stop working at once. `done` is called when the last one is durably gone.
    void removeOf(ProjectId project, DocumentStore::Done done);

private:
    struct TextHash : std::hash<std::string_view>
    {
        using is_transparent = void;
    };

    Status checked(const KeyWish &wish) const;
    void noteUse(const std::string &hash, int64_t nowMs);
    void keep(const ApiKey &key);
    void forget(const std::string &id);
    void dropExpired();

    DocumentStore &m_documents;
    const Clock &m_clock;
    const Projects &m_projects;
    std::recursive_mutex m_writing;    ///< keeps writes of one key in the order of their checks
    mutable std::shared_mutex m_mutex; ///< of all below
    std::map<std::string, ApiKey, std::less<>> m_byHash;
    std::unordered_map<std::string, LimitsPtr, TextHash, std::equal_to<>> m_limits; ///< by id, where any
};

/// Makes a key and waits until it is durable: for `plimsoll key create`. Not on an event loop that serves
/// requests.
Result<CreatedKey> createKeyAndWait(ApiKeys &keys, const KeyWish &wish);
/// The same with the project by its name.
Result<CreatedKey> createKeyAndWait(ApiKeys &keys, std::string name, Role role, std::string_view project);

} // namespace plimsoll::http
