#include "storage/engine/HeadArena.h"

#include <algorithm>
#include <cassert>
#include <new>
#include <sys/mman.h>

namespace plimsoll {

namespace {
constexpr size_t alignment = 16;
constexpr size_t firstBlock = 8 * 1024;
constexpr size_t largestBlock = 1 << 20;
} // namespace

HeadArena::~HeadArena()
{
    for (const Block &block : m_blocks)
        ::munmap(block.start, block.size);
}

char *HeadArena::take(size_t bytes)
{
    bytes = (bytes + alignment - 1) / alignment * alignment;
    assert(bytes <= maxPiece);
    if (bytes > m_left)
        addBlock();
    char *piece = m_next;
    m_next += bytes;
    m_left -= bytes;
    return piece;
}

void HeadArena::addBlock()
{
    const size_t size = m_blocks.empty()
                            ? firstBlock
                            : std::min(largestBlock, std::max(firstBlock, m_bytes / 4 / 4096 * 4096));
    void *start = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        throw std::bad_alloc();
    m_blocks.push_back({static_cast<char *>(start), size});
    m_next = static_cast<char *>(start);
    m_left = size;
    m_bytes += size;
}

} // namespace plimsoll
