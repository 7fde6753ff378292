#pragma once

#include "storage/engine/PosixDisk.h"

#include <atomic>
#include <chrono>
#include <thread>

namespace plimsoll::test {

/// The machine's disk, whose syncs fail, or take their time, while a test says so.
class FailingDisk final : public Disk
{
public:
    std::atomic<bool> fails{false};
    std::atomic<bool> isBusy{false};

    Status makeDirectory(const std::filesystem::path &path) override { return m_disk.makeDirectory(path); }
    Result<std::vector<std::string>> list(const std::filesystem::path &directory) const override
    {
        return m_disk.list(directory);
    }
    Result<std::unique_ptr<DiskFile>> open(const std::filesystem::path &path) override
    {
        return wrap(m_disk.open(path));
    }
    Result<std::unique_ptr<DiskFile>> create(const std::filesystem::path &path, uint64_t bytes) override
    {
        if (fails)
            return noSpace();
        return wrap(m_disk.create(path, bytes));
    }
    Status remove(const std::filesystem::path &path) override { return m_disk.remove(path); }
    Status rename(const std::filesystem::path &from, const std::filesystem::path &to) override
    {
        return m_disk.rename(from, to);
    }
    Status syncDirectory(const std::filesystem::path &directory) override
    {
        return m_disk.syncDirectory(directory);
    }

private:
    static Error noSpace() { return Error{ErrorCode::NoSpace, "The test says that the disk is full.", {}}; }

    class File final : public DiskFile
    {
    public:
        File(FailingDisk &disk, std::unique_ptr<DiskFile> file)
            : m_disk(disk)
            , m_file(std::move(file))
        {
        }
        Status write(uint64_t offset, std::string_view bytes) override
        {
            return m_file->write(offset, bytes);
        }
        Status sync() override
        {
            while (m_disk.isBusy)
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            return m_disk.fails ? Status(noSpace()) : m_file->sync();
        }
        Result<size_t> read(uint64_t offset, char *buffer, size_t size) const override
        {
            return m_file->read(offset, buffer, size);
        }
        uint64_t size() const override { return m_file->size(); }

    private:
        FailingDisk &m_disk;
        std::unique_ptr<DiskFile> m_file;
    };

    Result<std::unique_ptr<DiskFile>> wrap(Result<std::unique_ptr<DiskFile>> file)
    {
        if (!file)
            return file;
        return std::unique_ptr<DiskFile>(std::make_unique<File>(*this, std::move(*file)));
    }

    PosixDisk m_disk;
};

} // namespace plimsoll::test
