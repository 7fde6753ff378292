#pragma once

#include "server/ingest/ItemError.h"
#include "server/ingest/Prices.h"
#include "server/ingest/SeriesCache.h"
#include "storage/model/Batch.h"
#include "storage/model/Labels.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace plimsoll::ingest {

/// A metric's name as it stands in the request, and the value of a sample.
struct NamedValue
{
    std::string_view rawName;
    double value = 0;
};

/// What the type of an item says about its series.
struct SampleType
{
    Kind kind = Kind::Gauge;
    bool adoptsKind = false;
    bool operator==(const SampleType &) const = default;
};

/// Where an item stands in its request, for messages: "metrics[3]". Without a section it is the document
/// itself.
struct ItemPlace
{
    const char *section = "";
    size_t index = 0;
};

/// One model call.
struct LlmCall
{
    std::string provider;
    std::string model;
    TokenCounts tokens;
};

/// Puts the items of one request into a batch; what the decoders of all formats share: series caches, name
/// rules, the names of requests and model calls, the count of items. Each item is taken or refused as a
/// whole.
class SampleWriter
{
public:
    /// Makes the labels that some raw bytes mean, on first sight; or says what is wrong with them.
    using MakeLabels = std::function<ItemCheck(Labels &labels)>;
    /// Turns a name as it stands in the request into its text; nothing where it is malformed.
    using UnescapeName = std::optional<std::string> (*)(std::string_view rawName);

    void begin(Batch &batch, ProjectId project);
    /// Ends the batch: series that only refused items named are taken out again.
    void finish();

    /// How many bytes at the start of a text are those of the label set that would follow as it did before.
    size_t expectedLabels(std::string_view text) const { return m_cache->expectedLabels(text); }

    /// The position of the item that comes next.
    uint32_t item() const { return m_batch->itemCount; }

    /// Each ends one item: with samples, or with a rejection that names its place.
    void addValues(std::string_view rawLabels, const MakeLabels &makeLabels,
                   std::span<const NamedValue> values, SampleType type, int64_t timestampMs, ItemPlace place,
                   UnescapeName unescape);
    void addRequest(std::string_view rawLabels, const MakeLabels &makeLabels, double seconds,
                    int64_t timestampMs, ItemPlace place);
    void addLlmCall(const Labels &labels, const LlmCall &call, const Prices &prices, int64_t timestampMs,
                    ItemPlace place);
    void refuse(const ItemError &error, ItemPlace place);

    /// The position of a series for samples that the decoder puts into the batch itself, by the raw bytes of
    /// its labels and of its name.
    ItemCheck place(std::string_view rawLabels, const MakeLabels &makeLabels, std::string_view rawName,
                    SampleType type, UnescapeName unescape, uint32_t &position)
    {
        uint32_t set = 0;
        if (auto error = labelSet(rawLabels, makeLabels, set))
            return error;
        return series(set, rawName, type, unescape, makeLabels, position);
    }

    Batch &batch() { return *m_batch; }
    /// For decoders that know their series by raw bytes and put samples into the batch themselves; a refused
    /// item is still refuse()'s.
    SeriesCache &cache() { return *m_cache; }
    /// Says that samples were taken back, so that some series may have none.
    void noteTakenBack() { m_orphans = true; }

private:
    ItemCheck labelSet(std::string_view rawLabels, const MakeLabels &makeLabels, uint32_t &set);
    ItemCheck series(uint32_t set, std::string_view rawName, SampleType type, UnescapeName unescape,
                     const MakeLabels &makeLabels, uint32_t &position);
    void addDelta(const Labels &labels, std::string_view name, double value, int64_t timestampMs);

    std::unordered_map<ProjectId, SeriesCache> m_caches;
    SeriesCache *m_cache = nullptr;
    Batch *m_batch = nullptr;
    std::vector<uint32_t> m_positions;
    Labels m_made; ///< the labels of m_madeFor, while new names come for them
    uint32_t m_madeFor = SeriesCache::none;
    bool m_orphans = false;
};

} // namespace plimsoll::ingest
