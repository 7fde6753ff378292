#pragma once

#include "server/ingest/scrape/ScrapeFile.h"
#include "server/ingest/scrape/Scraper.h"

#include <map>
#include <string>

namespace plimsoll::ingest {

/// The targets that a configuration file and the files it points to name, as of their last good reading. One
/// thread.
class FileTargets
{
public:
    explicit FileTargets(std::string path)
        : m_path(std::move(path))
    {
    }

    /// Reads all. Where something is wrong the failure names file and line, and everything stays as it was.
    Status load();
    /// What has become of the files of file_sd_configs.
    struct Look
    {
        bool changed = false; ///< targets() are others now
        Status problem;       ///< a file that is wrong, told once; what it said before stays
    };
    Look lookAgain();

    const ScrapeTargets &targets() const { return m_targets; }

private:
    struct Found
    {
        std::string stamp; ///< changes with the file
        std::vector<TargetGroup> groups;
    };
    using Files = std::map<std::string, Found>;

    Look discover(const std::vector<ScrapeJob> &jobs, Files &files) const;
    Result<ScrapeTargets> join(const std::vector<ScrapeJob> &jobs, const Files &files) const;

    const std::string m_path;
    std::vector<ScrapeJob> m_jobs;
    Files m_files; ///< of file_sd_configs, by path
    ScrapeTargets m_targets;
};

} // namespace plimsoll::ingest
