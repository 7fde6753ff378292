#pragma once

#include "storage/backend/BackendSnapshot.h"
#include "storage/engine/Catalogue.h"
#include "storage/engine/Pack.h"
#include "storage/upkeep/DoctorReport.h"
#include "storage/upkeep/Progress.h"

#include <optional>

namespace plimsoll {

/// What a seal must say, as its packs tell.
struct SealFacts
{
    Roaring series;
    uint64_t samples = 0;
    uint64_t bytes = 0;
    int64_t minMs = INT64_MAX;
    int64_t maxMs = INT64_MIN;
};

/// Reads a whole database and names everything that does not fit together. One thread; used once.
class DatabaseCheck
{
public:
    DatabaseCheck(BackendSnapshot &database, DoctorReport &report, const Progress &progress)
        : m_database(database)
        , m_report(report)
        , m_progress(progress)
    {
    }

    /// Fails only where the check itself could not be carried out; what is damaged is in the report.
    Status run();

    /// What was found out about seals; for a repair. Seals without a sound pack are not in it.
    const std::map<uint32_t, SealFacts> &seals() const { return m_facts; }

private:
    void checkStructure();
    void checkCatalogue(const BackendState &state);
    void checkReceipts(const BackendState &state);
    Status checkPacks(const BackendState &state);
    void checkPack(const StoredPack &stored, const StoredSeal &seal);
    void checkHours(const StoredPack &stored, const StoredSeal &seal);
    void checkEntry(const Pack &pack, const PackEntry &entry, const StoredSeal &seal,
                    const std::string &where);
    void checkSeals(const BackendState &state);
    void checkSeal(const StoredSeal &seal, const SealFacts &facts);
    Status checkDays();
    Status checkDocuments();

    BackendSnapshot &m_database;
    DoctorReport &m_report;
    const Progress &m_progress;
    Catalogue m_catalogue;
    std::map<uint32_t, SealFacts> m_facts;
};

/// Why an entry of a pack of samples is not sound; nothing where it is. `kind` of the series, if it is known.
std::optional<std::string> faultOf(const Pack &pack, const PackEntry &entry, const StoredSeal &seal,
                                   std::optional<Kind> kind);

} // namespace plimsoll
