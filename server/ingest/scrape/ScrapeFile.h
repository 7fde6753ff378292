#pragma once

#include "server/ingest/scrape/ScrapeTarget.h"

#include <string>
#include <vector>

namespace plimsoll::ingest {

/// Addresses with labels: an entry of static_configs or of a file of file_sd_configs.
struct TargetGroup
{
    std::vector<std::string> addresses;
    Labels labels;
    bool operator==(const TargetGroup &) const = default;
};

/// One job of scrape_configs.
struct ScrapeJob
{
    std::string name;
    std::string scheme = "http";
    std::string path = "/metrics";
    std::vector<std::pair<std::string, std::vector<std::string>>> parameters;
    ScrapeTarget common; ///< all that its targets share
    Relabel relabel;
    std::vector<TargetGroup> groups;    ///< of static_configs
    std::vector<std::string> filePaths; ///< of file_sd_configs, absolute, the last part perhaps with *
    uint64_t targetLimit = 0;
};

/// Reads scrape_configs of a Prometheus configuration; SCRAPE.md lists the fields. Paths are relative to
/// `folder`. The message begins with `name` and the line: "scrape.yml:7: …".
Result<std::vector<ScrapeJob>> readScrapeFile(const std::string &text, const std::string &name,
                                              const std::string &folder);

/// Reads a file of file_sd_configs, YAML or JSON.
Result<std::vector<TargetGroup>> readTargetGroups(const std::string &text, const std::string &name);

/// What a job makes of one address: the target, or nothing, with what was discovered, where relabeling drops
/// it. Invalid where what it makes is no target.
Result<std::optional<ScrapeTarget>> makeTarget(const ScrapeJob &job, const std::string &address,
                                               const Labels &labels, Labels &discovered);

} // namespace plimsoll::ingest
