#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::app {

// Readers of the texts that Linux gives below /proc. They take the text, so that they can be tried with any;
// a text that is not as proc(5) says gives nothing. Source: man 5 proc.

/// Processor time since the start in clock ticks, over all processors.
struct CpuTimes
{
    uint64_t idle = 0; ///< idle and waiting for a disk
    uint64_t all = 0;
};
std::optional<CpuTimes> parseCpuTimes(std::string_view procStat);
/// The part of the time between two readings that was not idle; nothing where no time passed or it ran
/// backwards.
std::optional<double> usageBetween(const CpuTimes &earlier, const CpuTimes &later);

struct MemoryUse
{
    uint64_t totalBytes = 0;
    uint64_t usedBytes = 0; ///< total less what is available to new work
};
std::optional<MemoryUse> parseMemory(std::string_view procMeminfo);

struct LoadAverages
{
    double over1 = 0;
    double over5 = 0;
    double over15 = 0;
};
std::optional<LoadAverages> parseLoad(std::string_view procLoadavg);

std::optional<double> parseUptimeSeconds(std::string_view procUptime);

struct NetworkTotals
{
    uint64_t receivedBytes = 0;
    uint64_t transmittedBytes = 0;
};
/// The sum over all interfaces but loopback.
std::optional<NetworkTotals> parseNetwork(std::string_view procNetDev);

struct Mount
{
    std::string device;
    std::string path;
    std::string type;
};
/// The mounts that stand for real local storage: block devices, ZFS, and the root whatever it is. Network
/// file systems are left out, since asking one that is away blocks. Paths are unescaped. Of several mounts of
/// one device the one with the shortest path is kept.
std::vector<Mount> parseMounts(std::string_view procMounts);

/// Of /proc/self/statm: the resident set in pages.
std::optional<uint64_t> parseResidentPages(std::string_view procStatm);
/// Of /proc/self/stat: user and system time in clock ticks.
std::optional<uint64_t> parseProcessTicks(std::string_view procSelfStat);

/// Reads a small file of /proc; empty where that fails.
std::string readProc(const char *path);

} // namespace plimsoll::app
