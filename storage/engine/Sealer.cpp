#include "storage/engine/Sealer.h"

#include "storage/engine/SealWriter.h"
namespace plimsoll {

Sealer::Sealer(Store &store, const Catalogue &catalogue, Head &head, Shipper &shipper)
    : m_store(store)
    , m_catalogue(catalogue)
    , m_head(head)
    , m_shipper(shipper)
{
}

Sealer::~Sealer()
{
    m_abandoned = true;
    (void)m_store.run([](Backend &) { return Status(); });
}

void Sealer::setPersisted(uint32_t lastSeal, uint64_t releasedSequence)
{
    m_lastSeal = lastSeal;
    m_released = releasedSequence;
    m_releaseQueued = releasedSequence;
}

void Sealer::seal(std::shared_ptr<const HeadWindow> window, uint64_t commit)
{
    {
        const std::lock_guard lock(m_mutex);
        m_work.push_back({std::move(window), ++m_lastSeal, commit});
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
    SealedWindow sealed = sealWindow(*work.window, work.seal, work.commit, m_catalogue);
    BackendWrite write;
    std::shared_ptr<const Seal> seal;
    if (sealed.seal.samples > 0) {
        auto read = readSeal(sealed.seal);
        if (!read)
            return read.error();
        seal = std::move(*read);
        write.seals.push_back(std::move(sealed.seal));
        write.packs = std::move(sealed.packs);
    }
    const Status done = m_shipper.write(backend, write);
    if (done)
        m_head.sealed(work.window.get(), std::move(seal));
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
