#pragma once

#include "storage/model/Result.h"

#include <map>
#include <string>
#include <vector>

namespace plimsoll::alerts {

/// Who depends on whom, by id.
using Dependencies = std::map<std::string, std::vector<std::string>>;

/// Whether `id` may depend on `parents`: all exist, and none leads back to it. `all` may hold an older entry
/// of `id`, which does not count.
Status acceptDependencies(const Dependencies &all, const std::string &id,
                          const std::vector<std::string> &parents);

} // namespace plimsoll::alerts
