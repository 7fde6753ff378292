#pragma once

#include "server/http/Router.h"

#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::api {

/// How well something is. Degraded still works; failing means: not ready.
enum class HealthState { Ok, Degraded, Failing };

/// "ok", "degraded", "failing".
std::string_view healthStateName(HealthState state);

/// One line of `GET /health`.
struct HealthCheck
{
    std::string name; ///< "storage", "journal", …
    HealthState state = HealthState::Ok;
    std::string detail; ///< one plain sentence; may be empty
};

/// The role of whoever knows how well a part is. Called on event loops: it must answer from what it knows, at
/// once, and be safe from any thread.
class HealthSource
{
public:
    virtual ~HealthSource() = default;
    virtual HealthCheck check() const = 0;
};

/// Looks at the data directory: writable, and enough free space. Failing below 64 MiB, degraded below 1 GiB
/// or 5 %.
class DirectoryHealth final : public HealthSource
{
public:
    explicit DirectoryHealth(std::filesystem::path directory);
    HealthCheck check() const override;

    /// What the free space means.
    static HealthCheck judge(uint64_t freeBytes, uint64_t totalBytes);

private:
    std::filesystem::path m_directory;
};

/// Keeps the last word of a part that reports its own state, such as the ingest thread after a failed sync.
/// Starts with "ok".
class ReportedHealth final : public HealthSource
{
public:
    explicit ReportedHealth(std::string name)
        : m_check{std::move(name), HealthState::Ok, {}}
    {
    }

    void report(HealthState state, std::string detail = {});
    HealthCheck check() const override;

private:
    mutable std::mutex m_mutex;
    HealthCheck m_check;
};

/// The health of the appliance: the worst of its sources.
class Health
{
public:
    /// Sources are added before the routes are served and must outlive them.
    void add(const HealthSource &source) { m_sources.push_back(&source); }

    /// The checks of a project that are marked `ready`: what /health/ready adds to the sources, of the
    /// caller's project, and /-/ready of the first one. Called on any thread.
    using ReadyChecks = std::function<std::vector<HealthCheck>(ProjectId)>;
    void setReadyChecks(ReadyChecks checks) { m_readyChecks = std::move(checks); }

    std::vector<HealthCheck> checks() const;
    static HealthState worst(const std::vector<HealthCheck> &checks);

    /// GET /health, /health/live, /health/ready, /-/healthy and /-/ready. All are public; the list of checks
    /// is shown to those who may read. The health object must outlive the router.
    void addRoutes(http::Router &router) const;

private:
    http::Response answer(const http::Request &request, const std::vector<HealthCheck> &all) const;
    std::vector<HealthCheck> readyChecks(ProjectId project) const;

    std::vector<const HealthSource *> m_sources;
    ReadyChecks m_readyChecks = [](ProjectId) { return std::vector<HealthCheck>(); };
};

} // namespace plimsoll::api
