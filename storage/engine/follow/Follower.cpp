#include "storage/engine/follow/Follower.h"

#include "storage/engine/Engine.h"
#include "storage/engine/EngineReader.h"
#include "storage/engine/SettingNumber.h"
#include "storage/engine/rollup/DaysDue.h"
#include "storage/model/SampleIndex.h"

#include <algorithm>

namespace plimsoll {

namespace {

constexpr size_t packCacheBytes = 4U << 20;
constexpr size_t hourlyCacheBytes = 4U << 20;

/// Keeps what a reader looks at.
class FollowerReader final : public SeriesReader, public SampleIndex
{
public:
    FollowerReader(std::shared_ptr<Follower> follower, std::shared_ptr<Head> head,
                   std::unique_ptr<SeriesReader> reader)
        : m_follower(std::move(follower))
        , m_head(std::move(head))
        , m_reader(std::move(reader))
    {
    }

    void bind(const StopToken &stop, uint64_t maxSamples) const override
    {
        SeriesReader::bind(stop, maxSamples);
        m_reader->bind(stop, maxSamples);
    }
    Result<std::vector<SelectedSeries>> select(ProjectId project, std::span<const Matcher> matchers,
                                               int64_t fromMs, int64_t toMs) const override
    {
        return m_reader->select(project, matchers, fromMs, toMs);
    }
    Status readFloats(SeriesId series, int64_t fromMs, int64_t toMs, FloatColumns &out) const override
    {
        return m_reader->readFloats(series, fromMs, toMs, out);
    }
    Status readHistograms(SeriesId series, int64_t fromMs, int64_t toMs, HistogramColumns &out) const override
    {
        return m_reader->readHistograms(series, fromMs, toMs, out);
    }
    Result<double> totalBefore(SeriesId series, int64_t beforeMs) const override
    {
        return m_reader->totalBefore(series, beforeMs);
    }
    Result<Histogram> histogramBefore(SeriesId series, int64_t beforeMs) const override
    {
        return m_reader->histogramBefore(series, beforeMs);
    }
    Result<Histogram> histogramBetween(SeriesId series, int64_t fromMs, int64_t toMs) const override
    {
        return m_reader->histogramBetween(series, fromMs, toMs);
    }
    Coverage coverage(SeriesId series) const override { return m_reader->coverage(series); }
    int64_t nextSampleMs(SeriesId series, int64_t fromMs) const override
    {
        const auto *index = dynamic_cast<const SampleIndex *>(m_reader.get());
        return index ? index->nextSampleMs(series, fromMs) : fromMs;
    }
    Status readHours(SeriesId series, int64_t fromMs, int64_t toMs, uint8_t parts,
                     RollupColumns &out) const override
    {
        return m_reader->readHours(series, fromMs, toMs, parts, out);
    }
    Status readDays(SeriesId series, int64_t fromMs, int64_t toMs, RollupColumns &out) const override
    {
        return m_reader->readDays(series, fromMs, toMs, out);
    }
    std::vector<std::string> warnings() const override { return m_reader->warnings(); }

private:
    std::shared_ptr<Follower> m_follower;
    std::shared_ptr<Head> m_head;
    std::unique_ptr<SeriesReader> m_reader;
};

Error damaged(int64_t node)
{
    return {ErrorCode::Corrupt, "What node " + std::to_string(node) + " wrote into the database is damaged.",
            "Restore a backup of the database."};
}

} // namespace

Follower::Follower(int64_t node, std::unique_ptr<Backend> packs)
    : m_node(node)
    , m_backend(std::move(packs))
    , m_packs(*m_backend, packCacheBytes)
    , m_hours(*m_backend, hourlyCacheBytes)
    , m_windowMs(EngineOptions().windowMs)
    , m_head(std::make_shared<Head>(m_windowMs))
{
}

std::unique_ptr<SeriesReader> Follower::openReader()
{
    std::shared_ptr<Head> head;
    {
        const std::lock_guard lock(m_mutex);
        head = m_head;
    }
    auto reader = std::make_unique<EngineReader>(m_catalogue, *head, m_packs, m_hours);
    return std::make_unique<FollowerReader>(shared_from_this(), std::move(head), std::move(reader));
}

Status Follower::update(Neighbours &neighbours)
{
    auto news = neighbours.read(m_node, m_position);
    if (!news)
        return news.error();
    if (Status adopted = adopt(*news); !adopted)
        return adopted;
    std::shared_ptr<Head> head = m_head;
    if (m_refill) {
        NeighbourPosition from = news->position;
        from.sequence = 0;
        news = neighbours.read(m_node, from);
        if (!news)
            return news.error();
        if (Status adopted = adopt(*news); !adopted)
            return adopted;
        head = std::make_shared<Head>(m_windowMs);
        m_windows.clear();
        m_refill = false;
    }
    refreshSeals();
    head->setSeals(m_current);
    apply(*head, news->frames);
    m_position = news->position;
    const std::lock_guard lock(m_mutex);
    m_head = std::move(head);
    return {};
}

Status Follower::adopt(const NeighbourNews &news)
{
    if (const int64_t windowMs = numberIn(news.meta, "window_ms", m_windowMs); windowMs != m_windowMs) {
        m_windowMs = windowMs;
        m_refill = true;
    }
    for (const std::string &block : news.catalogue) {
        if (!readDefinitions(block,
                             [this](const SeriesDefinition &definition) { m_catalogue.restore(definition); }))
            return damaged(m_node);
    }
    const size_t gone = std::erase_if(m_seals, [&](const auto &known) {
        return !std::binary_search(news.allSeals.begin(), news.allSeals.end(), known.first);
    });
    const Floors floors = Floors::from(news.meta);
    if (gone > 0 || !news.seals.empty() || floors != m_floors)
        m_current.reset();
    m_floors = floors;
    for (const StoredSeal &stored : news.seals) {
        if (Status adopted = adoptSeal(stored); !adopted)
            return adopted.error();
    }
    eachSealedMark(news.meta, [&](int64_t startMs, uint64_t sequence) { noteSealed(startMs, sequence); });
    return {};
}

Status Follower::adoptSeal(const StoredSeal &stored)
{
    auto seal = readSeal(stored);
    if (!seal)
        return seal.error();
    m_seals[stored.id] = std::move(*seal);
    if (stored.resolutionMs == 0)
        noteSealed(stored.windowStartMs, stored.journalSequence);
    return {};
}

void Follower::noteSealed(int64_t windowStartMs, uint64_t sequence)
{
    uint64_t &through = m_sealedThrough[windowStartMs];
    if (sequence <= through)
        return;
    through = sequence;
    m_refill = m_refill || m_windows.contains(windowStartMs);
}

void Follower::refreshSeals()
{
    if (m_current)
        return;
    SealChange change;
    for (const auto &[id, seal] : m_seals)
        change.added.push_back(seal);
    change.floors = m_floors;
    m_current = withChange(Seals(), change);
}

void Follower::apply(Head &head, const std::vector<ShippedFrame> &frames)
{
    for (const ShippedFrame &frame : frames) {
        m_group.clearSamples();
        if (!m_group.decode(frame.payload,
                            [this](const SeriesDefinition &definition) { m_catalogue.restore(definition); }))
            continue;
        m_group.dropUnknown([this](SeriesId id) { return m_catalogue.knows(id); });
        head.apply(m_group, frame.sequence, 0, [&](int64_t timestampMs) {
            const int64_t window = windowStart(timestampMs, m_windowMs);
            const auto it = m_sealedThrough.find(window);
            const bool kept = it == m_sealedThrough.end() || it->second < frame.sequence;
            if (kept)
                m_windows.insert(window);
            return kept;
        });
        head.publish(frame.sequence);
    }
    m_group.clearSamples();
}

} // namespace plimsoll
