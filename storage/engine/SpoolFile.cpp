#include "storage/engine/SpoolFile.h"

#include "storage/engine/ByteOrder.h"
#include "storage/model/Varint.h"

#include <algorithm>

namespace plimsoll {

namespace {

enum SectionType : uint8_t { TransactionFields = 1, PackBytes = 2 };
constexpr SectionFormat format{"PLSP", std::string_view("PLSPEND\0", 8)};

Error damaged() { return {ErrorCode::Corrupt, "A file of the spool is damaged.", {}}; }

/// Writes fields in the order they are named; FieldReader reads them back with the same calls.
class FieldWriter
{
public:
    template<typename T>
    void number(const T &value)
    {
        appendVarint(m_bytes, value);
    }
    void sign(const int64_t &value) { appendVarint(m_bytes, zigzag(value)); }
    void real(const double &value) { appendFixed(m_bytes, value); }
    void text(const std::string &value)
    {
        appendVarint(m_bytes, value.size());
        m_bytes += value;
    }
    template<typename T, typename Each>
    void list(const std::vector<T> &values, Each each)
    {
        appendVarint(m_bytes, values.size());
        for (const T &value : values)
            each(value);
    }
    std::string m_bytes;
};

class FieldReader
{
public:
    explicit FieldReader(std::string_view bytes)
        : m_rest(bytes)
    {
    }

    template<typename T>
    void number(T &value)
    {
        const auto read = takeVarint(m_rest);
        m_good = m_good && read && *read <= std::numeric_limits<T>::max();
        value = m_good ? static_cast<T>(*read) : T();
    }
    void sign(int64_t &value)
    {
        uint64_t coded = 0;
        number(coded);
        value = unzigzag(coded);
    }
    void real(double &value) { m_good = takeFixed(m_rest, value) && m_good; }
    void text(std::string &value)
    {
        size_t size = 0;
        number(size);
        m_good = m_good && size <= m_rest.size();
        if (!m_good)
            return;
        value = m_rest.substr(0, size);
        m_rest.remove_prefix(size);
    }
    template<typename T, typename Each>
    void list(std::vector<T> &values, Each each)
    {
        size_t count = 0;
        number(count);
        for (size_t i = 0; m_good && i < count; i++)
            each(values.emplace_back());
    }
    bool isWhole() const { return m_good && m_rest.empty(); }

private:
    std::string_view m_rest;
    bool m_good = true;
};

/// The order of the fields, for writing and reading alike.
template<typename Fields, typename Write, typename Meta>
void visit(Fields &fields, Write &write, Meta &meta)
{
    fields.list(write.seals, [&](auto &seal) {
        fields.number(seal.id);
        fields.sign(seal.windowStartMs);
        fields.sign(seal.minMs);
        fields.sign(seal.maxMs);
        fields.number(seal.samples);
        fields.number(seal.bytes);
        fields.number(seal.journalSequence);
        fields.text(seal.series);
        fields.sign(seal.resolutionMs);
        fields.sign(seal.spanMs);
    });
    fields.list(write.days, [&](auto &day) {
        fields.number(day.series);
        fields.sign(day.startMs);
        fields.sign(day.endMs);
        fields.text(day.zone);
        fields.number(day.count);
        for (auto *value : {&day.sum, &day.min, &day.max, &day.first, &day.last, &day.increase})
            fields.real(*value);
        fields.text(day.exactSum);
        fields.text(day.histogram);
        for (auto *value : {&day.p50, &day.p95, &day.p99})
            fields.real(*value);
    });
    fields.list(write.seriesRows, [&](auto &row) {
        fields.number(row.id);
        fields.number(row.project);
        for (auto *text : {&row.name, &row.labels, &row.kind})
            fields.text(*text);
    });
    fields.text(write.catalogue);
    fields.text(write.receipts);
    fields.sign(write.receiptsNewestMs);
    fields.sign(write.expireReceiptsMs);
    fields.list(meta, [&](auto &entry) {
        fields.text(entry.first);
        fields.text(entry.second);
    });
}

} // namespace

bool SpoolFile::takes(const BackendWrite &write)
{
    // A new member must be thought of here and in visit().
    const auto &[seals, packs, removedSeals, retiredSeals, removedPacks, days, expireDays, seriesRows,
                 catalogue, receipts, receiptsNewestMs, expireReceiptsMs, meta, documents, unhurried] = write;
    return !unhurried && removedSeals.empty() && retiredSeals.empty() && removedPacks.empty() &&
           expireDays.empty() && documents.empty();
}

Status SpoolFile::write(Disk &disk, const std::filesystem::path &path, uint64_t number,
                        const BackendWrite &write)
{
    const std::filesystem::path newPath = path.parent_path() / "spool.new";
    FieldWriter fields;
    const std::vector<std::pair<std::string, std::string>> meta(write.meta.begin(), write.meta.end());
    visit(fields, write, meta);
    SectionWriter out(disk, newPath, format);
    Status done = out.begin(number);
    if (done)
        done = out.add(TransactionFields, fields.m_bytes);
    for (size_t i = 0; done && i < write.packs.size(); i++) {
        const StoredPack &pack = write.packs[i];
        std::string body;
        appendVarint(body, pack.seal);
        appendVarint(body, pack.firstSeries);
        done = out.add(PackBytes, body += pack.data);
    }
    if (done)
        done = out.finish();
    if (done)
        done = disk.rename(newPath, path);
    if (done)
        done = disk.syncDirectory(path.parent_path());
    if (!done) {
        (void)disk.remove(newPath);
        (void)disk.remove(path);
    }
    return done;
}

Result<SpoolFile> SpoolFile::open(Disk &disk, const std::filesystem::path &path)
{
    auto reader = SectionReader::open(disk, path, format);
    if (!reader)
        return reader.error();
    SpoolFile file(std::move(*reader));
    if (const auto transaction = file.transaction(); !transaction)
        return transaction.error();
    for (const SectionEntry &section : file.m_reader.sections()) {
        if (section.type != PackBytes)
            continue;
        // What says which pack it is stands in the pack's own section; a damaged one is found by none.
        const auto body = file.m_reader.read(section);
        std::string_view rest = body ? std::string_view(*body) : std::string_view();
        const auto seal = takeVarint(rest);
        const auto first = seal ? takeVarint(rest) : seal;
        if (!body && body.error().code != ErrorCode::Corrupt)
            return body.error();
        file.m_lacksPacks = file.m_lacksPacks || !first;
        if (first)
            file.m_packs.push_back({static_cast<uint32_t>(*seal), static_cast<uint32_t>(*first), section});
    }
    std::sort(file.m_packs.begin(), file.m_packs.end());
    return file;
}

Result<BackendWrite> SpoolFile::transaction() const
{
    const auto &sections = m_reader.sections();
    if (sections.empty() || sections.front().type != TransactionFields)
        return damaged();
    const auto body = m_reader.read(sections.front());
    if (!body)
        return body.error();
    BackendWrite write;
    std::vector<std::pair<std::string, std::string>> meta;
    FieldReader fields(*body);
    visit(fields, write, meta);
    if (!fields.isWhole())
        return damaged();
    write.meta.insert(meta.begin(), meta.end());
    return write;
}

Result<BackendWrite> SpoolFile::whole() const
{
    auto write = transaction();
    if (!write)
        return write;
    for (const Place &place : m_packs) {
        auto pack = read(place);
        if (pack)
            write->packs.push_back(std::move(*pack));
        else if (pack.error().code != ErrorCode::Corrupt)
            return pack.error();
    }
    return write;
}

Result<StoredPack> SpoolFile::read(const Place &place) const
{
    auto body = m_reader.read(place.section);
    if (!body)
        return body.error();
    std::string_view rest = *body;
    (void)takeVarint(rest);
    (void)takeVarint(rest);
    return StoredPack{place.seal, place.firstSeries, std::string(rest)};
}

std::optional<Result<StoredPack>> SpoolFile::readPack(uint32_t seal, uint32_t series) const
{
    auto it = std::upper_bound(m_packs.begin(), m_packs.end(), Place{seal, series, {}});
    if (it == m_packs.begin() || (--it)->seal != seal)
        return std::nullopt;
    return read(*it);
}

} // namespace plimsoll
