#pragma once

#include "storage/query/Query.h"
#include "tests/support/MemorySeries.h"

#include <filesystem>
#include <string>
#include <vector>

namespace plimsoll::conformance {

/// How the evals of one script went.
struct ScriptReport
{
    size_t passed = 0;
    std::vector<std::string> failures; ///< "file:line: query: what was wrong"
};

/// Runs a script of the Prometheus project's test language (see conformance/README.md of the shared data) on
/// the real engine: it loads series into memory and compares what each eval yields.
ScriptReport runScript(const std::filesystem::path &file);

} // namespace plimsoll::conformance
