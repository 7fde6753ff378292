#pragma once

#include "storage/model/Batch.h"
#include "storage/model/Labels.h"
#include "storage/model/Matcher.h"
#include "storage/model/Result.h"
#include "storage/model/RollupColumns.h"
#include "storage/model/StopToken.h"

#include <memory>
#include <span>
#include <vector>

namespace plimsoll {

/// A series that a selection found.
struct SelectedSeries
{
    SeriesId id = 0;
    Kind kind = Kind::Gauge;
    std::shared_ptr<const Labels> labels; ///< with __name__
};

/// The samples of one float series in time order, as columns of equal length; one entry per timestamp.
struct FloatColumns
{
    std::vector<int64_t> timestampsMs;
    std::vector<double> values;

    size_t size() const { return timestampsMs.size(); }
    void clear()
    {
        timestampsMs.clear();
        values.clear();
    }
};

/// The samples of one histogram series in time order.
struct HistogramColumns
{
    std::vector<int64_t> timestampsMs;
    std::vector<Histogram> values;

    size_t size() const { return timestampsMs.size(); }
    void clear()
    {
        timestampsMs.clear();
        values.clear();
    }
};

/// From when on a series has its samples and its hours; what lies before was dropped.
struct Coverage
{
    int64_t samplesFromMs = INT64_MIN;
    int64_t hoursFromMs = INT64_MIN;
    bool hasHours = false; ///< readHours() works
};

/// A frozen view of all acknowledged samples, for the time of one query. Cheap to hold; safe to use from one
/// thread at a time (of those that read concurrently: from several), and from another one than the writer's.
/// All time bounds are milliseconds and inclusive on both ends.
class SeriesReader
{
public:
    virtual ~SeriesReader() = default;

    /// What one read may do from now on: it ends soon after `stop` says so, with its status, and it fails
    /// with TooLarge before it holds more than `maxSamples`. The token must outlive this, or be taken back by
    /// unbind(). A frozen view does not change by it, so a const one takes it.
    virtual void bind(const StopToken &stop, uint64_t maxSamples) const
    {
        m_stop = &stop;
        m_maxSamples = maxSamples;
    }
    void unbind() const { bind(StopToken::never(), UINT64_MAX); }

    /// The series of a project that satisfy all matchers and may have samples in [fromMs, toMs], ordered by
    /// labels. Fails with Invalid for a bad regular expression.
    virtual Result<std::vector<SelectedSeries>> select(ProjectId project, std::span<const Matcher> matchers,
                                                       int64_t fromMs, int64_t toMs) const = 0;

    /// Replaces `out` by the samples of a float series (gauge, counter, delta, untyped) in [fromMs, toMs].
    /// Samples of a delta series are its increments.
    virtual Status readFloats(SeriesId series, int64_t fromMs, int64_t toMs, FloatColumns &out) const = 0;

    /// Replaces `out` by some of these samples, among them the newest: enough to look back from one instant.
    virtual Status readNewestFloat(SeriesId series, int64_t fromMs, int64_t toMs, FloatColumns &out) const
    {
        return readFloats(series, fromMs, toMs, out);
    }

    /// Replaces `out` by the samples of a histogram or distribution series in [fromMs, toMs]. Samples of a
    /// distribution are its increments.
    virtual Status readHistograms(SeriesId series, int64_t fromMs, int64_t toMs,
                                  HistogramColumns &out) const = 0;

    /// The sum of all increments of a delta series before `beforeMs` (exclusive), exact where its addends are
    /// decimals.
    virtual Result<double> totalBefore(SeriesId series, int64_t beforeMs) const = 0;

    /// The merged increments of a distribution series before `beforeMs` (exclusive).
    virtual Result<Histogram> histogramBefore(SeriesId series, int64_t beforeMs) const = 0;

    /// The merged increments of a distribution series in [fromMs, toMs]. Reads and merges each; a reader that
    /// keeps merged histograms of whole chunks overrides it.
    virtual Result<Histogram> histogramBetween(SeriesId series, int64_t fromMs, int64_t toMs) const;

    /// What is left of a series at which resolution. A reader without rollups has all samples.
    virtual Coverage coverage(SeriesId series) const;
    /// Replaces `out` by the hours of a series that overlap [fromMs, toMs], with the columns asked for
    /// (RollupParts). Hours that only samples know yet are computed from them.
    virtual Status readHours(SeriesId series, int64_t fromMs, int64_t toMs, uint8_t parts,
                             RollupColumns &out) const;
    /// The same for the days that are stored; the day under way is not, nor one that is just over.
    virtual Status readDays(SeriesId series, int64_t fromMs, int64_t toMs, RollupColumns &out) const;

    /// Whether several threads may read series at a time.
    virtual bool readsConcurrently() const { return false; }

    /// What was left out of the answers so far because it is damaged, one sentence each.
    virtual std::vector<std::string> warnings() const { return {}; }

protected:
    const StopToken &stop() const { return *m_stop; }
    uint64_t maxSamples() const { return m_maxSamples; }
    /// Whether a read that will hold so many samples may go on.
    Status mayHold(uint64_t samples) const;

private:
    mutable const StopToken *m_stop = &StopToken::never();
    mutable uint64_t m_maxSamples = UINT64_MAX;
};

/// The role of whoever can open such views. Safe to call from any thread; a view sees every sample that was
/// acknowledged before the call.
class ReaderSource
{
public:
    virtual ~ReaderSource() = default;
    virtual std::unique_ptr<SeriesReader> openReader() const = 0;
};

} // namespace plimsoll
