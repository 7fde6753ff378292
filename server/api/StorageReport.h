#pragma once

#include "server/api/ReadScope.h"
#include "storage/engine/Engine.h"

#include <filesystem>
#include <functional>
#include <string>

namespace plimsoll::api {

/// Where `GET /api/app/storage` gets its figures. The functions are called on threads of the query pool.
struct StorageFigures
{
    std::function<EngineStats()> engine;
    std::function<double()> samplesPerSecond;
    std::filesystem::path directory; ///< empty where nothing is on disk
    std::string database = "sqlite"; ///< what keeps it: sqlite, postgresql or memory
};

/// The JSON answer of `GET /api/app/storage` (README.md, "Data").
Result<std::string> answerStorage(const ReadScope &scope, const StorageFigures &figures);

/// How many days the free space lasts at a growth of `bytesGrown` in `spanMs`; nothing where nothing grows or
/// less than an hour is known.
std::optional<double> daysLeft(double freeBytes, double bytesGrown, int64_t spanMs);

} // namespace plimsoll::api
