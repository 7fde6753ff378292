#pragma once

#include <cstddef>
#include <vector>

namespace plimsoll {

/// Memory that is taken in pieces and given back as a whole, to the system at once. One thread takes.
class HeadArena
{
public:
    static constexpr size_t maxPiece = 4096;

    HeadArena() = default;
    ~HeadArena();
    HeadArena(const HeadArena &) = delete;
    HeadArena &operator=(const HeadArena &) = delete;

    /// Zeroed room for up to maxPiece bytes, aligned to 16.
    char *take(size_t bytes);
    /// What was asked of the system.
    size_t bytes() const { return m_bytes; }

private:
    struct Block
    {
        char *start;
        size_t size;
    };
    void addBlock();

    std::vector<Block> m_blocks;
    char *m_next = nullptr;
    size_t m_left = 0;
    size_t m_bytes = 0;
};

} // namespace plimsoll
