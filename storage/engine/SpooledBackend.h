#pragma once

#include "storage/backend/Backend.h"
#include "storage/engine/SpoolFile.h"
#include "storage/model/Clock.h"

#include <atomic>
#include <map>
#include <mutex>
#include <random>

namespace plimsoll {

/// A database behind a spool (SPOOL.md): what it does not take becomes files, which are as good as the
/// database to whoever reads, and go to it in their order, each once, when it is back.
class SpooledBackend final : public Backend
{
public:
    /// The spool lies in `directory` of `disk`; both and `clock` must outlive this.
    SpooledBackend(std::unique_ptr<Backend> database, Disk &disk, std::filesystem::path directory,
                   const Clock &clock);
    ~SpooledBackend() override;

    Status open() override;
    Status close() override;
    /// The database's state with what waits in files on top.
    Result<BackendState> load() override;
    Result<std::vector<DocumentChange>> loadDocuments() override { return m_database->loadDocuments(); }
    Status write(const BackendWrite &write) override;
    uint64_t bytes() const override { return m_database->bytes(); }
    Result<StoredPack> readPack(uint32_t seal, uint32_t series) const override;
    Result<std::vector<StoredDay>> readDays(uint32_t series, int64_t fromMs, int64_t toMs) const override
    {
        return m_database->readDays(series, fromMs, toMs);
    }
    uint64_t freePages() const override { return m_database->freePages(); }
    Status giveBack(uint64_t maxPages) override { return m_database->giveBack(maxPages); }
    Result<std::unique_ptr<BackendSnapshot>> snapshot() const override;
    Status catchUp() override;
    Waiting waiting() const override;

private:
    using File = std::shared_ptr<const SpoolFile>;

    std::filesystem::path pathOf(uint64_t number) const;
    Status findFiles();
    void setAside(uint64_t number);
    void countDamage();
    void add(File file);
    void dropFront();
    File front() const;
    Status learnNumber();
    void shipped(uint64_t number);
    Status ship();
    Status shipFront();
    Status spool(const BackendWrite &write, const Error &reason);
    bool isTime() const;
    void failed(const Error &error);

    const std::unique_ptr<Backend> m_database;
    Disk &m_disk;
    const std::filesystem::path m_directory;
    const Clock &m_clock;
    uint64_t m_next = 0;    ///< the number of the next transaction; 0 while it is not known
    bool m_unsure = true;   ///< whether the database has the first file is not known
    int64_t m_failedMs = 0; ///< when it failed last
    int64_t m_delayMs = 0;  ///< from then until the next attempt; 0: it did not fail
    int64_t m_backoffMs = 0;
    std::minstd_rand m_random{std::random_device{}()};

    mutable std::mutex m_mutex; ///< of all below
    std::map<uint64_t, File> m_files;
    Waiting m_waiting;
};

} // namespace plimsoll
