#include "storage/engine/rollup/RetiredSeals.h"

#include "storage/engine/LoggedWork.h"

#include <algorithm>
#include <charconv>

namespace plimsoll {

namespace {

constexpr uint64_t bytesPerSlice = 2U << 20;

void appendIds(std::string &out, const Seal &seal)
{
    for (uint32_t i = 0; i < idsOf(seal.resolutionMs); i++) {
        if (!out.empty())
            out += ',';
        out += std::to_string(seal.id + i);
    }
}

} // namespace

std::string RetiredSeals::text(const std::deque<Retired> &seals) const
{
    std::string out;
    for (const Retired &retired : seals)
        appendIds(out, *retired.seal);
    return out;
}

std::string RetiredSeals::textWith(const std::vector<SealPointer> &more) const
{
    std::string out = text(m_seals);
    for (const SealPointer &seal : more)
        appendIds(out, *seal);
    return out;
}

void RetiredSeals::add(const std::vector<SealPointer> &seals)
{
    for (const SealPointer &seal : seals)
        m_seals.push_back({seal, 0});
}

std::vector<uint32_t> RetiredSeals::idsIn(std::string_view text)
{
    std::vector<uint32_t> ids;
    const char *end = text.data() + text.size();
    for (const char *at = text.data(); at < end; at++) {
        uint32_t id = 0;
        at = std::from_chars(at, end, id).ptr;
        ids.push_back(id);
    }
    return ids;
}

Status RetiredSeals::resolveDoubt(Backend &backend, Head &head)
{
    const auto state = backend.load();
    if (!state)
        return state.error();
    const auto isThere = [&](uint32_t id) {
        return std::ranges::any_of(state->seals, [&](const StoredSeal &seal) { return seal.id == id; });
    };
    const SealChange &change = doubt->change;
    const bool happened = change.added.empty() ? !change.removed.empty() && !isThere(change.removed.front())
                                               : isThere(change.added.front()->id);
    if (happened) {
        add(doubt->replaced);
        head.changeSeals(change);
    } else {
        for (uint32_t i = 0; i < idsPerSealPair; i++)
            leftovers.push_back(doubt->numbers.samples + i);
    }
    doubt.reset();
    return {};
}

Result<bool> RetiredSeals::removeSome(Backend &backend)
{
    const auto it = std::ranges::find_if(m_seals, [](const Retired &r) { return r.seal.use_count() == 1; });
    if (it == m_seals.end())
        return false;
    const LoggedWork logged("removal");
    const Seal &seal = *it->seal;
    const uint64_t count = seal.series.cardinality();
    const uint64_t slices = seal.bytes / bytesPerSlice + 1;
    const uint64_t next = it->removed + count / slices + 1;
    BackendWrite write;
    write.unhurried = true;
    if (next < count) {
        uint32_t last = 0;
        seal.series.select(static_cast<uint32_t>(next - 1), &last);
        for (uint32_t i = 0; i < idsOf(seal.resolutionMs); i++)
            write.removedPacks.push_back({seal.id + i, 0, last});
        if (Status done = backend.write(write); !done)
            return done.error();
        it->removed = next;
        return true;
    }
    for (uint32_t i = 0; i < idsOf(seal.resolutionMs); i++)
        write.removedSeals.push_back(seal.id + i);
    std::deque<Retired> rest;
    std::copy_if(m_seals.begin(), m_seals.end(), std::back_inserter(rest),
                 [&](const Retired &r) { return &r != &*it; });
    write.meta["retired"] = text(rest);
    if (Status done = backend.write(write); !done)
        return done.error();
    m_seals = std::move(rest);
    return true;
}

} // namespace plimsoll
