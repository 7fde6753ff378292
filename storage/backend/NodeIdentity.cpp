#include "storage/backend/NodeIdentity.h"

#include <cerrno>
#include <cstring>
#include <random>

#include <fcntl.h>
#include <unistd.h>

namespace plimsoll {

namespace {

constexpr size_t digits = 32;

std::string randomIdentity()
{
    std::random_device random;
    std::string identity;
    while (identity.size() < digits)
        identity += "0123456789abcdef"[random() % 16];
    return identity;
}

Error unwritable(const std::filesystem::path &file)
{
    return {ErrorCode::Unavailable,
            "The file " + file.string() + " cannot be written: " + std::strerror(errno) + ".",
            "Check that the disk works and that Plimsoll may write there."};
}

/// Complete and durable, or not there: written beside its place, synced, renamed.
Status writeDurably(const std::filesystem::path &file, const std::string &text)
{
    const std::string temporary = file.string() + ".new";
    const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return unwritable(file);
    const bool written =
        ::write(descriptor, text.data(), text.size()) == ssize_t(text.size()) && ::fsync(descriptor) == 0;
    ::close(descriptor);
    if (!written || ::rename(temporary.c_str(), file.c_str()) != 0)
        return unwritable(file);
    const int directory = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = directory >= 0 && ::fsync(directory) == 0;
    ::close(directory);
    return synced ? Status() : Status(unwritable(file));
}

} // namespace

Result<std::string> nodeIdentity(const std::filesystem::path &directory)
{
    const std::filesystem::path file = directory / "node";
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        const std::string identity = randomIdentity();
        const Status written = writeDurably(file, identity + "\n");
        return written ? Result<std::string>(identity) : Result<std::string>(written.error());
    }
    char bytes[digits + 2];
    const ssize_t size = ::read(descriptor, bytes, sizeof bytes);
    ::close(descriptor);
    const std::string identity(bytes, static_cast<size_t>(std::clamp<ssize_t>(size, 0, digits)));
    if (identity.size() == digits && identity.find_first_not_of("0123456789abcdef") == std::string::npos)
        return identity;
    return Error{ErrorCode::Corrupt, "The file " + file.string() + " is not a node's identity.",
                 "Restore it from a backup; without it this directory enters the database as a new node."};
}

} // namespace plimsoll
