#pragma once

#include "storage/model/Result.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::ingest {

/// What a file to import holds, told by its first bytes.
enum class ImportFormat {
    Json,  ///< bodies of /ingest, one after the other (NDJSON)
    Text,  ///< Prometheus text or OpenMetrics
    Export ///< what `plimsoll export` wrote, a line at a time
};

/// A piece of the file that is a whole body of its own.
struct ImportPart
{
    ImportFormat format = ImportFormat::Json;
    std::string_view body;      ///< decompressed; valid during the call
    std::string idempotencyKey; ///< made of position and content: the same file has the same keys
    uint64_t firstLine = 1;     ///< of the part, in the decompressed file
};

/// What became of a part.
struct ImportOutcome
{
    uint64_t accepted = 0; ///< items
    uint64_t rejected = 0;
    bool replayed = false;           ///< had been imported before; was not counted again
    std::vector<std::string> errors; ///< some of the reasons
};

/// Where parts go: an appliance that runs (httpImportSink) or an engine of one's own (engineImportSink).
/// Called in order, one part at a time. A failure ends the import; sinks retry what may succeed later on
/// their own.
using ImportSink = std::function<Result<ImportOutcome>(const ImportPart &part)>;

struct ImportProgress
{
    uint64_t bytesRead = 0;  ///< of the file, compressed as it is
    uint64_t bytesTotal = 0; ///< 0 where not known
    uint64_t bodyBytes = 0;  ///< decompressed, handed to the sink
    uint64_t parts = 0;
    uint64_t replayedParts = 0;
    uint64_t accepted = 0; ///< items
    uint64_t rejected = 0;
    double seconds = 0;              ///< since the start
    std::vector<std::string> errors; ///< the first ten reasons of refusals
};

struct ImportOptions
{
    std::filesystem::path path;     ///< "-" is standard input; .gz and .zst are recognised by content
    size_t partBytes = 4 << 20;     ///< parts are cut at the first boundary after it
    size_t maxPartBytes = 60 << 20; ///< a single document beyond it cannot be imported
    std::function<void(const ImportProgress &)> progress; ///< after each part, on the calling thread
    const std::atomic<bool> *cancelled = nullptr;         ///< looked at between parts
};

/// Streams a file into a sink in bounded memory. Blocking. Ends with Cancelled, with the sink's failure, with
/// Corrupt for broken compression, or with the final counts. What was handed over before a failure stays
/// imported; a second run of the same file within the time that keys are remembered counts nothing twice.
Result<ImportProgress> importFile(const ImportOptions &options, const ImportSink &sink);

/// Tells the format of a file by its beginning.
ImportFormat detectImportFormat(std::string_view beginning);

/// The size of the longest beginning of `text` that is a whole body: whole documents of JSON, whole lines of
/// text. 0 where there is none yet.
size_t importBoundary(ImportFormat format, std::string_view text);

} // namespace plimsoll::ingest
