#pragma once

#include "server/http/AccessControl.h"
#include "server/http/Router.h"

#include <QJsonObject>

namespace plimsoll::http {

/// The resource of a user, as server/api/README.md says.
QJsonObject jsonOf(const User &user, const AccessControl &access);
/// The same for the shell, which has no sessions to count.
QJsonObject jsonOf(const User &user, const Users &users, const Projects &projects);

/// `["*"]`, or names of projects; Unprocessable where one is not there.
Result<ProjectGrant> grantNamed(const QJsonValue &names, const Projects &projects);
/// read, edit or admin.
Result<Role> userRoleNamed(std::string_view name);

/// Adds /api/app/users. `access` outlives the router.
void addUserRoutes(Router &router, AccessControl &access);

} // namespace plimsoll::http
