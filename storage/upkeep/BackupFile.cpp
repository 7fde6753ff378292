#include "storage/upkeep/BackupFile.h"

#include "storage/engine/ByteOrder.h"
#include "storage/engine/SystemError.h"

#include <xxhash.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>

namespace plimsoll {

namespace {

constexpr std::string_view magic = "PLIMSOLL-BACKUP1";
constexpr size_t endBytes = 64;
constexpr size_t pieceBytes = 1 << 20;

class File
{
public:
    File(const std::filesystem::path &path, int flags)
        : m_path(path)
        , m_descriptor(::open(path.c_str(), flags | O_CLOEXEC, 0600))
    {
    }
    ~File()
    {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }
    File(const File &) = delete;
    File &operator=(const File &) = delete;

    bool isOpen() const { return m_descriptor >= 0; }
    Error error(std::string_view doing) const { return systemError(doing, m_path); }

    Result<uint64_t> size() const
    {
        struct stat status = {};
        if (::fstat(m_descriptor, &status) != 0)
            return error("Reading");
        return static_cast<uint64_t>(status.st_size);
    }
    /// All of the buffer, or a failure.
    Status read(uint64_t offset, char *buffer, size_t size) const
    {
        for (size_t done = 0; done < size;) {
            const ssize_t got = ::pread(m_descriptor, buffer + done, size - done, off_t(offset + done));
            if (got < 0 && errno == EINTR)
                continue;
            if (got < 0)
                return error("Reading");
            if (got == 0)
                return Error{ErrorCode::Corrupt, "The file " + m_path.string() + " ends early.", {}};
            done += static_cast<size_t>(got);
        }
        return {};
    }
    Status write(uint64_t offset, std::string_view bytes) const
    {
        while (!bytes.empty()) {
            const ssize_t put = ::pwrite(m_descriptor, bytes.data(), bytes.size(), off_t(offset));
            if (put < 0 && errno == EINTR)
                continue;
            if (put < 0)
                return error("Writing");
            bytes.remove_prefix(static_cast<size_t>(put));
            offset += static_cast<uint64_t>(put);
        }
        return {};
    }
    Status sync() const
    {
        if (::fsync(m_descriptor) != 0)
            return error("Syncing");
        return {};
    }

private:
    const std::filesystem::path m_path;
    const int m_descriptor;
};

struct HashFree
{
    void operator()(XXH3_state_t *state) const { XXH3_freeState(state); }
};

/// Hashes the first bytes of a file; calls `take` with each piece and its offset.
template<typename Take>
Result<XXH128_hash_t> hashOf(const File &file, uint64_t bytes, const Progress &progress, Take take)
{
    const std::unique_ptr<XXH3_state_t, HashFree> state(XXH3_createState());
    XXH3_128bits_reset(state.get());
    std::string piece;
    for (uint64_t at = 0; at < bytes; at += piece.size()) {
        if (Status go = progress.check(); !go)
            return go.error();
        piece.resize(std::min<uint64_t>(pieceBytes, bytes - at));
        if (Status read = file.read(at, piece.data(), piece.size()); !read)
            return read.error();
        XXH3_128bits_update(state.get(), piece.data(), piece.size());
        if (Status taken = take(at, piece); !taken)
            return taken.error();
        progress.say(at + piece.size(), bytes);
    }
    return XXH3_128bits_digest(state.get());
}

struct End
{
    BackupInfo info;
    XXH128_hash_t hash{};
};

Error notABackup(const std::filesystem::path &path)
{
    return {ErrorCode::Invalid, path.string() + " is not a backup of Plimsoll, or its end is missing.",
            "A backup is written by \"plimsoll backup FILE\"; a copy of it must be whole."};
}

Result<End> readEnd(const File &file, const std::filesystem::path &path)
{
    const auto size = file.size();
    if (!size)
        return size.error();
    std::string bytes(endBytes, '\0');
    if (*size < endBytes || !file.read(*size - endBytes, bytes.data(), bytes.size()))
        return notABackup(path);
    std::string_view rest = bytes;
    if (!rest.starts_with(magic))
        return notABackup(path);
    rest.remove_prefix(magic.size());
    End end;
    uint64_t reserved = 0;
    uint64_t check = 0;
    takeFixed(rest, end.info.bytes);
    takeFixed(rest, end.info.createdMs);
    takeFixed(rest, end.hash.low64);
    takeFixed(rest, end.hash.high64);
    takeFixed(rest, reserved);
    takeFixed(rest, check);
    if (check != XXH3_64bits(bytes.data(), endBytes - sizeof check) || end.info.bytes != *size - endBytes)
        return Error{ErrorCode::Corrupt, "The backup " + path.string() + " is damaged at its end.",
                     "Take another copy of it. Nothing was changed."};
    return end;
}

} // namespace

Result<BackupInfo> finishBackupFile(const std::filesystem::path &path, int64_t createdMs)
{
    const File file(path, O_RDWR);
    if (!file.isOpen())
        return file.error("Opening");
    const auto size = file.size();
    if (!size)
        return size.error();
    const auto hash = hashOf(file, *size, {}, [](uint64_t, const std::string &) { return Status(); });
    if (!hash)
        return hash.error();
    std::string end(magic);
    appendFixed(end, *size);
    appendFixed(end, createdMs);
    appendFixed(end, hash->low64);
    appendFixed(end, hash->high64);
    appendFixed(end, uint64_t(0));
    appendFixed(end, uint64_t(XXH3_64bits(end.data(), end.size())));
    Status done = file.write(*size, end);
    if (done)
        done = file.sync();
    if (!done)
        return done.error();
    return BackupInfo{*size, createdMs};
}

Result<BackupInfo> readBackupInfo(const std::filesystem::path &path)
{
    const File file(path, O_RDONLY);
    if (!file.isOpen())
        return file.error("Opening");
    const auto end = readEnd(file, path);
    if (!end)
        return end.error();
    return end->info;
}

Result<BackupInfo> checkBackupFile(const std::filesystem::path &path, const std::filesystem::path &copyTo,
                                   const Progress &progress)
{
    const File file(path, O_RDONLY);
    if (!file.isOpen())
        return file.error("Opening");
    const auto end = readEnd(file, path);
    if (!end)
        return end.error();
    std::unique_ptr<File> copy;
    if (!copyTo.empty()) {
        copy = std::make_unique<File>(copyTo, O_WRONLY | O_CREAT | O_TRUNC);
        if (!copy->isOpen())
            return copy->error("Making");
    }
    const auto hash = hashOf(file, end->info.bytes, progress, [&](uint64_t at, const std::string &piece) {
        return copy ? copy->write(at, piece) : Status();
    });
    if (!hash)
        return hash.error();
    if (!XXH128_isEqual(*hash, end->hash))
        return Error{ErrorCode::Corrupt,
                     "The backup " + path.string() + " is damaged: its checksum does not hold.",
                     "Take another copy of it. Nothing was changed."};
    if (copy) {
        if (Status synced = copy->sync(); !synced)
            return synced.error();
    }
    return end->info;
}

} // namespace plimsoll
