#include "storage/engine/EngineSnapshot.h"

#include "storage/engine/Engine.h"
#include "storage/engine/EngineParts.h"

#include <future>

namespace plimsoll {

namespace {

constexpr size_t samplesPerFrame = 65'536;
constexpr size_t histogramBytesPerFrame = 4U << 20;

/// Gathers samples into groups and hands each over as a frame's payload.
class FrameWriter
{
public:
    FrameWriter(const Catalogue &catalogue, const std::function<Status(std::string_view)> &take)
        : m_catalogue(catalogue)
        , m_take(take)
    {
    }

    Status add(const HeadWindow &window, SeriesId series, uint64_t visible)
    {
        const auto described = m_catalogue.describe(series);
        if (!described)
            return {};
        if (m_defined.addChecked(series)) {
            m_key = described->labels.key();
            m_group.definitions.add({series, described->project, described->kind, m_key});
        }
        holdsHistograms(described->kind) ? addHistograms(window, series, visible)
                                         : addFloats(window, series, visible);
        const bool full = m_group.sampleCount() >= samplesPerFrame ||
                          m_group.histogramBytes.size() >= histogramBytesPerFrame;
        return full ? finish() : Status();
    }

    void add(Receipt receipt) { m_group.receipts.push_back(std::move(receipt)); }

    Status finish()
    {
        if (m_group.empty())
            return {};
        m_group.encode(m_payload);
        m_group.clearSamples();
        m_group.definitions.clear();
        return m_take(m_payload);
    }

private:
    void addFloats(const HeadWindow &window, SeriesId series, uint64_t visible)
    {
        m_floats.clear();
        window.read(series, visible, m_floats);
        m_group.ids.insert(m_group.ids.end(), m_floats.size(), series);
        m_group.timesMs.insert(m_group.timesMs.end(), m_floats.timestampsMs.begin(),
                               m_floats.timestampsMs.end());
        m_group.values.insert(m_group.values.end(), m_floats.values.begin(), m_floats.values.end());
    }

    void addHistograms(const HeadWindow &window, SeriesId series, uint64_t visible)
    {
        m_histograms.clear();
        window.read(series, visible, m_histograms);
        for (size_t i = 0; i < m_histograms.size(); i++)
            m_group.addHistogram(series, m_histograms.timestampsMs[i], m_histograms.values[i].encode());
    }

    const Catalogue &m_catalogue;
    const std::function<Status(std::string_view)> &m_take;
    Group m_group;
    Roaring m_defined;
    FloatColumns m_floats;
    HistogramColumns m_histograms;
    std::string m_key;
    std::string m_payload;
};

/// Holds the store thread still while it lives; what it does next waits.
class StorePause
{
public:
    explicit StorePause(Store &store)
    {
        auto paused = std::make_shared<std::promise<void>>();
        auto over = m_over.get_future().share();
        store.post([paused, over](Backend &) {
            paused->set_value();
            over.wait();
        });
        paused->get_future().wait();
    }
    ~StorePause() { m_over.set_value(); }
    StorePause(const StorePause &) = delete;
    StorePause &operator=(const StorePause &) = delete;

private:
    std::promise<void> m_over;
};

/// While the database catches up after it was away, sealed windows lie elsewhere.
Status holdsAll(BackendSnapshot &database, const Seals &seals)
{
    auto state = database.load();
    if (!state)
        return state.error();
    Roaring stored;
    for (const StoredSeal &seal : state->seals)
        stored.add(seal.id);
    for (const SealList *list : {&seals.samples, &seals.hours}) {
        for (const SealPointer &seal : *list) {
            if (!stored.contains(seal->id))
                return Error{ErrorCode::Unavailable, "The database does not have all samples yet.",
                             "Try again once it has caught up."};
        }
    }
    return {};
}

} // namespace

EngineSnapshot::EngineSnapshot(const Catalogue &catalogue, Head &head, HeadView view, std::string receipts,
                               std::unique_ptr<BackendSnapshot> database)
    : m_catalogue(catalogue)
    , m_head(head)
    , m_view(std::move(view))
    , m_receipts(std::move(receipts))
    , m_database(std::move(database))
{
}

EngineSnapshot::~EngineSnapshot() { release(); }

void EngineSnapshot::release()
{
    if (std::exchange(m_held, false))
        m_head.closeView(m_view.visible);
    m_view.windows.clear();
}

Status EngineSnapshot::eachFrame(const std::function<Status(std::string_view)> &take)
{
    FrameWriter writer(m_catalogue, take);
    const SeriesId last = m_catalogue.lastId();
    for (const auto &window : m_view.windows) {
        for (SeriesId series = 1; series <= last; series++) {
            if (!window->contains(series, m_view.visible))
                continue;
            if (Status added = writer.add(*window, series, m_view.visible); !added)
                return added;
        }
    }
    release();
    if (!m_receipts.empty() &&
        !readReceipts(m_receipts, [&](Receipt receipt) { writer.add(std::move(receipt)); }))
        return Error{ErrorCode::Internal, "The Idempotency-Keys in memory cannot be read.", {}};
    return writer.finish();
}

/// The store thread stands still, so that the database is what the head's view takes it for; `moment` keeps
/// samples and receipts of one commit together.
Result<std::unique_ptr<EngineSnapshot>> Engine::snapshot() const
{
    Parts &p = *m_parts;
    HeadView view;
    std::string receipts;
    std::optional<Result<std::unique_ptr<BackendSnapshot>>> database;
    {
        const StorePause pause(p.store);
        {
            const std::lock_guard lock(p.moment);
            view = p.head.view();
            receipts = p.shipper.waitingReceipts();
        }
        database.emplace(p.store.backend().snapshot());
    }
    if (!*database) {
        p.head.closeView(view.visible);
        return database->error();
    }
    auto snapshot = std::make_unique<EngineSnapshot>(p.catalogue, p.head, std::move(view),
                                                     std::move(receipts), std::move(*database).value());
    if (Status whole = holdsAll(snapshot->database(), *snapshot->seals()); !whole)
        return whole.error();
    return snapshot;
}

} // namespace plimsoll
