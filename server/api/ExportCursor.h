#pragma once

#include "storage/model/Labels.h"
#include "storage/model/Result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace plimsoll::api {

/// Where an export stopped, so that another request goes on just there. Exports go series by series in the
/// order of labels, and through each in the order of time.
struct ExportCursor
{
    uint64_t asked = 0; ///< digest of project, metrics and selectors: it continues that export and no other
    int64_t fromMs = 0; ///< of the whole export
    int64_t toMs = 0;   ///< of the whole export, inclusive
    uint64_t seriesHigh = 0; ///< 128 bits that stand for the labels of the series
    uint64_t seriesLow = 0;
    int64_t nextMs = 0; ///< the first sample to come is of this time or later
    std::string totals; ///< running totals of the series up to there (ExportText::totals()); may be empty

    /// Letters, digits, - and _.
    std::string toText() const;
    /// Fails with Invalid for anything that toText() did not write.
    static Result<ExportCursor> fromText(std::string_view text);

    /// Notes that the samples of a series are through up to `nextMs`.
    void moveTo(const Labels &series, int64_t nextMs);
    bool isAt(const Labels &series) const;
};

} // namespace plimsoll::api
