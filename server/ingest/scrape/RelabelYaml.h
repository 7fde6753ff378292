#pragma once

#include "server/ingest/scrape/Relabel.h"

#include <string>

namespace YAML {
class Node;
}

namespace plimsoll::ingest {

/// Reads a list of relabel_configs; throws YamlFault with the line.
Relabel readRelabel(const YAML::Node &list, const char *name);

/// The same of JSON, which is YAML too.
Result<Relabel> readRelabelJson(const std::string &json, const char *name);

} // namespace plimsoll::ingest
