#pragma once

#include "server/http/AccessControl.h"
#include "server/http/Router.h"

namespace plimsoll::http {

/// Adds /api/app/projects and /api/app/limits, as server/api/README.md says. `access` outlives the router.
void addProjectRoutes(Router &router, AccessControl &access);

/// A project as the API and the shell show it.
QJsonObject jsonOf(const Project &project);

/// Takes a project away, with its keys; `done` is called once that is durable.
void removeProject(Projects &projects, ApiKeys &keys, ProjectId project, DocumentStore::Done done);

} // namespace plimsoll::http
