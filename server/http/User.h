#pragma once

#include "server/http/Request.h"
#include "storage/backend/DocumentStore.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace plimsoll::http {

/// The user who is always there: the admin of all projects. Its name is the same.
inline constexpr std::string_view firstUserId = "admin";

/// Projects that a user may open.
struct ProjectGrant
{
    bool all = true;
    std::set<ProjectId> projects; ///< where not all; some may be gone

    bool covers(ProjectId project) const { return all || projects.contains(project); }
    bool operator==(const ProjectGrant &) const = default;
};

/// A person who logs in.
struct User
{
    std::string id;
    std::string name;
    Role role = Role::Read; ///< Read, Edit or Admin, in all its projects
    ProjectGrant grant;
    std::string hash;      ///< of the password, argon2id as libsodium writes it; empty: none was set yet
    int64_t createdMs = 0; ///< 0: unknown
    int64_t changedMs = 0; ///< the password
    bool disabled = false;

    bool isFirst() const { return id == firstUserId; }
    bool managesAppliance() const { return role == Role::Admin && grant.all; }
};

/// The record of a user (server/api/README.md, "Users"), and back; nothing where it makes no sense.
Document documentOf(const User &user);
std::optional<User> userOf(const Document &document);

/// Names are one whatever their case: this is what they are compared by.
std::string foldedName(std::string_view name);

/// 1 to 64 ASCII letters, digits and . _ - @ +, so that nobody can be called "key x" or "this machine".
Status checkedUserName(std::string_view name);
/// At least 12 characters and at most 1,024 bytes.
Status checkedPassword(const std::string &password);

} // namespace plimsoll::http
