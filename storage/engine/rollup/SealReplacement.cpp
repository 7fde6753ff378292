#include "storage/engine/rollup/SealReplacement.h"

namespace plimsoll {

SealReplacement::SealReplacement(UpkeepContext &context, RetiredSeals &retired)
    : m_context(context)
    , m_retired(retired)
    , m_numbers(numbersFrom(context.ids.take(idsPerSealPair)))
{
}

SealReplacement::~SealReplacement()
{
    for (uint32_t i = 0; m_begun && i < idsPerSealPair; i++)
        m_retired.leftovers.push_back(m_numbers.samples + i);
}

Status SealReplacement::write(Backend &backend, std::vector<StoredPack> packs)
{
    if (packs.empty())
        return {};
    BackendWrite write;
    write.unhurried = true;
    write.packs = std::move(packs);
    if (!m_begun)
        write.meta["building"] = std::to_string(m_numbers.samples);
    m_begun = true;
    return backend.write(write);
}

Status SealReplacement::finish(Backend &backend, std::vector<StoredPack> packs, std::vector<StoredSeal> seals,
                               const std::vector<SealPointer> &replaced,
                               std::map<std::string, std::string> meta, std::optional<Floors> floors)
{
    BackendWrite write;
    write.unhurried = true;
    SealChange change;
    write.meta = std::move(meta);
    write.packs = std::move(packs);
    for (StoredSeal &stored : seals) {
        if (stored.samples == 0)
            continue;
        auto seal = readSeal(stored);
        if (!seal)
            return seal.error();
        change.added.push_back(std::move(*seal));
        write.seals.push_back(std::move(stored));
    }
    if (m_begun)
        write.meta["building"] = "";
    if (floors)
        floors->writeTo(write.meta);
    change.floors = std::move(floors);
    for (const SealPointer &seal : replaced)
        change.removed.push_back(seal->id);
    write.retiredSeals = change.removed;
    write.meta["retired"] = m_retired.textWith(replaced);
    m_begun = false;
    if (Status done = backend.write(write); !done) {
        m_retired.doubt = RetiredSeals::Doubt{m_numbers, std::move(change), replaced};
        return done;
    }
    m_retired.add(replaced);
    m_context.head.changeSeals(change);
    return {};
}

} // namespace plimsoll
