#pragma once

#include "server/http/Quota.h"
#include "storage/model/Batch.h"

#include <QByteArray>
#include <QHostAddress>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plimsoll::http {

enum class Method { Get, Head, Post, Put, Patch, Delete, Options };

/// What a caller may do, weakest first. A key or session has one; each includes the ones listed for it in
/// Access.
enum class Role { None, Ingest, Read, Edit, Admin };

/// Who is asking, found by the access check before the handler runs.
struct Principal
{
    Role role = Role::None;
    ProjectId project = defaultProject;
    std::string keyId;          ///< empty for a session or on open loopback
    std::string keyName;        ///< what people called that key
    std::string userId;         ///< of a session; else empty
    std::string userName;       ///< of a session; else empty
    std::string sessionId;      ///< of a session: a hash, which opens nothing
    QuotaPtr quota = noQuota(); ///< what it may send; never null
    bool session = false;       ///< a browser that logged in
    bool allProjects = false;   ///< a session of a user who may open every project
    bool openLoopback = false;  ///< no password exists yet and the caller is this machine
};

/// How what this caller does is signed, for people to read: the user's name, "key NAME", or "this machine" on
/// open loopback. Empty for a stranger.
std::string callerName(const Principal &principal);

/// A request, complete and copied out of the connection: safe to keep and to hand to another thread.
struct Request
{
    Method method = Method::Get;
    std::string path;     ///< percent-decoded; "..", NUL and "%2f" were refused
    std::string rawQuery; ///< after '?', still encoded
    std::vector<std::pair<std::string, std::string>> headers;    ///< names in lower case, in order
    std::vector<std::pair<std::string, std::string>> parameters; ///< of the route pattern, decoded
    QByteArray body; ///< decompressed, unless the route asked for it raw
    QHostAddress peer;
    bool secure = false; ///< came over TLS
    int64_t receivedMs = 0;
    Principal principal;

    /// The first header of that (lower-case) name.
    std::optional<std::string_view> header(std::string_view name) const;
    /// A parameter of the route pattern, empty where there is none.
    std::string_view parameter(std::string_view name) const;
    /// The first query argument of that name, decoded ('+' is a space).
    std::optional<std::string> argument(std::string_view name) const;
    /// All of them, for repeated ones such as match[].
    std::vector<std::string> arguments(std::string_view name) const;
    /// Query arguments, followed by those of a application/x-www-form-urlencoded body, in order.
    std::vector<std::pair<std::string, std::string>> allArguments() const;
};

using RequestPtr = std::shared_ptr<const Request>;

} // namespace plimsoll::http
