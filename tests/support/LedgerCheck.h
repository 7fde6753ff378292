#pragma once

#include "storage/model/SeriesReader.h"
#include "tests/support/Ledger.h"

#include <string>
#include <vector>

namespace plimsoll::test {

/// Compares what a reader has, sample by sample, hour by hour and day by day, with what the ledger says.
struct LedgerCheck
{
    std::vector<std::string> differences; ///< the first few, in words
    uint64_t different = 0;
    uint64_t samples = 0;   ///< that were compared
    uint64_t hours = 0;     ///< likewise; those whose samples are gone are among them
    uint64_t lateHours = 0; ///< of which so many lie before the floor of samples
    uint64_t days = 0;

    bool none() const { return different == 0; }
    std::string text() const;

    /// `daysUpToMs`: every day that ends by then must be stored; later ones are not looked at. `daysFromMs`:
    /// those that began before it may be gone.
    static LedgerCheck of(const SeriesReader &reader, const Ledger &ledger, int64_t daysFromMs,
                          int64_t daysUpToMs);

private:
    void compareSeries(const SeriesReader &reader, const SelectedSeries &series, const Ledger::Series &sent,
                       int64_t daysFromMs, int64_t daysUpToMs);
    void compareSamples(const SeriesReader &reader, const SelectedSeries &series, const Ledger::Series &sent);
    void compareHours(const SeriesReader &reader, const SelectedSeries &series, const Ledger::Series &sent);
    void compareDays(const SeriesReader &reader, const SelectedSeries &series, const Ledger::Series &sent,
                     int64_t fromMs, int64_t upToMs);
    void compareSpan(const std::string &name, const RollupColumns &columns, size_t i,
                     const Ledger::Series &sent, bool day);
    void note(const std::string &what);
};

} // namespace plimsoll::test
