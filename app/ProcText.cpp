#include "app/ProcText.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fcntl.h>
#include <unistd.h>

namespace plimsoll::app {

namespace {

std::string_view takeLine(std::string_view &text)
{
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    return line;
}

std::string_view takeWord(std::string_view &line)
{
    const size_t first = std::min(line.find_first_not_of(" \t"), line.size());
    line.remove_prefix(first);
    const std::string_view word = line.substr(0, line.find_first_of(" \t\n"));
    line.remove_prefix(word.size());
    return word;
}

template<typename T>
std::optional<T> number(std::string_view word)
{
    T value{};
    const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (failure != std::errc() || end != word.data() + word.size())
        return std::nullopt;
    return value;
}

/// "MemTotal:       16384 kB" -> bytes.
std::optional<uint64_t> memoryLine(std::string_view text, std::string_view name)
{
    while (!text.empty()) {
        std::string_view line = takeLine(text);
        if (takeWord(line) != name)
            continue;
        const auto kibibytes = number<uint64_t>(takeWord(line));
        return kibibytes ? std::optional(*kibibytes * 1024) : std::nullopt;
    }
    return std::nullopt;
}

/// Space, tab, line feed and backslash are written as \040 and so on.
std::string unescaped(std::string_view path)
{
    std::string out;
    for (size_t i = 0; i < path.size(); i++) {
        const bool escape = path[i] == '\\' && i + 3 < path.size();
        int code = 0;
        if (escape &&
            std::from_chars(path.data() + i + 1, path.data() + i + 4, code, 8).ptr == path.data() + i + 4) {
            out += static_cast<char>(code);
            i += 3;
        } else {
            out += path[i];
        }
    }
    return out;
}

bool isReal(const Mount &mount)
{
    static constexpr std::array<std::string_view, 3> readOnlyImages = {"squashfs", "iso9660", "erofs"};
    if (std::find(readOnlyImages.begin(), readOnlyImages.end(), mount.type) != readOnlyImages.end())
        return false;
    return mount.path == "/" || mount.device.starts_with("/dev/") || mount.type == "zfs";
}

} // namespace

std::optional<CpuTimes> parseCpuTimes(std::string_view procStat)
{
    std::string_view line = takeLine(procStat);
    if (takeWord(line) != "cpu")
        return std::nullopt;
    // user nice system idle iowait irq softirq steal; guest times are in user already.
    CpuTimes times;
    for (int field = 0; field < 8; field++) {
        const std::string_view word = takeWord(line);
        if (word.empty() && field >= 4)
            break;
        const auto ticks = number<uint64_t>(word);
        if (!ticks)
            return std::nullopt;
        times.all += *ticks;
        if (field == 3 || field == 4)
            times.idle += *ticks;
    }
    return times;
}

std::optional<double> usageBetween(const CpuTimes &earlier, const CpuTimes &later)
{
    if (later.all <= earlier.all)
        return std::nullopt;
    const auto all = static_cast<double>(later.all - earlier.all);
    const double idle = later.idle > earlier.idle ? static_cast<double>(later.idle - earlier.idle) : 0;
    return std::clamp(1 - idle / all, 0.0, 1.0);
}

std::optional<MemoryUse> parseMemory(std::string_view procMeminfo)
{
    const auto total = memoryLine(procMeminfo, "MemTotal:");
    const auto available = memoryLine(procMeminfo, "MemAvailable:");
    if (!total || !available || *total == 0)
        return std::nullopt;
    return MemoryUse{*total, *total - std::min(*available, *total)};
}

std::optional<LoadAverages> parseLoad(std::string_view procLoadavg)
{
    const auto over1 = number<double>(takeWord(procLoadavg));
    const auto over5 = number<double>(takeWord(procLoadavg));
    const auto over15 = number<double>(takeWord(procLoadavg));
    if (!over1 || !over5 || !over15)
        return std::nullopt;
    return LoadAverages{*over1, *over5, *over15};
}

std::optional<double> parseUptimeSeconds(std::string_view procUptime)
{
    return number<double>(takeWord(procUptime));
}

std::optional<NetworkTotals> parseNetwork(std::string_view procNetDev)
{
    takeLine(procNetDev);
    takeLine(procNetDev);
    std::optional<NetworkTotals> totals;
    while (!procNetDev.empty()) {
        std::string_view line = takeLine(procNetDev);
        const size_t colon = line.find(':');
        if (colon == std::string_view::npos)
            continue;
        std::string_view head = line.substr(0, colon);
        if (takeWord(head) == "lo")
            continue;
        line.remove_prefix(colon + 1);
        std::array<std::optional<uint64_t>, 9> fields;
        for (auto &field : fields)
            field = number<uint64_t>(takeWord(line));
        if (!fields[0] || !fields[8])
            continue;
        const NetworkTotals before = totals.value_or(NetworkTotals());
        totals = NetworkTotals{before.receivedBytes + *fields[0], before.transmittedBytes + *fields[8]};
    }
    return totals;
}

std::vector<Mount> parseMounts(std::string_view procMounts)
{
    std::vector<Mount> mounts;
    while (!procMounts.empty()) {
        std::string_view line = takeLine(procMounts);
        Mount mount;
        mount.device = unescaped(takeWord(line));
        mount.path = unescaped(takeWord(line));
        mount.type = takeWord(line);
        if (!isReal(mount))
            continue;
        const auto same = std::find_if(mounts.begin(), mounts.end(), [&](const Mount &known) {
            return known.device == mount.device || known.path == mount.path;
        });
        if (same == mounts.end())
            mounts.push_back(std::move(mount));
        else if (mount.path.size() <= same->path.size())
            *same = std::move(mount);
    }
    return mounts;
}

std::optional<uint64_t> parseResidentPages(std::string_view procStatm)
{
    takeWord(procStatm);
    return number<uint64_t>(takeWord(procStatm));
}

std::optional<uint64_t> parseProcessTicks(std::string_view procSelfStat)
{
    // The second field is the program's name in parentheses, which may hold anything.
    const size_t afterName = procSelfStat.rfind(')');
    if (afterName == std::string_view::npos)
        return std::nullopt;
    procSelfStat.remove_prefix(afterName + 1);
    for (int field = 3; field < 14; field++)
        takeWord(procSelfStat);
    const auto user = number<uint64_t>(takeWord(procSelfStat));
    const auto system = number<uint64_t>(takeWord(procSelfStat));
    return user && system ? std::optional(*user + *system) : std::nullopt;
}

std::string readProc(const char *path)
{
    std::string text;
    const int file = ::open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return text;
    char buffer[4096];
    for (ssize_t got = ::read(file, buffer, sizeof buffer); got > 0;
         got = ::read(file, buffer, sizeof buffer))
        text.append(buffer, static_cast<size_t>(got));
    ::close(file);
    return text;
}

} // namespace plimsoll::app
