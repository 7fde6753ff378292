#pragma once

#include "storage/model/Histogram.h"
#include "storage/model/Kind.h"
#include "storage/model/NewSeriesRule.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// A project (tenant) by its dense number; `default` is 1.
using ProjectId = uint32_t;
inline constexpr ProjectId defaultProject = 1;

/// A series by its dense number, over all projects. 0 is no series.
using SeriesId = uint32_t;

/// One float sample.
struct Sample
{
    int64_t timestampMs = 0; ///< since the Unix epoch, UTC
    double value = 0;
    bool operator==(const Sample &) const = default;
};

/// One item of a request that was refused, and why.
struct Rejection
{
    uint32_t item = 0;   ///< position of the item in the request
    std::string code;    ///< a stable word: "kind_conflict", "too_old", "bad_name", …
    std::string message; ///< one plain sentence
    bool operator==(const Rejection &) const = default;
};

/// A series as a decoder remembers it from request to request, so that nobody copies, hashes or compares its
/// key again.
///
/// `resolved` belongs to whoever resolves batches (the engine): it may keep there what it found, for example
/// a number of its own generation in the upper half and the series id in the lower, and change the generation
/// whenever ids that it gave out no longer hold. It starts as 0 and decoders never read it. Project, kind and
/// adoptsKind are the same in each batch that refers to one KnownSeries.
///
/// The key may be had twice, here and with whoever resolves: then one of them is enough, see borrow().
class KnownSeries
{
public:
    KnownSeries() = default;
    /// `key` is Labels::key(), including __name__.
    explicit KnownSeries(std::string_view key) { setKey(key, false); }
    KnownSeries(const KnownSeries &) = delete;
    KnownSeries &operator=(const KnownSeries &) = delete;

    /// `mayBorrow` promises that nobody asks for the key once the one who resolves is gone.
    void setKey(std::string_view key, bool mayBorrow)
    {
        own(key);
        m_mayBorrow = mayBorrow;
    }
    std::string_view key() const { return m_key; }

    /// For the one thread that resolves: takes equal bytes in place of its own, which it frees.
    void borrow(std::string_view sameKey) const
    {
        if (!m_mayBorrow || !m_own)
            return;
        m_key = sameKey;
        m_own.reset();
    }
    /// For the same thread: shows the key of the series that its samples go to, until standForItself().
    void standFor(std::string_view otherKey) const
    {
        if (!m_mayBorrow)
            return;
        if (!m_own)
            own(m_key);
        m_key = otherKey;
    }
    void standForItself() const
    {
        if (m_own)
            m_key = {m_own.get(), m_ownSize};
    }

    mutable std::atomic<uint64_t> resolved{0};

private:
    void own(std::string_view key) const
    {
        m_own = std::make_unique_for_overwrite<char[]>(key.size());
        key.copy(m_own.get(), key.size());
        m_ownSize = static_cast<uint32_t>(key.size());
        m_key = {m_own.get(), key.size()};
    }

    mutable std::unique_ptr<char[]> m_own;
    mutable std::string_view m_key;
    mutable uint32_t m_ownSize = 0;
    bool m_mayBorrow = false;
};

/// The base of what keeps the KnownSeries of a decoder alive.
struct KnownOwner
{
    /// How many of its series whoever resolves did not take as they are: refused or folded. A decoder that
    /// remembers very many such forgets them all.
    mutable std::atomic<uint32_t> strangers{0};
};

/// A text that is seldom there: a pointer's size without it.
class SparseText
{
public:
    SparseText() = default;
    SparseText(std::string text)
        : m_text(text.empty() ? nullptr : std::make_unique<std::string>(std::move(text)))
    {
    }
    SparseText(const SparseText &other)
        : SparseText(std::string(other.view()))
    {
    }
    SparseText(SparseText &&) noexcept = default;
    SparseText &operator=(SparseText other) noexcept
    {
        m_text.swap(other.m_text);
        return *this;
    }

    std::string_view view() const { return m_text ? std::string_view(*m_text) : std::string_view(); }
    size_t size() const { return m_text ? m_text->size() : 0; }
    void clear() { m_text.reset(); }

private:
    std::unique_ptr<std::string> m_text;
};

/// What one ingest request decodes to; the unit of commit.
///
/// An item is what the sender counts (one entry of "metrics", "requests" or "llm"); it may become several
/// samples, and is accepted or refused as a whole.
///
/// Series are named once, by their canonical key (Labels::key()), and samples refer to them by their position
/// in `series`. Decoders fill a batch on any thread; the ingest thread resolves positions to series ids.
/// Batches are reused: clear() keeps the memory.
struct Batch
{
    /// Which item of the request something came from, for error reports. For NDJSON and arrays the position
    /// of the item.
    using ItemIndex = uint32_t;

    struct Series
    {
        SparseText key; ///< Labels::key(), including __name__; empty where `known` is set
        Kind kind = Kind::Gauge;
        bool adoptsKind = false; ///< no type was given: take the kind that (project, name) already has
        ItemIndex item = 0;      ///< the first item that named it
        const KnownSeries *known = nullptr; ///< optional; kept alive by `knownOwner`

        std::string_view canonicalKey() const { return known ? known->key() : key.view(); }
    };
    /// A float sample of a distribution series is one observation of that value; where a series adopts
    /// another kind, the number is what that kind makes of it (a gauge's value, an increment, an
    /// observation).
    struct FloatSample
    {
        FloatSample() = default;
        FloatSample(uint32_t seriesPosition, int64_t atMs, double number, ItemIndex ofItem)
            : timestampMs(atMs)
            , value(number)
            , series(seriesPosition)
            , item(ofItem)
        {
        }
        int64_t timestampMs = 0;
        double value = 0;
        uint32_t series = 0; ///< position in `series`
        ItemIndex item = 0;
    };
    struct HistogramSample
    {
        uint32_t series = 0;
        int64_t timestampMs = 0;
        Histogram value;
        ItemIndex item = 0;
    };

    /// What a sender says a name means, apart from samples. It counts for names that are untyped, or not
    /// there yet.
    struct Meaning
    {
        std::string name;
        Kind kind = Kind::Untyped;
    };

    /// What a sender says of a metric for people to read: its family ("http_request_duration_seconds",
    /// without
    /// "_bucket" and the like), the word for its type, its help and its unit. Kept in memory by whoever
    /// observes batches; never on disk.
    struct Description
    {
        std::string family;
        std::string type; ///< of Prometheus' words: "counter", "gauge", "histogram", …
        std::string help;
        std::string unit;
        bool operator==(const Description &) const = default;
    };

    /// A 128-bit hash of the request's Idempotency-Key and one of its body; the scope is (project, key).
    struct Idempotency
    {
        std::array<uint64_t, 2> keyHash{};
        std::array<uint64_t, 2> bodyHash{};
    };

    ProjectId project = defaultProject;
    std::string keyId; ///< of the API key that it came with; empty without one. For those who show it
    std::shared_ptr<const NewSeriesRule> rule; ///< for series that are new; null: that of the project
    uint32_t itemCount = 0;                    ///< items in the request, refused ones included
    std::vector<Rejection> rejections;         ///< items that the decoder refused, by position
    std::optional<Idempotency> idempotency;
    std::vector<Series> series;
    std::vector<FloatSample> floats;
    std::vector<HistogramSample> histograms;
    std::vector<Meaning> meanings;
    std::vector<Description> descriptions;
    uint32_t skippedValues = 0; ///< values of a type that is not stored, left out without an error
    std::shared_ptr<const KnownOwner> knownOwner; ///< keeps every `known` of `series` alive

    bool empty() const { return floats.empty() && histograms.empty() && meanings.empty(); }
    size_t sampleCount() const { return floats.size() + histograms.size(); }
    void clear();
};

} // namespace plimsoll
