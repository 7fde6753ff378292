#include "storage/engine/DirectoryLock.h"

#include "storage/engine/SystemError.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace plimsoll {

namespace {

std::string holderOf(int descriptor)
{
    char text[32] = {};
    const ssize_t size = ::pread(descriptor, text, sizeof text - 1, 0);
    std::string holder(text, size > 0 ? static_cast<size_t>(size) : 0);
    while (!holder.empty() && holder.back() == '\n')
        holder.pop_back();
    return holder.empty() ? "unknown" : holder;
}

} // namespace

Result<std::unique_ptr<DirectoryLock>> DirectoryLock::acquire(const std::filesystem::path &directory)
{
    const auto path = directory / "lock";
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return systemError("Opening", path);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        const std::string holder = holderOf(descriptor);
        ::close(descriptor);
        return Error{ErrorCode::Conflict,
                     "The data directory " + directory.string() + " is in use by the process " + holder + ".",
                     "Stop that process, or choose another directory with --data."};
    }
    std::unique_ptr<DirectoryLock> lock(new DirectoryLock(descriptor));
    const std::string holder = std::to_string(::getpid()) + "\n";
    if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, holder.data(), holder.size(), 0) < 0)
        return systemError("Writing", path);
    return lock;
}

DirectoryLock::~DirectoryLock() { ::close(m_descriptor); }

} // namespace plimsoll
