#pragma once

#include "storage/engine/Disk.h"

#include <cstdlib>

namespace plimsoll {

/// An open file of the machine. Takes the descriptor over.
class PosixFile final : public DiskFile
{
public:
    PosixFile(int descriptor, std::filesystem::path path, bool direct);
    ~PosixFile() override;
    PosixFile(const PosixFile &) = delete;
    PosixFile &operator=(const PosixFile &) = delete;

    Status write(uint64_t offset, std::string_view bytes) override;
    Status sync() override;
    Status writeDurably(uint64_t offset, std::string_view bytes) override;
    Result<size_t> read(uint64_t offset, char *buffer, size_t size) const override;
    uint64_t size() const override;

private:
    struct Free
    {
        void operator()(void *memory) const { std::free(memory); }
    };
    bool openDirect();

    const int m_descriptor;
    const std::filesystem::path m_path;
    bool m_mayBeDirect;
    int m_direct = -1; ///< the same file with O_DIRECT and O_DSYNC, opened when it is first wanted
    std::unique_ptr<char, Free> m_aligned;
};

} // namespace plimsoll
