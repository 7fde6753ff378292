#include "storage/engine/PosixFile.h"

#include "storage/engine/SystemError.h"

#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace plimsoll {

namespace {
constexpr size_t blockBytes = 4096;
constexpr size_t maxDirect = 256 * 1024;
} // namespace

PosixFile::PosixFile(int descriptor, std::filesystem::path path, bool direct)
    : m_descriptor(descriptor)
    , m_path(std::move(path))
    , m_mayBeDirect(direct)
{
}

PosixFile::~PosixFile()
{
    if (m_direct >= 0)
        ::close(m_direct);
    ::close(m_descriptor);
}

Status PosixFile::write(uint64_t offset, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t done = ::pwrite(m_descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return systemError("Writing", m_path, done == 0 ? ENOSPC : errno);
        bytes.remove_prefix(static_cast<size_t>(done));
        offset += static_cast<uint64_t>(done);
    }
    return {};
}

Status PosixFile::sync()
{
    if (::fdatasync(m_descriptor) != 0)
        return systemError("Syncing", m_path);
    return {};
}

bool PosixFile::openDirect()
{
    if (m_direct >= 0)
        return true;
    if (!m_mayBeDirect)
        return false;
    // The aligned buffer first: a descriptor without it would be of no use.
    m_aligned.reset(static_cast<char *>(std::aligned_alloc(blockBytes, maxDirect)));
    m_direct = m_aligned ? ::open(m_path.c_str(), O_WRONLY | O_DIRECT | O_DSYNC | O_CLOEXEC) : -1;
    m_mayBeDirect = m_direct >= 0;
    return m_mayBeDirect;
}

Status PosixFile::writeDurably(uint64_t offset, std::string_view bytes)
{
    const bool fits = bytes.size() <= maxDirect && bytes.size() % blockBytes == 0 && offset % blockBytes == 0;
    if (!fits || !openDirect())
        return DiskFile::writeDurably(offset, bytes);
    std::memcpy(m_aligned.get(), bytes.data(), bytes.size());
    ssize_t done = -1;
    do {
        done = ::pwrite(m_direct, m_aligned.get(), bytes.size(), static_cast<off_t>(offset));
    } while (done < 0 && errno == EINTR);
    if (done == static_cast<ssize_t>(bytes.size()))
        return {};
    if (done < 0 && errno != EINVAL)
        return systemError("Writing", m_path);
    // A file system may refuse what it let us open, or take only a part.
    m_mayBeDirect = done >= 0;
    if (done < 0) {
        ::close(m_direct);
        m_direct = -1;
    }
    return DiskFile::writeDurably(offset, bytes);
}

Result<size_t> PosixFile::read(uint64_t offset, char *buffer, size_t size) const
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

uint64_t PosixFile::size() const
{
    struct stat status = {};
    return ::fstat(m_descriptor, &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
}

} // namespace plimsoll
