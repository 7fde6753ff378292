#pragma once

#include "alerts/ResourceBook.h"
#include "alerts/Rule.h"
#include "alerts/prometheus/RuleFile.h"

namespace plimsoll::alerts {
class AlertService;
}

namespace plimsoll::alerts::prometheus {

/// The annotation in which a rule file may name channels, by name or id, separated by commas.
inline constexpr const char *channelsAnnotation = "plimsoll_channels";

/// A rule file of the folder that an appliance is given.
struct ProvisionedFile
{
    std::string name; ///< within the folder
    RuleFile content;
};

/// Takes the rules of a rule file into a project: all or none. A rule that came this way before (same group,
/// name and labels) is changed where it differs and keeps its id, whether it is enabled and, unless others
/// are given, its channels.
///
/// `asked` has the members `yaml` (or `text`), `channels` (ids or names) and `dry_run`. The answer:
/// `{"created","updated","unchanged","dry_run","rules":[{"id","name","group","line"}],"notes":[{"line","column",
/// "message"}]}`; a file with errors is Invalid and names them all.
QCoro::Task<ResourceBook::Answer> importRules(AlertService &service, QJsonObject asked);

/// All rules of the project as a rule file: `{"text"}`.
ResourceBook::Answer exportRules(const AlertService &service);

/// What a folder of rule files changes, found before anything is.
struct ProvisionPlan
{
    std::vector<Rule> changed;
    std::vector<std::string> gone; ///< ids
};

/// Finds what gives the project the rules of these files, marked as provisioned, and no other provisioned
/// ones. Of a file with errors the rules that it gave before stay. What means less here is added to the
/// files' notes.
ProvisionPlan planProvisioned(const AlertService &service, std::vector<ProvisionedFile> &files);

} // namespace plimsoll::alerts::prometheus
