#pragma once

#include "app/Configuration.h"
#include "app/ControlSocket.h"
#include "server/http/ApiKeys.h"
#include "server/http/Users.h"

namespace plimsoll::app {

/// What commands about keys, projects and users work with.
struct AccessRooms
{
    http::Projects &projects;
    http::ApiKeys &keys;
    http::Users &users;
    const Clock &clock;
};

/// Adds, for the shell of a running appliance: `key.create` {role, project, name, expires_ms} -> {id, key},
/// `key.list` {project} -> {items}, `key.revoke` {id}; `project.create` {name}, `project.list` -> {items} and
/// `project.remove` {name}; `user.create` {name, role, projects, password} -> the user, `user.list` ->
/// {items}, `user.password` {name, password} and `user.remove` {name}. An empty project lists the keys of
/// all.
void addAccessCommands(ControlSocket &socket, const AccessRooms &rooms);

/// Runs such a command: through the control socket of the appliance that holds the data directory, else on
/// the directory itself.
Result<QJsonObject> runAccessCommand(const Configuration &configuration, const std::string &command,
                                     const QJsonObject &arguments);

/// Makes a key as `key.create` does. The hint of a failure lists the roles.
void createKey(const AccessRooms &rooms, const QJsonObject &arguments, bool temporary,
               const ControlSocket::Answer &answer);

/// A table of left-aligned columns, each as wide as it must be, for people.
std::string tableOf(const std::vector<std::vector<std::string>> &rows);

/// A time as a shell shows it, "2026-11-21 08:00", or `otherwise` for null.
std::string shellTime(const QJsonValue &ms, const char *otherwise);

} // namespace plimsoll::app
