#include "server/api/RestoreTrial.h"

#include "storage/upkeep/Doctor.h"
#include "storage/upkeep/Restore.h"

#include <QJsonArray>

namespace plimsoll::api {

namespace {

namespace fs = std::filesystem;

constexpr uint64_t spareBytes = 64 << 20;
constexpr uint64_t halfOfProgress = 500;

/// A folder that is there as long as this is.
class Scratch
{
public:
    explicit Scratch(const fs::path &path)
        : m_path(path)
    {
        std::error_code error;
        fs::remove_all(m_path, error);
        fs::create_directory(m_path, error);
        fs::permissions(m_path, fs::perms::owner_all, error);
        m_made = !error;
    }
    ~Scratch()
    {
        std::error_code ignored;
        fs::remove_all(m_path, ignored);
    }
    Scratch(const Scratch &) = delete;
    Scratch &operator=(const Scratch &) = delete;

    bool made() const { return m_made; }

private:
    const fs::path m_path;
    bool m_made = false;
};

Progress halfOf(const Progress &whole, uint64_t from)
{
    Progress half;
    half.cancelled = whole.cancelled;
    half.tell = [whole, from](uint64_t done, uint64_t total) {
        const double part = total > 0 ? std::min(1.0, double(done) / double(total)) : 0;
        whole.say(from + uint64_t(part * double(halfOfProgress)), 2 * halfOfProgress);
    };
    return half;
}

std::string megabytes(uint64_t bytes) { return std::to_string((bytes >> 20) + 1) + " MiB"; }

/// What is unpacked takes as much room as the file, and its journal as much again at most.
Status checkRoom(const fs::path &backup, const fs::path &scratch)
{
    std::error_code error;
    const uint64_t needed = 2 * fs::file_size(backup, error) + spareBytes;
    const fs::space_info space = fs::space(scratch, error);
    if (error || space.available >= needed)
        return {};
    return Error{ErrorCode::NoSpace,
                 "The test unpacks the backup, which takes up to " + megabytes(needed) + "; " +
                     megabytes(space.available) + " are free.",
                 "Free some space, or restore it on another machine."};
}

QJsonObject toJson(const DoctorReport &report, const RestoreReport &restored)
{
    QJsonObject counts;
    for (const auto &[what, count] : report.counts)
        counts[QString::fromStdString(what)] = qint64(count);
    QJsonArray findings;
    for (const Finding &finding : report.findings)
        findings.append(QJsonObject{{"where", QString::fromStdString(finding.where)},
                                    {"what", QString::fromStdString(finding.what)}});
    return {{"healthy", report.healthy()},
            {"found", qint64(report.found)},
            {"counts", counts},
            {"findings", findings},
            {"created_ms", qint64(restored.backup.createdMs)},
            {"frames", qint64(restored.frames)}};
}

} // namespace

Result<QJsonObject> tryRestore(const fs::path &backup, const fs::path &scratch, int64_t nowMs,
                               const Progress &progress)
{
    const Scratch folder(scratch);
    if (!folder.made())
        return Error{ErrorCode::Unavailable, "The folder " + scratch.string() + " cannot be made.",
                     "Check who may write to the data directory."};
    if (Status room = checkRoom(backup, scratch); !room)
        return room.error();
    RestoreOptions options;
    options.directory = scratch;
    options.nowMs = nowMs;
    const auto restored = restoreBackup(backup, options, halfOf(progress, 0));
    if (!restored)
        return restored.error();
    const auto report = examineDirectory(scratch, nullptr, halfOf(progress, halfOfProgress));
    if (!report)
        return report.error();
    return toJson(*report, *restored);
}

} // namespace plimsoll::api
