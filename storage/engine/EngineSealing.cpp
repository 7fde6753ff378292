#include "storage/engine/EngineParts.h"

namespace plimsoll {

namespace {

constexpr int64_t graceMs = 5 * 60'000;     ///< how long a window that is over waits for late samples
constexpr int64_t quietMs = 60'000;         ///< how long it must have been quiet
constexpr int64_t patienceMs = 15 * 60'000; ///< how long it waits for quiet

} // namespace

void Engine::Parts::sealAll()
{
    for (const auto &window : head.openWindows())
        sealWindow(window.startMs, journal.nextSequence() - 1);
}

bool Engine::Parts::isOver(const Head::OpenWindow &window, int64_t nowMs) const
{
    if (window.endMs + graceMs > nowMs)
        return false;
    return window.touchedMs + quietMs <= nowMs || window.createdMs + patienceMs <= nowMs;
}

/// `commit` is the newest one with samples in it.
void Engine::Parts::sealWindow(int64_t startMs, uint64_t commit)
{
    if (auto window = head.freeze(startMs))
        sealer.seal(std::move(window), commit);
}

void Engine::Parts::sealWhatIsOver()
{
    const int64_t nowMs = clock.nowMs();
    for (const auto &window : head.openWindows()) {
        if (isOver(window, nowMs))
            sealWindow(window.startMs, journal.nextSequence() - 1);
    }
}

void Engine::Parts::sealForRoom()
{
    if (head.openBytes() <= options.headMaxBytes)
        return;
    for (const auto &window : head.openWindows()) {
        if (head.openBytes() <= options.headMaxBytes / 4 * 3)
            return;
        sealWindow(window.startMs, journal.nextSequence() - 1);
    }
}

} // namespace plimsoll
