#pragma once

#include "server/ingest/scrape/Relabel.h"
#include "server/ingest/scrape/ScrapeFormat.h"
#include "storage/model/Batch.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace plimsoll::ingest {

/// A word that nobody may see: given, or in a file that is read each time it is needed.
struct ScrapeSecret
{
    std::string text;
    std::string file;
    bool empty() const { return text.empty() && file.empty(); }
    bool operator==(const ScrapeSecret &) const = default;
};

/// How a target knows who asks.
struct ScrapeAuth
{
    enum class Kind { None, Basic, Header };

    Kind kind = Kind::None;
    std::string user; ///< of Basic
    ScrapeSecret secret;
    std::string scheme = "Bearer"; ///< of Header: the word before the secret
    bool operator==(const ScrapeAuth &) const = default;
};

/// How a target is known, and how we are known to it.
struct ScrapeTls
{
    ScrapeSecret ca;          ///< PEM; empty for those of the system
    ScrapeSecret certificate; ///< PEM
    ScrapeSecret key;         ///< PEM
    std::string serverName;   ///< in place of the host
    bool insecureSkipVerify = false;
    bool operator==(const ScrapeTls &) const = default;
};

/// Bounds of one scrape; 0 is none.
struct ScrapeBounds
{
    static constexpr int64_t defaultBodyBytes = 64 << 20;
    static constexpr int64_t mostBodyBytes = 512 << 20;

    int64_t bodyBytes = defaultBodyBytes; ///< decompressed; never 0
    uint64_t samples = 0;                 ///< after relabeling
    uint64_t labels = 0;                  ///< of a series, its name included
    uint64_t labelNameBytes = 0;
    uint64_t labelValueBytes = 0;
    bool operator==(const ScrapeBounds &) const = default;
};

/// One target, as plain values. Two that are equal are the same target.
struct ScrapeTarget
{
    ProjectId project = defaultProject;
    std::string id;   ///< of a target of the API; empty for one of a file
    std::string pool; ///< the job of the file
    std::string url;  ///< whole, with its parameters
    Labels labels;    ///< what its samples get
    Labels discovered;
    int64_t intervalMs = 15'000;
    int64_t timeoutMs = 10'000;
    bool honorLabels = false;
    bool honorTimestamps = true;
    bool trackTimestampsStaleness = false;
    bool followRedirects = true;
    bool compression = true;
    std::vector<ScrapeProtocol> protocols = defaultScrapeProtocols();
    std::optional<ScrapeProtocol> fallback;
    ScrapeAuth auth;
    ScrapeTls tls;
    std::vector<std::pair<std::string, ScrapeSecret>> headers;
    ScrapeBounds bounds;
    Relabel metricRelabel;
    bool operator==(const ScrapeTarget &) const = default;
};

/// A target that relabeling dropped, for those who look for it.
struct DroppedTarget
{
    ProjectId project = defaultProject;
    std::string pool;
    Labels discovered;
    bool operator==(const DroppedTarget &) const = default;
};

/// How a target is doing.
struct ScrapeState
{
    enum class Health { Unknown, Up, Down };

    Health health = Health::Unknown;
    std::string error;      ///< of the last scrape; empty where it succeeded
    int64_t lastMs = 0;     ///< when the last one began; 0 where there was none
    double lastSeconds = 0; ///< how long it took
    uint64_t samples = 0;   ///< that it showed
    uint64_t kept = 0;      ///< after relabeling
    uint64_t refused = 0;   ///< that were not stored
    uint64_t scrapes = 0;
    uint64_t failures = 0;
    uint64_t skipped = 0; ///< because the one before was not stored yet
};

/// Both, for listings.
struct ScrapeReport
{
    ScrapeTarget target;
    ScrapeState state;
    std::vector<Batch::Description> families; ///< of the last scrape
};

} // namespace plimsoll::ingest
