#include "storage/engine/Sealer.h"

#include "storage/engine/LoggedWork.h"
#include "storage/engine/rollup/DaysDue.h"

namespace plimsoll {

Sealer::Sealer(Store &store, const Catalogue &catalogue, Head &head, Shipper &shipper, SealIds &ids)
    : m_store(store)
    , m_catalogue(catalogue)
    , m_head(head)
    , m_shipper(shipper)
    , m_ids(ids)
{
}

Sealer::~Sealer()
{
    m_abandoned = true;
    (void)m_store.run([](Backend &) { return Status(); });
}

void Sealer::setPersisted(uint64_t releasedSequence)
{
    m_released = releasedSequence;
    m_releaseQueued = releasedSequence;
}

void Sealer::seal(std::shared_ptr<const HeadWindow> window, uint64_t commit)
{
    {
        const std::lock_guard lock(m_mutex);
        m_work.push_back({std::move(window), numbersFrom(m_ids.take(idsPerSealPair)), commit});
    }
    postRun();
}

void Sealer::postRun()
{
    m_store.post([this](Backend &backend) { runNext(backend); });
}

void Sealer::runNext(Backend &backend)
{
    Work work;
    {
        const std::lock_guard lock(m_mutex);
        if (m_abandoned || m_work.empty() || m_stalledBy)
            return;
        work = m_work.front();
    }
    const Status done = run(backend, work);
    const std::lock_guard lock(m_mutex);
    if (done)
        m_work.pop_front();
    else
        m_stalledBy = done.error();
}

Status Sealer::run(Backend &backend, const Work &work)
{
    const LoggedWork logged("seal");
    SealedWindow sealed = sealWindow(*work.window, work.numbers, work.commit, m_catalogue);
    BackendWrite write;
    SealChange change;
    change.addsSamples = true;
    for (const StoredSeal &stored : sealed.seals) {
        auto seal = readSeal(stored);
        if (!seal)
            return seal.error();
        change.added.push_back(std::move(*seal));
    }
    write.packs = std::move(sealed.packs);
    if (!sealed.seals.empty())
        write.meta[daysDueKey(work.window->startMs())] = std::to_string(work.window->startMs());
    write.seals = std::move(sealed.seals);
    const Status done = m_shipper.write(backend, write);
    if (!done)
        return done;
    const bool any = !change.added.empty();
    m_head.sealed(work.window.get(), change);
    if (any)
        m_onSealed(work.window->startMs());
    return done;
}

void Sealer::retry()
{
    size_t waiting = 0;
    {
        const std::lock_guard lock(m_mutex);
        if (!m_stalledBy)
            return;
        m_stalledBy.reset();
        waiting = m_work.size();
    }
    for (size_t i = 0; i < waiting; i++)
        postRun();
}

std::optional<Error> Sealer::stalledBy() const
{
    const std::lock_guard lock(m_mutex);
    return m_stalledBy;
}

void Sealer::release(uint64_t sequence)
{
    if (sequence <= m_releaseQueued)
        return;
    m_releaseQueued = sequence;
    m_store.post([this, sequence](Backend &backend) { runRelease(backend, sequence); });
}

/// A release that fails is only late: the next one covers it.
void Sealer::runRelease(Backend &backend, uint64_t sequence)
{
    if (m_abandoned)
        return;
    const LoggedWork logged("release");
    BackendWrite write;
    write.meta["released_sequence"] = std::to_string(sequence);
    if (m_shipper.write(backend, write))
        m_released = sequence;
}

Status Sealer::finish()
{
    (void)m_store.run([](Backend &) { return Status(); });
    if (const auto error = stalledBy())
        return *error;
    return {};
}

} // namespace plimsoll
