#include "storage/upkeep/Doctor.h"

#include "storage/backend/SqliteSnapshot.h"
#include "storage/engine/PosixDisk.h"
#include "storage/engine/SettingNumber.h"
#include "storage/engine/SystemError.h"
#include "storage/upkeep/DatabaseCheck.h"
#include "storage/upkeep/JournalCheck.h"
#include "storage/upkeep/Restore.h"

namespace plimsoll {

namespace {

namespace fs = std::filesystem;

Status checkDatabase(BackendSnapshot &database, const Progress &progress, DoctorReport &report)
{
    return DatabaseCheck(database, report, progress).run();
}

/// Opens the SQLite file; null where it is damaged beyond that, which is in the report then.
Result<std::unique_ptr<BackendSnapshot>> openDatabase(const fs::path &file, DoctorReport &report)
{
    auto opened = SqliteSnapshot::open(file);
    if (opened || opened.error().code != ErrorCode::Corrupt)
        return opened;
    report.add("database", opened.error().message);
    return std::unique_ptr<BackendSnapshot>();
}

void noteFolders(const fs::path &directory, DoctorReport &report)
{
    if (const Status whole = checkNoUnfinishedRestore(directory); !whole)
        report.add("directory", whole.error().message + ' ' + whole.error().hint);
    std::error_code ignored;
    for (const fs::directory_entry &entry : fs::directory_iterator(directory, ignored)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("damaged-") || name.starts_with("replaced-"))
            report.notes.push_back("The folder " + name +
                                   " keeps what was moved aside; remove it once all is well.");
    }
}

} // namespace

Result<DoctorReport> examineDatabase(BackendSnapshot &database, const Progress &progress)
{
    DoctorReport report;
    if (Status done = checkDatabase(database, progress, report); !done)
        return done.error();
    return report;
}

Result<DoctorReport> examineDirectory(const fs::path &directory, BackendSnapshot *database,
                                      const Progress &progress)
{
    DoctorReport report;
    noteFolders(directory, report);
    std::unique_ptr<BackendSnapshot> own;
    if (!database) {
        auto opened = openDatabase(directory / "plimsoll.db", report);
        if (!opened)
            return opened.error();
        own = std::move(*opened);
        database = own.get();
    }
    uint64_t released = 0;
    if (database) {
        if (const auto state = database->load())
            released = static_cast<uint64_t>(numberIn(state->meta, "released_sequence", 0));
        if (Status done = checkDatabase(*database, progress, report); !done)
            return done.error();
    }
    PosixDisk disk;
    if (Status done = checkJournal(disk, directory / "journal", released, report); !done)
        return done.error();
    return report;
}

Result<std::vector<std::string>> keepDamagedJournal(const fs::path &directory, const DoctorReport &report,
                                                    const std::string &asideName)
{
    std::vector<std::string> kept;
    std::error_code error;
    for (const Finding &finding : report.findings) {
        const fs::path source = directory / finding.where;
        if (!finding.where.starts_with("journal/") || !fs::is_regular_file(source, error))
            continue;
        const fs::path target = directory / asideName / finding.where;
        if (fs::exists(target, error))
            continue;
        fs::create_directories(target.parent_path(), error);
        if (!error)
            fs::copy_file(source, target, error);
        if (error)
            return systemError("Copying", source, error.value());
        if (source.extension() == ".damaged")
            fs::remove(source, error);
        kept.push_back(finding.where);
    }
    return kept;
}

} // namespace plimsoll
