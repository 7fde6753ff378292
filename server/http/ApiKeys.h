#pragma once

#include "server/http/Request.h"
#include "storage/backend/DocumentStore.h"
#include "storage/model/Clock.h"
#include "storage/model/Result.h"

#include <functional>
#include <map>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
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
    bool temporary = false; ///< made for the first-run page
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
    ApiKeys(DocumentStore &documents, const Clock &clock);

    Status load();

    /// The key whose text this is. Notes the use.
    std::optional<ApiKey> find(std::string_view secret);
    std::vector<ApiKey> list() const;

    /// `done` is called when the key is durable, on the store's thread. Only "default" is a project in this
    /// version.
    void create(std::string name, Role role, std::string project, bool temporary,
                std::function<void(Result<CreatedKey>)> done);
    /// NotFound if there is no such key. It stops working at once.
    void remove(const std::string &id, DocumentStore::Done done);

private:
    void noteUse(const std::string &hash, int64_t nowMs);

    DocumentStore &m_documents;
    const Clock &m_clock;
    mutable std::shared_mutex m_mutex;
    std::map<std::string, ApiKey, std::less<>> m_byHash;
};

/// Makes a key and waits until it is durable: for `plimsoll key create`. Not on an event loop that serves
/// requests.
Result<CreatedKey> createKeyAndWait(ApiKeys &keys, std::string name, Role role, std::string project);

} // namespace plimsoll::http
