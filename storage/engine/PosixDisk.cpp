#include "storage/engine/PosixDisk.h"

#include "storage/engine/SystemError.h"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace plimsoll {

namespace {

class PosixFile final : public DiskFile
{
public:
    PosixFile(int descriptor, std::filesystem::path path)
        : m_descriptor(descriptor)
        , m_path(std::move(path))
    {
    }
    ~PosixFile() override { ::close(m_descriptor); }

    Status write(uint64_t offset, std::string_view bytes) override
    {
        while (!bytes.empty()) {
            const ssize_t done =
                ::pwrite(m_descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (done < 0 && errno == EINTR)
                continue;
            if (done <= 0)
                return systemError("Writing", m_path, done == 0 ? ENOSPC : errno);
            bytes.remove_prefix(static_cast<size_t>(done));
            offset += static_cast<uint64_t>(done);
        }
        return {};
    }

    Status sync() override
    {
        if (::fdatasync(m_descriptor) != 0)
            return systemError("Syncing", m_path);
        return {};
    }

    Result<size_t> read(uint64_t offset, char *buffer, size_t size) const override
    {
        size_t total = 0;
        while (total < size) {
            const ssize_t done =
                ::pread(m_descriptor, buffer + total, size - total, static_cast<off_t>(offset + total));
            if (done < 0 && errno == EINTR)
                continue;
            if (done < 0)
                return systemError("Reading", m_path);
            if (done == 0)
                break;
            total += static_cast<size_t>(done);
        }
        return total;
    }

    uint64_t size() const override
    {
        struct stat status = {};
        return ::fstat(m_descriptor, &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
    }

private:
    int m_descriptor;
    std::filesystem::path m_path;
};

} // namespace

Status PosixDisk::makeDirectory(const std::filesystem::path &path)
{
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error)
        return systemError("Creating the directory", path, error.value());
    return {};
}

Result<std::vector<std::string>> PosixDisk::list(const std::filesystem::path &directory) const
{
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end;
         it.increment(error))
        names.push_back(it->path().filename().string());
    if (error)
        return systemError("Listing", directory, error.value());
    std::sort(names.begin(), names.end());
    return names;
}

Result<std::unique_ptr<DiskFile>> PosixDisk::open(const std::filesystem::path &path)
{
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (descriptor < 0)
        return systemError("Opening", path);
    return std::unique_ptr<DiskFile>(std::make_unique<PosixFile>(descriptor, path));
}

Result<std::unique_ptr<DiskFile>> PosixDisk::create(const std::filesystem::path &path, uint64_t bytes)
{
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return systemError("Creating", path);
    auto file = std::make_unique<PosixFile>(descriptor, path);
    const int failure = ::posix_fallocate(descriptor, 0, static_cast<off_t>(bytes));
    if (failure != 0) {
        ::unlink(path.c_str());
        return systemError("Reserving room for", path, failure);
    }
    return std::unique_ptr<DiskFile>(std::move(file));
}

Status PosixDisk::remove(const std::filesystem::path &path)
{
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        return systemError("Removing", path);
    return {};
}

Status PosixDisk::syncDirectory(const std::filesystem::path &directory)
{
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return systemError("Opening", directory);
    const int failure = ::fsync(descriptor) == 0 ? 0 : errno;
    ::close(descriptor);
    if (failure != 0)
        return systemError("Syncing", directory, failure);
    return {};
}

} // namespace plimsoll
