#include "storage/upkeep/DatabaseCheck.h"

#include "storage/engine/Receipts.h"
#include "storage/engine/Seals.h"
#include "storage/engine/rollup/DayRow.h"
#include "storage/engine/rollup/HourlyPack.h"
#include "storage/upkeep/PackWalk.h"

#include <QJsonDocument>

namespace plimsoll {

namespace {

constexpr size_t packsAtOnceBytes = 4U << 20;
constexpr size_t daysAtOnce = 4096;

std::string nameOf(const StoredPack &pack)
{
    return "pack of seal " + std::to_string(pack.seal) + " from series " + std::to_string(pack.firstSeries);
}

std::string nameOf(const StoredSeal &seal) { return "seal " + std::to_string(seal.id); }

} // namespace

Status DatabaseCheck::run()
{
    checkStructure();
    const auto state = m_database.load();
    if (!state && state.error().code != ErrorCode::Corrupt)
        return state.error();
    if (!state) {
        m_report.add("database", state.error().message);
        return {};
    }
    checkCatalogue(*state);
    checkReceipts(*state);
    Status done = checkPacks(*state);
    checkSeals(*state);
    if (done)
        done = checkDays();
    if (done)
        done = checkDocuments();
    return done;
}

void DatabaseCheck::checkStructure()
{
    const auto sentences = m_database.integrity();
    if (!sentences) {
        m_report.add("database", sentences.error().message);
        return;
    }
    for (const std::string &sentence : *sentences)
        m_report.add("database", sentence);
}

void DatabaseCheck::checkCatalogue(const BackendState &state)
{
    for (size_t i = 0; i < state.catalogue.size(); i++) {
        const std::string where = "catalogue block " + std::to_string(i + 1);
        uint64_t contradictions = 0;
        const bool read = readDefinitions(state.catalogue[i], [&](const SeriesDefinition &definition) {
            contradictions += m_catalogue.restore(definition) ? 0 : 1;
        });
        if (!read)
            m_report.add(where, "It cannot be read: the series in it have lost their names.");
        if (contradictions > 0)
            m_report.add(where, std::to_string(contradictions) + " series in it contradict others.");
    }
    m_report.counts["series"] = m_catalogue.size();
}

void DatabaseCheck::checkReceipts(const BackendState &state)
{
    uint64_t count = 0;
    for (size_t i = 0; i < state.receipts.size(); i++) {
        if (!readReceipts(state.receipts[i], [&](const Receipt &) { count++; }))
            m_report.add("receipts block " + std::to_string(i + 1),
                         "It cannot be read: its Idempotency-Keys are forgotten.");
    }
    m_report.counts["Idempotency-Keys"] = count;
}

Status DatabaseCheck::checkPacks(const BackendState &state)
{
    PackWalk walk(m_database, state.seals, m_progress);
    walk.take = [this](const StoredPack &pack, const StoredSeal &seal) -> Status {
        if (seal.resolutionMs == 0)
            checkPack(pack, seal);
        else
            checkHours(pack, seal);
        return {};
    };
    walk.unreadable = [this](const std::string &where, const Error &error) {
        m_report.add("database", "The " + where + " cannot be read: " + error.message);
    };
    return walk.run(packsAtOnceBytes);
}

void DatabaseCheck::checkPack(const StoredPack &stored, const StoredSeal &seal)
{
    m_report.counts["packs"]++;
    SealFacts &facts = m_facts[seal.id];
    facts.bytes += stored.data.size();
    const auto pack = Pack::open(stored.data);
    if (!pack) {
        m_report.add(nameOf(stored), pack.error().message);
        return;
    }
    if (pack->windowStartMs() != seal.windowStartMs)
        m_report.add(nameOf(stored), "It says another window than its seal.");
    if (pack->entries().empty() || pack->entries().front().series != stored.firstSeries)
        m_report.add(nameOf(stored), "It begins with another series than its key says.");
    for (const PackEntry &entry : pack->entries())
        checkEntry(*pack, entry, seal, nameOf(stored));
}

void DatabaseCheck::checkHours(const StoredPack &stored, const StoredSeal &seal)
{
    m_report.counts["packs of hours"]++;
    const auto pack = HourlyPack::open(stored.data);
    if (!pack) {
        m_report.add(nameOf(stored), pack.error().message);
        return;
    }
    const auto sealed = readSeal(seal);
    RollupColumns columns;
    for (size_t place = 0; place < pack->series().size(); place++) {
        const SeriesId series = pack->series()[place];
        columns.clear();
        pack->appendSpans(place, columns);
        if (const Status read = pack->append(place, columns); !read)
            m_report.add(nameOf(stored), "Series " + std::to_string(series) + ": " + read.error().message);
        if (sealed && !(*sealed)->series.contains(series))
            m_report.add(nameOf(stored), "Its seal does not list series " + std::to_string(series) + ".");
        m_report.counts["hours"] += pack->group() == RollupGroup::Sums ? columns.startsMs.size() : 0;
    }
}

void DatabaseCheck::checkEntry(const Pack &pack, const PackEntry &entry, const StoredSeal &seal,
                               const std::string &where)
{
    SealFacts &facts = m_facts[seal.id];
    m_report.counts["chunks"]++;
    m_report.counts["samples"] += entry.samples;
    facts.series.add(entry.series);
    facts.samples += entry.samples;
    facts.minMs = std::min(facts.minMs, entry.minMs);
    facts.maxMs = std::max(facts.maxMs, entry.maxMs);
    const auto kind = m_catalogue.kindIfKnown(entry.series);
    if (!kind)
        m_report.add(where, "Nobody knows what its series " + std::to_string(entry.series) + " is.");
    if (const auto fault = faultOf(pack, entry, seal, kind))
        m_report.add(where, "Series " + std::to_string(entry.series) + ": " + *fault);
}

void DatabaseCheck::checkSeals(const BackendState &state)
{
    for (const StoredSeal &seal : state.seals) {
        m_report.counts[seal.resolutionMs == 0 ? "seals of samples" : "seals of hours"]++;
        if (seal.resolutionMs == 0)
            checkSeal(seal, m_facts[seal.id]);
        else if (const auto read = readSeal(seal); !read)
            m_report.add(nameOf(seal), read.error().message);
    }
}

void DatabaseCheck::checkSeal(const StoredSeal &seal, const SealFacts &facts)
{
    const auto read = readSeal(seal);
    if (!read)
        m_report.add(nameOf(seal), read.error().message);
    else if ((*read)->series != facts.series)
        m_report.add(nameOf(seal), "It lists other series than its packs hold.");
    if (seal.bytes != facts.bytes)
        m_report.add(nameOf(seal), "Its packs take " + std::to_string(facts.bytes) + " bytes, it says " +
                                       std::to_string(seal.bytes) + ".");
    if (seal.samples != facts.samples)
        m_report.add(nameOf(seal), "Its packs hold " + std::to_string(facts.samples) + " samples, it says " +
                                       std::to_string(seal.samples) + ".");
    if (seal.minMs != facts.minMs || seal.maxMs != facts.maxMs)
        m_report.add(nameOf(seal), "Its packs begin or end at other times than it says.");
}

Status DatabaseCheck::checkDays()
{
    const auto rows = m_database.seriesRows();
    if (!rows)
        return rows.error();
    Roaring named;
    for (const StoredSeriesRow &row : *rows)
        named.add(row.id);
    StoredDay last;
    last.startMs = INT64_MIN;
    for (;;) {
        auto days = m_database.daysAfter(last.series, last.startMs, daysAtOnce);
        if (!days)
            return days.error();
        if (days->empty())
            return {};
        for (const StoredDay &day : *days) {
            m_report.counts["days"]++;
            const std::string where =
                "day of series " + std::to_string(day.series) + " from " + std::to_string(day.startMs);
            std::string_view sum = day.exactSum;
            const auto exact = ExactSum::take(sum);
            if (!exact || !sum.empty())
                m_report.add(where, "Its exact sum cannot be read.");
            else if (exact->value() != day.sum && exact->value() == exact->value())
                m_report.add(where, "Its sum is not its exact sum.");
            if (const auto row = rowOf(day); !row)
                m_report.add(where, row.error().message);
            if (day.endMs <= day.startMs || day.count == 0)
                m_report.add(where, "It is empty or ends before it begins.");
            if (!named.contains(day.series))
                m_report.add(where, "Its series has no row in the table \"series\".");
        }
        last = std::move(days->back());
    }
}

Status DatabaseCheck::checkDocuments()
{
    const auto documents = m_database.loadDocuments();
    if (!documents)
        return documents.error();
    for (const DocumentChange &change : *documents) {
        m_report.counts["documents"]++;
        const QByteArray body = QByteArray::fromStdString(change.document.body);
        if (!QJsonDocument::fromJson(body).isObject())
            m_report.add("document " + change.collection + '/' + change.document.id, "It is not JSON.");
    }
    return {};
}

} // namespace plimsoll
