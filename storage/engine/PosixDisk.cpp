#include "storage/engine/PosixDisk.h"

#include "storage/engine/PosixFile.h"
#include "storage/engine/SystemError.h"

#include <algorithm>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace plimsoll {

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
    return std::unique_ptr<DiskFile>(std::make_unique<PosixFile>(descriptor, path, m_direct));
}

Result<std::unique_ptr<DiskFile>> PosixDisk::create(const std::filesystem::path &path, uint64_t bytes)
{
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return systemError("Creating", path);
    auto file = std::make_unique<PosixFile>(descriptor, path, m_direct);
    const int failure = bytes == 0 ? 0 : ::posix_fallocate(descriptor, 0, static_cast<off_t>(bytes));
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

Status PosixDisk::rename(const std::filesystem::path &from, const std::filesystem::path &to)
{
    if (::rename(from.c_str(), to.c_str()) != 0)
        return systemError("Renaming", from);
    return {};
}

uint64_t PosixDisk::capacity(const std::filesystem::path &directory) const
{
    struct statvfs status = {};
    return ::statvfs(directory.c_str(), &status) == 0 ? uint64_t(status.f_blocks) * status.f_frsize : 0;
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
