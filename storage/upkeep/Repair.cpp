#include "storage/upkeep/Repair.h"

#include "storage/backend/SqliteBackend.h"
#include "storage/backend/SqliteSnapshot.h"
#include "storage/engine/Chunk.h"
#include "storage/engine/PackBuilder.h"
#include "storage/engine/PosixDisk.h"
#include "storage/engine/Receipts.h"
#include "storage/engine/Seals.h"
#include "storage/engine/SystemError.h"
#include "storage/engine/rollup/HourlyPack.h"
#include "storage/upkeep/DatabaseCheck.h"
#include "storage/upkeep/DatabaseCopy.h"

#include <QJsonDocument>

#include <fstream>
#include <set>

namespace plimsoll {

namespace {

namespace fs = std::filesystem;

constexpr const char *databaseName = "plimsoll.db";
constexpr const char *stagingName = "repair.new";

/// Bytes of a bitmap in its portable form.
std::string bytesOf(Roaring series)
{
    series.runOptimize();
    std::string bytes(series.getSizeInBytes(), '\0');
    series.write(bytes.data());
    return bytes;
}

class DatabaseRepair
{
public:
    DatabaseRepair(const fs::path &directory, const std::string &asideName, const Progress &progress)
        : m_directory(directory)
        , m_staging(directory / stagingName)
        , m_aside(directory / asideName)
        , m_progress(progress)
    {
    }

    Result<RepairReport> run()
    {
        std::error_code error;
        fs::remove_all(m_staging, error);
        fs::create_directories(m_staging, error);
        if (!error)
            fs::create_directories(m_aside, error);
        if (error)
            return systemError("Making", m_staging, error.value());
        Status done = copy();
        if (done)
            done = putIntoPlace();
        fs::remove_all(m_staging, error);
        if (!done)
            return done.error();
        return m_report;
    }

private:
    Status copy()
    {
        auto old = SqliteSnapshot::open(m_directory / databaseName);
        if (!old && old.error().code != ErrorCode::Corrupt)
            return old.error();
        SqliteBackend fresh(m_staging / databaseName);
        Status done = fresh.open();
        if (!old)
            say("The database could not be opened; a new one without its samples and settings takes its "
                "place.");
        else if (done)
            done = copyFrom(**old, fresh);
        if (done && m_seals.lost > 0)
            say(std::to_string(m_seals.lost) + " seals without a sound pack are left out.");
        if (done && m_seals.changed > 0)
            say(std::to_string(m_seals.changed) + " seals are made anew from their packs.");
        const Status closed = fresh.close();
        return done ? closed : done;
    }

    Status copyFrom(BackendSnapshot &old, Backend &fresh)
    {
        const auto state = old.load();
        if (!state)
            return state.error();
        for (const std::string &block : state->catalogue) {
            if (isSound(block))
                (void)readDefinitions(
                    block, [this](const SeriesDefinition &definition) { m_catalogue.restore(definition); });
        }
        if (Status named = recoverNames(old, fresh); !named)
            return named;
        return copyDatabase(old, fresh, m_progress, rules());
    }

    static bool isSound(const std::string &block)
    {
        return readDefinitions(block, [](const SeriesDefinition &) {});
    }

    /// Series whose names were lost may still stand in the table for SQL tools.
    Status recoverNames(BackendSnapshot &old, Backend &fresh)
    {
        const auto rows = old.seriesRows();
        if (!rows)
            return rows.error();
        DefinitionBlock block;
        uint64_t count = 0;
        for (const StoredSeriesRow &row : *rows) {
            const auto kind = kindFromName(row.kind);
            const auto known = m_catalogue.kindIfKnown(row.id);
            if (known || !kind)
                continue;
            const std::string key = labelsOf(row).key();
            const SeriesDefinition definition{row.id, row.project, *kind, key};
            if (!m_catalogue.restore(definition))
                continue;
            block.add(definition);
            count++;
        }
        if (count == 0)
            return {};
        say(std::to_string(count) + " series have their names from the table of days again.");
        BackendWrite write;
        write.catalogue = block.bytes();
        return fresh.write(write);
    }

    static Labels labelsOf(const StoredSeriesRow &row)
    {
        std::vector<Labels::Pair> pairs{{std::string(nameLabel), row.name}};
        const QJsonObject labels = QJsonDocument::fromJson(QByteArray::fromStdString(row.labels)).object();
        for (auto it = labels.begin(); it != labels.end(); ++it)
            pairs.emplace_back(it.key().toStdString(), it.value().toString().toStdString());
        return Labels(std::move(pairs));
    }

    CopyRules rules()
    {
        CopyRules rules;
        rules.catalogue = [this](const std::string &block) {
            return isSound(block) || leaveOut("catalogue", block, "A block of series names cannot be read");
        };
        rules.receipts = [this](const std::string &block) {
            return readReceipts(block, [](const Receipt &) {}) ||
                   leaveOut("receipts", block, "A block of Idempotency-Keys cannot be read");
        };
        rules.pack = [this](StoredPack pack, const StoredSeal &seal) {
            return soundPart(std::move(pack), seal);
        };
        rules.seal = [this](StoredSeal &seal) { return correct(seal); };
        rules.document = [this](const DocumentChange &change) {
            return QJsonDocument::fromJson(QByteArray::fromStdString(change.document.body)).isObject() ||
                   leaveOut("document", change.document.body,
                            "The document " + change.collection + '/' + change.document.id + " is not JSON");
        };
        rules.unreadable = [this](const std::string &where, const Error &error) {
            say("The " + where + " could not be read and are lost: " + error.message);
        };
        return rules;
    }

    /// Keeps the bytes as a file, and returns false.
    bool leaveOut(const std::string &what, const std::string &bytes, const std::string &why)
    {
        const std::string name = what + '-' + std::to_string(++m_files) + ".bin";
        std::ofstream(m_aside / name, std::ios::binary) << bytes;
        say(why + "; it is left out and kept as " + (m_aside.filename() / name).string() + '.');
        return false;
    }

    std::optional<StoredPack> soundPart(StoredPack stored, const StoredSeal &seal)
    {
        if (seal.resolutionMs != 0) {
            if (!HourlyPack::open(stored.data))
                m_damagedHours.insert(seal.id);
            return stored;
        }
        const std::string name =
            "pack-" + std::to_string(stored.seal) + '-' + std::to_string(stored.firstSeries);
        auto pack = Pack::open(stored.data);
        if (!pack) {
            leaveOut(name, stored.data, "A pack of seal " + std::to_string(seal.id) + " cannot be read");
            return std::nullopt;
        }
        std::vector<const PackEntry *> sound;
        for (const PackEntry &entry : pack->entries()) {
            const auto kind = m_catalogue.kindIfKnown(entry.series);
            if (kind && !faultOf(*pack, entry, seal, kind))
                sound.push_back(&entry);
        }
        if (sound.size() == pack->entries().size() && !sound.empty()) {
            note(stored, sound);
            return stored;
        }
        leaveOut(name, stored.data,
                 std::to_string(pack->entries().size() - sound.size()) + " of " +
                     std::to_string(pack->entries().size()) + " series in a pack of seal " +
                     std::to_string(seal.id) + " are damaged");
        if (sound.empty())
            return std::nullopt;
        StoredPack kept{stored.seal, sound.front()->series, rebuilt(*pack, sound)};
        note(kept, sound);
        return kept;
    }

    /// Encoded again, since chunks of one pack may share what they have in common.
    std::string rebuilt(const Pack &pack, const std::vector<const PackEntry *> &entries) const
    {
        PackBuilder builder(pack.windowStartMs());
        for (const PackEntry *entry : entries) {
            const Kind kind = m_catalogue.kindIfKnown(entry->series).value_or(Kind::Untyped);
            if (entry->histograms) {
                HistogramColumns columns;
                (void)pack.read(*entry, columns);
                builder.add(*entry, encodeChunk(columns, pack.windowStartMs(), kind));
            } else {
                FloatColumns columns;
                (void)pack.read(*entry, columns);
                builder.add(*entry, encodeChunk(columns, pack.windowStartMs()));
            }
        }
        return builder.finish();
    }

    void note(const StoredPack &pack, const std::vector<const PackEntry *> &entries)
    {
        SealFacts &facts = m_facts[pack.seal];
        facts.bytes += pack.data.size();
        for (const PackEntry *entry : entries) {
            facts.series.add(entry->series);
            facts.samples += entry->samples;
            facts.minMs = std::min(facts.minMs, entry->minMs);
            facts.maxMs = std::max(facts.maxMs, entry->maxMs);
        }
    }

    bool correct(StoredSeal &seal)
    {
        if (seal.resolutionMs != 0) {
            // The engine makes hours anew where it has their samples.
            const bool readable = readSeal(seal).ok() && !m_damagedHours.contains(seal.id);
            m_seals.lost += !readable;
            return readable;
        }
        const auto found = m_facts.find(seal.id);
        if (found == m_facts.end()) {
            m_seals.lost++;
            return false;
        }
        const SealFacts &facts = found->second;
        const auto said = readSeal(seal);
        const bool right = said && (*said)->series == facts.series && seal.samples == facts.samples &&
                           seal.bytes == facts.bytes && seal.minMs == facts.minMs &&
                           seal.maxMs == facts.maxMs;
        if (right)
            return true;
        m_seals.changed++;
        seal.series = bytesOf(facts.series);
        seal.samples = facts.samples;
        seal.bytes = facts.bytes;
        seal.minMs = facts.minMs;
        seal.maxMs = facts.maxMs;
        return true;
    }

    /// The old file stays under its name until the new one replaces it.
    Status putIntoPlace()
    {
        std::error_code error;
        for (const char *suffix : {"", "-wal", "-shm"}) {
            const fs::path from = m_directory / (std::string(databaseName) + suffix);
            if (fs::exists(from, error))
                fs::copy_file(from, m_aside / from.filename(), error);
            if (error)
                return systemError("Copying", from, error.value());
        }
        PosixDisk disk;
        if (Status synced = disk.syncDirectory(m_aside); !synced)
            return synced;
        for (const char *suffix : {"-wal", "-shm"})
            fs::remove(m_directory / (std::string(databaseName) + suffix), error);
        fs::rename(m_staging / databaseName, m_directory / databaseName, error);
        if (error)
            return systemError("Moving", m_staging / databaseName, error.value());
        say("The database is made anew; the old one is kept in " + m_aside.filename().string() + '.');
        return disk.syncDirectory(m_directory);
    }

    void say(std::string_view sentence) { m_report.done.emplace_back(sentence); }

    struct SealCounts
    {
        uint64_t lost = 0;
        uint64_t changed = 0;
    };

    const fs::path m_directory;
    const fs::path m_staging;
    const fs::path m_aside;
    const Progress &m_progress;
    Catalogue m_catalogue;
    std::map<uint32_t, SealFacts> m_facts;
    std::set<uint32_t> m_damagedHours; ///< seals of hours with a damaged pack
    SealCounts m_seals;
    uint64_t m_files = 0;
    RepairReport m_report;
};

} // namespace

Result<RepairReport> repairDatabase(const fs::path &directory, const std::string &asideName,
                                    const Progress &progress)
{
    return DatabaseRepair(directory, asideName, progress).run();
}

} // namespace plimsoll
