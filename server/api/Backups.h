#pragma once

#include "server/api/Jobs.h"
#include "storage/engine/Engine.h"

#include <filesystem>

namespace plimsoll::api {

/// The backups that an appliance keeps in the folder `backups` of its data directory; an id is the time of
/// its making. Safe from any thread.
class Backups
{
public:
    /// All must outlive it, and the jobs must have stopped before the engine goes.
    Backups(const Engine &engine, const Clock &clock, Jobs &jobs, const std::filesystem::path &dataDirectory);

    /// Starts a job of kind `backup`; its result is the new item. The answer is the job with `backup_id`.
    Result<QJsonObject> start();
    /// `{"id","created_ms","bytes"}` each, the newest first.
    QJsonArray list() const;
    Result<QJsonObject> get(const std::string &id) const;
    Status remove(const std::string &id) const;
    /// Starts a job of kind `restore-test` that restores the backup into a folder of its own, reads all of it
    /// and removes the folder; its result is that of tryRestore() with `backup_id`, and the answer is the
    /// job.
    Result<QJsonObject> verify(const std::string &id);
    /// Where the file is, if there is one.
    Result<std::filesystem::path> file(const std::string &id) const;

private:
    std::filesystem::path pathOf(const std::string &id) const;
    std::string newId() const;

    const Engine &m_engine;
    const Clock &m_clock;
    Jobs &m_jobs;
    const std::filesystem::path m_directory;
};

} // namespace plimsoll::api
