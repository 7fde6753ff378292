#include "server/ingest/scrape/ScrapeReader.h"

#include "server/ingest/ExpositionLine.h"
#include "server/ingest/NameRules.h"
#include "storage/model/Staleness.h"

#include <xxhash.h>

#include <bit>
#include <unordered_map>

namespace plimsoll::ingest {
namespace {

constexpr const char *reportNames[] = {"up", "scrape_duration_seconds", "scrape_samples_scraped",
                                       "scrape_samples_post_metric_relabeling", "scrape_series_added"};
constexpr size_t sparedLines = 1000; ///< that were not in the last body, before they are forgotten

/// One series of the target.
struct Series
{
    KnownSeries known;
    SampleType type;
    uint64_t seenIn = 0;     ///< the scrape that showed it last
    uint64_t positionIn = 0; ///< the batch that `position` is of
    uint32_t position = 0;
    bool shown = false;   ///< by the last scrape that counts
    bool ownTime = false; ///< its samples have timestamps of the target
    bool ended = false;   ///< it is no longer in the table
};
using SeriesPtr = std::shared_ptr<Series>;

/// What the bytes of a line's name and labels mean.
struct Line
{
    SeriesPtr series; ///< null where relabeling drops it, or it is refused
    SampleType type;
    uint64_t seenIn = 0;
    std::unique_ptr<ItemError> refusal;
};

struct TextHash
{
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return XXH3_64bits(text.data(), text.size()); }
};

using Hash = std::pair<uint64_t, uint64_t>;
struct FirstHalf
{
    size_t operator()(const Hash &hash) const { return hash.first; }
};

using SeriesTable = std::unordered_map<Hash, SeriesPtr, FirstHalf>;

/// Keeps what a batch refers to.
struct Owner final : KnownOwner
{
    std::shared_ptr<const SeriesTable> table;
    std::vector<SeriesPtr> ended;
};

Hash hashOf(const std::string &key, SampleType type)
{
    const uint64_t seed = static_cast<uint64_t>(type.kind) * 2 + (type.adoptsKind ? 1 : 0);
    const XXH128_hash_t hash = XXH3_128bits_withSeed(key.data(), key.size(), seed);
    return {hash.low64, hash.high64};
}

} // namespace

class ScrapeReader::Work final : public ExpositionHandler
{
public:
    explicit Work(const ScrapeTarget &target)
        : m_target(target)
    {
        for (const char *name : reportNames) {
            Labels labels = target.labels;
            labels.set(nameLabel, name);
            m_reports.push_back(seriesOf(labels, {Kind::Gauge, true}));
            m_reports.back()->ownTime = true; // nobody marks it while the target is there
        }
    }

    ScrapeOutcome read(std::string_view body, ExpositionForm form, int64_t timestampMs, Batch &batch)
    {
        begin(batch);
        m_scrape++;
        m_outcome = {};
        m_timestampMs = timestampMs;
        m_seenLines = 0;
        std::vector<Batch::Description> before;
        before.swap(m_families);
        const Status done = ExpositionText(form, *this).read(body);
        if (!done && m_outcome.error.empty())
            m_outcome.error = done.error().message;
        if (!m_outcome.error.empty()) {
            batch.clear();
            m_families = std::move(before);
        } else if (m_families != before) {
            batch.descriptions = m_families;
        }
        return m_outcome;
    }

    void markVanished(int64_t timestampMs, bool failed, Batch &batch)
    {
        begin(batch);
        std::vector<Hash> gone;
        for (const auto &[hash, series] : *m_table) {
            const bool seen = !failed && series->seenIn == m_scrape;
            if (seen || isReport(series)) {
                m_outcome.added += seen && !series->shown ? 1 : 0;
                series->shown = seen;
                continue;
            }
            if (series->shown && !series->ownTime)
                put(*series, timestampMs, std::bit_cast<double>(staleBits));
            series->shown = false;
            gone.push_back(hash);
        }
        for (const Hash &hash : gone) {
            const auto found = m_table->find(hash);
            found->second->ended = true;
            m_owner->ended.push_back(std::move(found->second));
            m_table->erase(found);
        }
        forgetLines();
    }

    void report(const ScrapeOutcome &outcome, int64_t timestampMs, Batch &batch)
    {
        begin(batch);
        const double values[] = {outcome.error.empty() ? 1.0 : 0.0, outcome.seconds,
                                 static_cast<double>(outcome.samples), static_cast<double>(outcome.kept),
                                 static_cast<double>(m_outcome.added)};
        for (size_t i = 0; i < m_reports.size(); i++) {
            put(*m_reports[i], timestampMs, values[i]);
            m_reports[i]->shown = true;
        }
        m_outcome.added = 0;
    }

    void markEnded(int64_t timestampMs, Batch &batch)
    {
        begin(batch);
        for (const auto &[hash, series] : *m_table) {
            if (series->shown && (!series->ownTime || isReport(series)))
                put(*series, timestampMs, std::bit_cast<double>(staleBits));
            series->shown = false;
        }
    }

    const std::vector<Batch::Description> &families() const { return m_families; }

private:
    void begin(Batch &batch)
    {
        m_batch = &batch;
        if (batch.knownOwner && batch.knownOwner == m_owner)
            return;
        m_owner = std::make_shared<Owner>();
        m_owner->table = m_table;
        batch.knownOwner = m_owner;
        batch.project = m_target.project;
        m_batchNumber++;
    }

    bool isReport(const SeriesPtr &series) const
    {
        return std::find(m_reports.begin(), m_reports.end(), series) != m_reports.end();
    }

    SeriesPtr seriesOf(const Labels &labels, SampleType type)
    {
        const std::string key = labels.key();
        SeriesPtr &series = (*m_table)[hashOf(key, type)];
        if (!series) {
            series = std::make_shared<Series>();
            series->known.setKey(key, true);
            series->type = type;
        }
        return series;
    }

    void put(Series &series, int64_t timestampMs, double value)
    {
        if (series.positionIn != m_batchNumber) {
            series.positionIn = m_batchNumber;
            series.position = static_cast<uint32_t>(m_batch->series.size());
            Batch::Series entry;
            entry.kind = series.type.kind;
            entry.adoptsKind = series.type.adoptsKind;
            entry.item = m_batch->itemCount;
            entry.known = &series.known;
            m_batch->series.push_back(std::move(entry));
        }
        m_batch->floats.push_back({series.position, timestampMs, value, m_batch->itemCount++});
    }

    void sample(const ExpositionSample &sample) override
    {
        if (!m_outcome.error.empty())
            return;
        m_outcome.samples++;
        Line *line = lineOf(sample);
        if (!line || (!line->series && !line->refusal))
            return;
        if (line->refusal) {
            refuse(*line->refusal, sample.line);
            return;
        }
        if (++m_outcome.kept > m_target.bounds.samples && m_target.bounds.samples > 0) {
            fail("The target shows more than " + std::to_string(m_target.bounds.samples) +
                 " samples (sample_limit).");
            return;
        }
        Series &series = *line->series;
        const bool ownTime = m_target.honorTimestamps && sample.timestampMs;
        series.seenIn = m_scrape;
        series.ownTime = ownTime && !m_target.trackTimestampsStaleness;
        put(series, ownTime ? *sample.timestampMs : m_timestampMs, sample.value);
    }

    void family(const Batch::Description &description) override
    {
        if (m_outcome.error.empty())
            m_families.push_back(description);
    }

    bool refused(size_t line, const ItemError &error) override
    {
        if (m_outcome.error.empty())
            fail("line " + std::to_string(line) + ": " + error.message);
        return false;
    }

    void fail(std::string reason) { m_outcome.error = std::move(reason); }

    void refuse(const ItemError &error, size_t line)
    {
        std::string message = "line " + std::to_string(line) + ": " + error.message;
        if (m_outcome.refused++ == 0)
            m_outcome.refusal = message;
        m_batch->rejections.push_back({m_batch->itemCount++, error.code, std::move(message)});
    }

    /// Null where the scrape fails for its labels.
    Line *lineOf(const ExpositionSample &sample)
    {
        auto found = m_lines.find(sample.series);
        if (found == m_lines.end())
            found = m_lines.try_emplace(std::string(sample.series)).first;
        else if (found->second.type == sample.type && !(found->second.series && found->second.series->ended))
            return note(found->second);
        Line &line = found->second;
        line.type = sample.type;
        line.series.reset();
        line.refusal.reset();
        Labels labels;
        if (auto error = resolve(sample, labels))
            line.refusal = std::make_unique<ItemError>(std::move(*error));
        else if (!labels.empty())
            line.series = seriesOf(labels, sample.type);
        if (!m_outcome.error.empty()) {
            m_lines.erase(found);
            return nullptr;
        }
        return note(line);
    }

    Line *note(Line &line)
    {
        if (line.seenIn != m_scrape)
            m_seenLines++;
        line.seenIn = m_scrape;
        return &line;
    }

    /// The labels under which a sample is stored; none where relabeling drops it.
    ItemCheck resolve(const ExpositionSample &sample, Labels &labels)
    {
        std::string quotedName;
        Labels own;
        if (!sample.braces.empty()) {
            if (auto error = readExpositionLabels(sample.braces, own, quotedName)) {
                fail("line " + std::to_string(sample.line) + ": " + error->message);
                return std::nullopt;
            }
        }
        labels = m_target.honorLabels ? honoured(own) : exported(own);
        labels.set(nameLabel, sample.name);
        if (!m_target.metricRelabel.apply(labels)) {
            labels = {};
            return std::nullopt;
        }
        checkBounds(labels, sample.line);
        const std::string name(labels.name());
        if (auto error = checkMetricName(name))
            return error;
        Labels others = labels;
        others.remove(nameLabel);
        return checkLabels(others);
    }

    Labels honoured(const Labels &own) const
    {
        std::vector<Labels::Pair> pairs(m_target.labels.begin(), m_target.labels.end());
        pairs.insert(pairs.end(), own.begin(), own.end()); // of a repeated name the last wins
        return Labels(std::move(pairs));
    }

    Labels exported(const Labels &own) const
    {
        std::vector<Labels::Pair> pairs(m_target.labels.begin(), m_target.labels.end());
        for (const auto &[name, value] : own) {
            std::string free = name;
            while (m_target.labels.contains(free) || (free != name && own.contains(free)))
                free = "exported_" + free;
            pairs.emplace_back(std::move(free), value);
        }
        return Labels(std::move(pairs));
    }

    void checkBounds(const Labels &labels, size_t line)
    {
        const ScrapeBounds &bounds = m_target.bounds;
        const std::string where = "line " + std::to_string(line) + ": ";
        if (bounds.labels > 0 && labels.size() > bounds.labels)
            return fail(where + "A series has " + std::to_string(labels.size()) + " labels (label_limit is " +
                        std::to_string(bounds.labels) + ").");
        for (const auto &[name, value] : labels) {
            if (bounds.labelNameBytes > 0 && name.size() > bounds.labelNameBytes)
                return fail(where + "The label name " + quoted(name) +
                            " is too long (label_name_length_limit).");
            if (bounds.labelValueBytes > 0 && value.size() > bounds.labelValueBytes)
                return fail(where + "The value of label " + quoted(name) +
                            " is too long (label_value_length_limit).");
        }
    }

    void forgetLines()
    {
        if (m_lines.size() <= 2 * m_seenLines + sparedLines)
            return;
        std::erase_if(m_lines, [this](const auto &entry) { return entry.second.seenIn != m_scrape; });
    }

    const ScrapeTarget m_target;
    std::shared_ptr<SeriesTable> m_table = std::make_shared<SeriesTable>();
    std::unordered_map<std::string, Line, TextHash, std::equal_to<>> m_lines;
    std::vector<SeriesPtr> m_reports;
    std::vector<Batch::Description> m_families;
    std::shared_ptr<Owner> m_owner; ///< of the batch that is being filled
    Batch *m_batch = nullptr;
    ScrapeOutcome m_outcome;
    uint64_t m_scrape = 0;
    uint64_t m_batchNumber = 0;
    int64_t m_timestampMs = 0;
    size_t m_seenLines = 0;
};

ScrapeReader::ScrapeReader(const ScrapeTarget &target)
    : m_work(std::make_unique<Work>(target))
{
}
ScrapeReader::~ScrapeReader() = default;
ScrapeReader::ScrapeReader(ScrapeReader &&) noexcept = default;

ScrapeOutcome ScrapeReader::read(std::string_view body, ExpositionForm form, int64_t timestampMs,
                                 Batch &batch)
{
    return m_work->read(body, form, timestampMs, batch);
}
void ScrapeReader::markVanished(int64_t timestampMs, bool failed, Batch &batch)
{
    m_work->markVanished(timestampMs, failed, batch);
}
void ScrapeReader::report(const ScrapeOutcome &outcome, int64_t timestampMs, Batch &batch)
{
    m_work->report(outcome, timestampMs, batch);
}
void ScrapeReader::markEnded(int64_t timestampMs, Batch &batch) { m_work->markEnded(timestampMs, batch); }
const std::vector<Batch::Description> &ScrapeReader::families() const { return m_work->families(); }

} // namespace plimsoll::ingest
