#include "app/StartPages.h"

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <malloc.h>
#include <sys/mman.h>

namespace plimsoll::app {

void releaseStartPages()
{
    malloc_trim(0);
    std::FILE *maps = std::fopen("/proc/self/maps", "re");
    if (!maps)
        return;
    char line[512];
    while (std::fgets(line, sizeof line, maps)) {
        uintptr_t begin = 0;
        uintptr_t end = 0;
        char permissions[5] = {};
        const bool parsed =
            std::sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &begin, &end, permissions) == 3;
        const bool codeOfAFile = std::strcmp(permissions, "r-xp") == 0 && std::strchr(line, '/') != nullptr;
        if (parsed && codeOfAFile)
            madvise(reinterpret_cast<void *>(begin), end - begin, MADV_DONTNEED);
    }
    std::fclose(maps);
}

} // namespace plimsoll::app
