#include "server/ingest/scrape/FileTargets.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>

namespace plimsoll::ingest {
namespace {

constexpr qint64 maxFileBytes = 16 << 20;

Result<std::string> contentOf(const std::string &path)
{
    QFile file(QString::fromStdString(path));
    if (!file.open(QIODevice::ReadOnly))
        return Error{ErrorCode::NotFound, "The file " + path + " cannot be read.", {}};
    if (file.size() > maxFileBytes)
        return Error{ErrorCode::TooLarge, "The file " + path + " has more than 16 MiB.", {}};
    return file.readAll().toStdString();
}

std::vector<std::string> filesOf(const std::string &pattern)
{
    const QFileInfo info(QString::fromStdString(pattern));
    std::vector<std::string> out;
    const QDir folder = info.dir();
    for (const QString &name : folder.entryList({info.fileName()}, QDir::Files, QDir::Name))
        out.push_back(folder.filePath(name).toStdString());
    return out;
}

std::string stampOf(const std::string &path)
{
    const QFileInfo info(QString::fromStdString(path));
    return std::to_string(info.lastModified().toMSecsSinceEpoch()) + ' ' + std::to_string(info.size());
}

} // namespace

Status FileTargets::load()
{
    const auto text = contentOf(m_path);
    if (!text)
        return text.error();
    const std::string folder = QFileInfo(QString::fromStdString(m_path)).absolutePath().toStdString();
    auto jobs = readScrapeFile(*text, m_path, folder);
    if (!jobs)
        return jobs.error();
    Files files;
    if (const Look found = discover(*jobs, files); !found.problem)
        return found.problem;
    auto joined = join(*jobs, files);
    if (!joined)
        return joined.error();
    m_jobs = std::move(*jobs);
    m_files = std::move(files);
    m_targets = std::move(*joined);
    return {};
}

FileTargets::Look FileTargets::lookAgain()
{
    Look look = discover(m_jobs, m_files);
    if (!look.changed)
        return look;
    auto joined = join(m_jobs, m_files);
    if (!joined)
        return {false, joined.error()};
    look.changed = joined->active != m_targets.active || joined->dropped != m_targets.dropped;
    m_targets = std::move(*joined);
    return look;
}

/// Reads the files whose stamp is another one. Of one that is wrong the groups stay.
FileTargets::Look FileTargets::discover(const std::vector<ScrapeJob> &jobs, Files &files) const
{
    Files found;
    Look look;
    for (const ScrapeJob &job : jobs) {
        for (const std::string &pattern : job.filePaths) {
            for (const std::string &path : filesOf(pattern)) {
                if (found.contains(path))
                    continue;
                Found &each = found[path] = files[path];
                const std::string stamp = stampOf(path);
                if (each.stamp == stamp)
                    continue;
                each.stamp = stamp;
                const auto text = contentOf(path);
                auto groups =
                    text ? readTargetGroups(*text, path) : Result<std::vector<TargetGroup>>(text.error());
                if (groups)
                    each.groups = std::move(*groups);
                else
                    look.problem = groups.error();
                look.changed = true;
            }
        }
    }
    std::erase_if(files, [](const auto &file) { return file.second.stamp.empty(); });
    look.changed = look.changed || found.size() != files.size();
    files = std::move(found);
    return look;
}

Result<ScrapeTargets> FileTargets::join(const std::vector<ScrapeJob> &jobs, const Files &files) const
{
    ScrapeTargets out;
    for (const ScrapeJob &job : jobs) {
        const size_t before = out.active.size();
        std::vector<std::pair<TargetGroup, std::string>> groups;
        for (const TargetGroup &group : job.groups)
            groups.emplace_back(group, std::string());
        for (const std::string &pattern : job.filePaths) {
            for (const std::string &path : filesOf(pattern)) {
                const auto found = files.find(path);
                for (size_t i = 0; found != files.end() && i < found->second.groups.size(); i++)
                    groups.emplace_back(found->second.groups[i], path);
            }
        }
        for (auto &[group, path] : groups) {
            group.labels.set("__meta_filepath", path);
            for (const std::string &address : group.addresses) {
                Labels discovered;
                auto target = makeTarget(job, address, group.labels, discovered);
                if (!target)
                    return Error{target.error().code, m_path + ": " + target.error().message, {}};
                if (*target)
                    out.active.push_back(std::move(**target));
                else
                    out.dropped.push_back({job.common.project, job.name, std::move(discovered)});
            }
        }
        if (job.targetLimit > 0 && out.active.size() - before > job.targetLimit)
            return Error{ErrorCode::Invalid,
                         m_path + ": The job \"" + job.name + "\" has " +
                             std::to_string(out.active.size() - before) + " targets; target_limit is " +
                             std::to_string(job.targetLimit) + ".",
                         {}};
    }
    return out;
}

} // namespace plimsoll::ingest
