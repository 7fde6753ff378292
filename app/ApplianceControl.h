#pragma once

#include "app/ControlSocket.h"
#include "server/api/Backups.h"
#include "server/http/AccessControl.h"
#include "storage/backend/Backend.h"

#include <functional>

namespace plimsoll::app {

/// Adds what the shell may ask of a running appliance: the commands of AccessCommands, and
/// `import.open` {project} -> {url, id, key}, an ingest key for the time of one import, and `import.close`
/// {id}; `export.open` is the same with a read key. `url` is asked when needed.
void addControlCommands(ControlSocket &socket, http::AccessControl &access, std::function<std::string()> url);

/// And `backup.start` -> the job, `backup.where` {id} -> {path}, `backup.remove` {id}, `job.get` {id} and
/// `job.cancel` {id}; `doctor.start` -> the job whose result is that of DoctorAnswer.
void addUpkeepCommands(ControlSocket &socket, api::Jobs &jobs, api::Backups &backups,
                       const Backend &database);

} // namespace plimsoll::app
