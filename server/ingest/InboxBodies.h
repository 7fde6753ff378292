#pragma once

#include "storage/model/Batch.h"
#include "storage/model/BatchSink.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plimsoll::ingest {

/// A body as it came in, and through which door.
struct CameIn
{
    const char *source = "";
    ProjectId project = defaultProject;
    std::string_view keyId;
    std::string_view contentType;
    std::string_view body;
    bool coded = false;  ///< compressed in a way that only its decoder undoes
    bool hidden = false; ///< the project replaces personal data, so bodies are not to be shown
    int64_t receivedMs = 0;
};

/// The beginning of one body, fit to be shown, and what became of it.
struct ShownBody
{
    static constexpr size_t maxBytes = 1'024;
    static constexpr size_t maxSamples = 8;
    static constexpr size_t maxRefusals = 8;

    struct Sample
    {
        std::string series; ///< as PromQL writes it
        double value = 0;
        int64_t timestampMs = 0;
    };

    std::string contentType;
    std::string text; ///< valid UTF-8; empty where it is none, or hidden
    bool binary = false;
    bool hidden = false;
    size_t bytes = 0;      ///< of the whole
    size_t shownBytes = 0; ///< of these, before anything was masked
    std::vector<Sample> became;
    size_t more = 0;                                           ///< further samples that were taken
    std::vector<std::pair<std::string, std::string>> refusals; ///< code, message

    /// What looks like a credential or a card number is masked.
    static ShownBody of(const CameIn &came);
    void addOutcome(const Batch &batch, const CommitReceipt &receipt);
    std::string toJson() const;
};

/// The last bodies of each project, by the arrival that they began. In memory only, bounded. Not thread-safe.
class InboxBodies
{
public:
    static constexpr size_t perProject = 100;
    static constexpr size_t maxProjects = 64; ///< beyond, the one that was silent longest goes

    void keep(ProjectId project, int64_t atMs, std::string_view source, std::string_view keyId,
              ShownBody body);
    const ShownBody *find(ProjectId project, int64_t atMs, std::string_view source,
                          std::string_view keyId) const;

private:
    struct Kept
    {
        int64_t atMs = 0;
        std::string source;
        std::string keyId;
        ShownBody body;
    };
    std::map<ProjectId, std::deque<Kept>> m_kept; ///< the oldest first, none empty
};

} // namespace plimsoll::ingest
