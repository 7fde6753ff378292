#pragma once

#include "storage/engine/Head.h"
#include "storage/engine/SealWriter.h"
#include "storage/engine/Seals.h"

#include <deque>

namespace plimsoll {

/// Seals that were replaced or dropped, whose packs stay until no reader can look at them; then they go in
/// slices. Store thread.
class RetiredSeals
{
public:
    /// What `meta.retired` says once these are added too.
    std::string textWith(const std::vector<SealPointer> &more) const;
    void add(const std::vector<SealPointer> &seals);
    bool empty() const { return m_seals.empty(); }
    /// Removes some packs of one that nobody reads any more; false where there is nothing to do now.
    Result<bool> removeSome(Backend &backend);

    /// Ids whose packs no seal names, nor ever will.
    std::vector<uint32_t> leftovers;

    /// A replacement that failed, as far as the answer said.
    struct Doubt
    {
        SealNumbers numbers;
        SealChange change;
        std::vector<SealPointer> replaced;
    };
    std::optional<Doubt> doubt;
    /// Asks the database what became of it.
    Status resolveDoubt(Backend &backend, Head &head);

    /// The ids that a stored text names.
    static std::vector<uint32_t> idsIn(std::string_view text);

private:
    struct Retired
    {
        SealPointer seal;
        uint64_t removed = 0; ///< so many of its series, from the first on
    };
    std::string text(const std::deque<Retired> &seals) const;

    std::deque<Retired> m_seals;
};

} // namespace plimsoll
