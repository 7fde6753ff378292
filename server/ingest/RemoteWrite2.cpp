#include "server/ingest/RemoteWrite2.h"

#include "server/ingest/MetricWord.h"
#include "server/ingest/NameRules.h"
#include "server/ingest/ProtobufCursor.h"
#include "server/ingest/RemoteWriteHistogram.h"
#include "server/ingest/RemoteWriteLabels.h"
#include "server/ingest/SampleWriter.h"
#include "storage/model/LabelsKey.h"

#include <simdjson.h>
#include <snappy.h>

#include <algorithm>
#include <cstring>

namespace plimsoll::ingest {
namespace {

using Message = protozero::pbf_reader;
constexpr auto varint = protozero::pbf_wire_type::varint;
constexpr auto fixed64 = protozero::pbf_wire_type::fixed64;
constexpr auto sized = protozero::pbf_wire_type::length_delimited;

constexpr uint32_t field(protozero::pbf_tag_type number, protozero::pbf_wire_type type)
{
    return protozero::tag_and_type(number, type);
}

constexpr size_t maxRawBytes = 64 << 20;
constexpr size_t maxKeptBytes = 8 << 20; ///< of buffers between requests
constexpr uint32_t maxItems = 2'000'000;
constexpr size_t maxSymbols = 1'000'000; ///< an empty one takes two bytes: what it becomes takes sixteen
constexpr uint8_t symbolTag = 0x22;      ///< field 4 of a Request, with a length
constexpr uint8_t seriesTag = 0x2a;      ///< field 5

const Error notAMessage{ErrorCode::Invalid, "The body is not a snappy-compressed remote write 2.0 message.",
                        "Send io.prometheus.write.v2.Request as one snappy block."};

} // namespace

class RemoteWrite2::Reader
{
public:
    Status read(const Payload &payload, Batch &batch);

private:
    /// What is said of the series at hand apart from its labels.
    struct Metadata
    {
        MetricWord type = MetricWord::Unknown;
        std::string_view help;
        std::string_view unit;
    };

    std::optional<std::string_view> decompressed(std::string_view body);
    void readRequest(std::string_view message);
    void readSymbols(Message message);
    void readSeries(Message message);
    void readLabels(Message message);
    void takeReference(uint32_t reference);
    void readMetadata(Message message);
    void readSample(Message message);
    Kind kindOfFloats() const;
    void readHistogram(std::string_view message);
    bool place(Kind kind, bool adoptsKind, uint32_t &position);
    std::string_view name() const;
    void describe(Kind kind);
    void refuse(const char *code, std::string message);
    std::string_view symbol(uint32_t reference) const;

    SampleWriter m_writer;
    SeriesCache *m_cache = nullptr;
    Batch *m_batch = nullptr;
    std::unique_ptr<char[]> m_raw;
    size_t m_rawBytes = 0;
    std::vector<std::string_view> m_symbols;
    std::string m_labels;    ///< of the series at hand: for each the length and bytes of both texts
    size_t m_references = 0; ///< how many texts that are
    ItemCheck m_fault;       ///< what is wrong with them as a whole
    uint32_t m_set = SeriesCache::none; ///< what the labels mean, once it was asked for
    Metadata m_metadata;
    std::vector<LabelView> m_views; ///< scratch
    std::string m_key;              ///< scratch
};

Status RemoteWrite2::Reader::read(const Payload &payload, Batch &batch)
{
    size_t size = 0;
    if (snappy::GetUncompressedLength(payload.body.data(), payload.body.size(), &size) && size > maxRawBytes)
        return Error{ErrorCode::TooLarge, "The body states more than 64 MiB of content.",
                     "Send it in smaller parts."};
    const auto message = decompressed(payload.body);
    if (!message)
        return notAMessage;
    m_batch = &batch;
    m_writer.begin(batch, payload.project);
    m_cache = &m_writer.cache();
    Status result;
    try {
        readRequest(*message);
    } catch (const protozero::exception &) {
        result = notAMessage;
    }
    m_writer.finish();
    if (batch.itemCount > maxItems || m_symbols.size() > maxSymbols)
        result =
            Error{ErrorCode::TooLarge, "The body holds more than 2,000,000 samples or 1,000,000 symbols.",
                  "Send it in smaller parts."};
    m_symbols.clear();
    if (m_rawBytes > maxKeptBytes) {
        m_raw.reset();
        m_rawBytes = 0;
    }
    return result;
}

/// The message, whether it is compressed or not; nothing where it can be neither.
std::optional<std::string_view> RemoteWrite2::Reader::decompressed(std::string_view body)
{
    size_t size = 0;
    if (snappy::GetUncompressedLength(body.data(), body.size(), &size) && size <= body.size() * 64) {
        if (size > m_rawBytes) {
            m_rawBytes = size;
            m_raw = std::make_unique_for_overwrite<char[]>(size);
        }
        if (snappy::RawUncompress(body.data(), body.size(), m_raw.get()))
            return std::string_view(m_raw.get(), size);
    }
    const auto first = body.empty() ? uint8_t(0) : static_cast<uint8_t>(body.front());
    return first == symbolTag || first == seriesTag ? std::optional(body) : std::nullopt;
}

void RemoteWrite2::Reader::readRequest(std::string_view bytes)
{
    Message message(bytes.data(), bytes.size());
    readSymbols(message);
    while (message.next() && m_batch->itemCount <= maxItems && m_symbols.size() <= maxSymbols) {
        if (message.tag_and_type() == field(5, sized))
            readSeries(message.get_message());
        else
            message.skip();
    }
}

void RemoteWrite2::Reader::readSymbols(Message message)
{
    m_symbols.clear();
    while (message.next() && m_symbols.size() <= maxSymbols) {
        if (message.tag_and_type() != field(4, sized)) {
            message.skip();
            continue;
        }
        const auto text = message.get_view();
        m_symbols.emplace_back(text.data(), text.size());
    }
}

std::string_view RemoteWrite2::Reader::symbol(uint32_t reference) const
{
    return reference < m_symbols.size() ? m_symbols[reference] : std::string_view();
}

/// Fields come in any order, so labels and metadata are looked for first.
void RemoteWrite2::Reader::readSeries(Message message)
{
    readLabels(message);
    while (message.next()) {
        if (message.tag_and_type() == field(2, sized)) {
            readSample(message.get_message());
        } else if (message.tag_and_type() == field(3, sized)) {
            const auto bytes = message.get_view();
            readHistogram({bytes.data(), bytes.size()});
        } else {
            message.skip();
        }
    }
}

void RemoteWrite2::Reader::readLabels(Message message)
{
    m_labels.clear();
    m_references = 0;
    m_fault.reset();
    m_set = SeriesCache::none;
    m_metadata = {};
    while (message.next()) {
        if (message.tag_and_type() == field(1, sized)) {
            for (const uint32_t reference : message.get_packed_uint32())
                takeReference(reference);
        } else if (message.tag_and_type() == field(1, varint)) {
            takeReference(message.get_uint32());
        } else if (message.tag_and_type() == field(5, sized)) {
            readMetadata(message.get_message());
        } else {
            message.skip();
        }
    }
    if (m_references % 2 != 0 && !m_fault)
        m_fault = ItemError{"bad_label", "A label has a name and no value."};
}

void RemoteWrite2::Reader::takeReference(uint32_t reference)
{
    const std::string_view text = symbol(reference);
    if (reference >= m_symbols.size())
        m_fault = ItemError{"bad_label", "A label refers to a symbol that is not there."};
    else if (text.size() > maxLabelValueBytes)
        m_fault =
            ItemError{"bad_label", "A label has " + std::to_string(text.size()) + " bytes; the limit is " +
                                       std::to_string(maxLabelValueBytes) + "."};
    else if (++m_references > 2 * (maxLabels + 1))
        m_fault =
            ItemError{"too_many_labels", "There are more than " + std::to_string(maxLabels) + " labels."};
    if (m_fault)
        return;
    appendVarint(m_labels, text.size());
    m_labels += text;
}

void RemoteWrite2::Reader::readMetadata(Message message)
{
    while (message.next()) {
        if (message.tag_and_type() == field(1, varint)) {
            m_metadata.type = metricWord(message.get_enum());
        } else if (message.tag_and_type() == field(3, varint)) {
            m_metadata.help = symbol(message.get_uint32());
        } else if (message.tag_and_type() == field(4, varint)) {
            m_metadata.unit = symbol(message.get_uint32());
        } else {
            message.skip();
        }
    }
}

void RemoteWrite2::Reader::readSample(Message message)
{
    double value = 0;
    int64_t timestampMs = 0;
    while (message.next()) {
        if (message.tag_and_type() == field(1, fixed64))
            value = message.get_double();
        else if (message.tag_and_type() == field(2, varint))
            timestampMs = message.get_int64();
        else
            message.skip();
    }
    uint32_t position = 0;
    if (timestampMs < 0)
        refuse("bad_ts", "The timestamp is before 1970.");
    else if (place(kindOfFloats(), true, position))
        m_batch->floats.push_back({position, timestampMs, value, m_batch->itemCount++});
}

void RemoteWrite2::Reader::readHistogram(std::string_view message)
{
    RemoteHistogram histogram = readRemoteHistogram(message);
    uint32_t position = 0;
    if (histogram.fault)
        refuse("bad_value", std::string("The histogram ") + histogram.fault + '.');
    else if (histogram.timestampMs < 0)
        refuse("bad_ts", "The timestamp is before 1970.");
    else if (place(Kind::Histogram, false, position))
        m_batch->histograms.push_back(
            {position, histogram.timestampMs, std::move(histogram.value), m_batch->itemCount++});
}

/// The name among the labels of the series at hand, empty where there is none.
std::string_view RemoteWrite2::Reader::name() const
{
    std::string_view rest = m_labels;
    while (const auto label = takeLabel(rest)) {
        if (label->name == nameLabel)
            return label->value;
    }
    return {};
}

Kind RemoteWrite2::Reader::kindOfFloats() const
{
    const bool byName = m_metadata.type == MetricWord::Histogram || m_metadata.type == MetricWord::Summary;
    return kindOf(m_metadata.type, byName ? name() : std::string_view());
}

/// The position of the series at hand; refuses the item where its labels are not valid.
bool RemoteWrite2::Reader::place(Kind kind, bool adoptsKind, uint32_t &position)
{
    const uint32_t item = m_batch->itemCount;
    if (m_fault) {
        refuse(m_fault->code.c_str(), m_fault->message);
        return false;
    }
    if (m_set == SeriesCache::none)
        m_set = m_cache->findLabels(m_labels);
    if (m_set != SeriesCache::none) {
        position = m_cache->findSeries(m_set, {}, kind, adoptsKind, item);
        if (position != SeriesCache::none)
            return true;
    }
    m_views.clear();
    for (std::string_view rest = m_labels; const auto label = takeLabel(rest);)
        m_views.push_back(*label);
    if (auto error = makeRemoteKey(m_views, m_key)) {
        refuse(error->code.c_str(), std::move(error->message));
        return false;
    }
    if (m_set == SeriesCache::none)
        m_set = m_cache->addLabels(m_labels);
    position = m_cache->addSeries(m_set, {}, m_key, kind, adoptsKind, item);
    describe(kind);
    return true;
}

/// Says what the metadata tells of a series that was not seen before.
void RemoteWrite2::Reader::describe(Kind kind)
{
    if (!holdsHistograms(kind) && kind != Kind::Untyped)
        m_batch->meanings.push_back({std::string(name()), kind});
    const auto clean = [](std::string_view text) {
        return simdjson::validate_utf8(text) ? startOf(text, maxLabelValueBytes) : std::string_view();
    };
    if (m_metadata.type == MetricWord::Unknown && m_metadata.help.empty() && m_metadata.unit.empty())
        return;
    Batch::Description said{std::string(familyOf(m_metadata.type, name())), textOf(m_metadata.type),
                            std::string(clean(m_metadata.help)), std::string(clean(m_metadata.unit))};
    if (m_batch->descriptions.empty() || !(m_batch->descriptions.back() == said))
        m_batch->descriptions.push_back(std::move(said));
}

void RemoteWrite2::Reader::refuse(const char *code, std::string message)
{
    m_writer.refuse({code, std::move(message)}, {"sample", m_batch->itemCount});
}

RemoteWrite2::RemoteWrite2(const Prices &)
    : m_reader(std::make_unique<Reader>())
{
}
RemoteWrite2::~RemoteWrite2() = default;

Status RemoteWrite2::decode(const Payload &payload, Batch &batch) { return m_reader->read(payload, batch); }

} // namespace plimsoll::ingest
