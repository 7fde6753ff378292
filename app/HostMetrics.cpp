#include "app/HostMetrics.h"

#include "app/BatchBuilder.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

namespace plimsoll::app {

namespace {

void addMemory(BatchBuilder &batch)
{
    const auto memory = parseMemory(readProc("/proc/meminfo"));
    if (!memory)
        return;
    const auto used = static_cast<double>(memory->usedBytes);
    const auto total = static_cast<double>(memory->totalBytes);
    batch.gauge("host_memory_used_bytes", used);
    batch.gauge("host_memory_total_bytes", total);
    batch.gauge("host_memory_used_ratio", used / total);
}

void addLoad(BatchBuilder &batch)
{
    if (const auto load = parseLoad(readProc("/proc/loadavg"))) {
        batch.gauge("host_load1", load->over1);
        batch.gauge("host_load5", load->over5);
        batch.gauge("host_load15", load->over15);
    }
    if (const auto uptime = parseUptimeSeconds(readProc("/proc/uptime")))
        batch.gauge("host_uptime_seconds", *uptime);
}

void addNetwork(BatchBuilder &batch)
{
    const auto totals = parseNetwork(readProc("/proc/net/dev"));
    if (!totals)
        return;
    batch.counter("host_network_receive_bytes_total", static_cast<double>(totals->receivedBytes));
    batch.counter("host_network_transmit_bytes_total", static_cast<double>(totals->transmittedBytes));
}

/// Containers bind single files of a disk over /etc/hosts and the like; only directories are disks to people.
bool isDirectory(const std::string &path)
{
    struct stat about = {};
    return ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

} // namespace

HostMetrics::HostMetrics(BatchSink &sink, const Clock &clock, ProjectId project)
    : m_sink(sink)
    , m_project(project)
    , m_cadence(clock, [this](int64_t timestampMs) {
        m_sink.submit(sample(timestampMs), [](const CommitReceipt &) {});
    })
{
}

Batch HostMetrics::sample(int64_t timestampMs)
{
    BatchBuilder batch(m_project, timestampMs, m_instance);
    addCpu(batch);
    addMemory(batch);
    addLoad(batch);
    addNetwork(batch);
    addDisks(batch);
    return batch.take();
}

void HostMetrics::addCpu(BatchBuilder &batch)
{
    const auto now = parseCpuTimes(readProc("/proc/stat"));
    const auto usage = m_cpu && now ? usageBetween(*m_cpu, *now) : std::nullopt;
    if (usage)
        batch.gauge("host_cpu_usage_ratio", *usage);
    if (now)
        m_cpu = now;
}

void HostMetrics::addDisks(BatchBuilder &batch) const
{
    for (const Mount &mount : parseMounts(readProc("/proc/self/mounts"))) {
        struct statvfs space = {};
        if (!isDirectory(mount.path) || ::statvfs(mount.path.c_str(), &space) != 0 || space.f_blocks == 0)
            continue;
        // As df counts: what only root may use is neither free nor used.
        const auto unit = static_cast<double>(space.f_frsize);
        const double used = static_cast<double>(space.f_blocks - space.f_bfree) * unit;
        const double total = static_cast<double>(space.f_blocks) * unit;
        const double usable = used + static_cast<double>(space.f_bavail) * unit;
        const Labels labels{{"mount", mount.path}};
        batch.gauge("host_disk_used_bytes", used, labels);
        batch.gauge("host_disk_total_bytes", total, labels);
        batch.gauge("host_disk_used_ratio", usable > 0 ? used / usable : 1, labels);
    }
}

} // namespace plimsoll::app
