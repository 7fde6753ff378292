#include "server/ingest/RemoteWrite.h"

#include "server/ingest/MetricWord.h"
#include "server/ingest/NameRules.h"
#include "server/ingest/ProtobufCursor.h"
#include "server/ingest/RemoteWriteHistogram.h"
#include "server/ingest/RemoteWriteLabels.h"
#include "server/ingest/SampleWriter.h"
#include "server/ingest/SnappyStream.h"

#include <simdjson.h>
#include <snappy.h>

#include <cstring>

namespace plimsoll::ingest {
namespace {

constexpr size_t maxRawBytes = 64 << 20;
constexpr size_t maxKeptBytes = 8 << 20; ///< of the buffer between requests
constexpr size_t pieceBytes = 16 << 10;  ///< decompressed at a time, to be read from the nearest cache
constexpr size_t fieldStartBytes = 16;   ///< the tag and the length of a field are shorter
constexpr uint32_t maxItems = 2'000'000; ///< an empty sample takes two bytes: what it becomes takes more
constexpr uint8_t labelTag = 0x0a;       ///< field 1 of a TimeSeries, with a length
constexpr uint8_t sampleTag = 0x12;      ///< field 2
constexpr uint8_t histogramTag = 0x22;   ///< field 4
constexpr uint8_t seriesTag = 0x0a;      ///< field 1 of a WriteRequest
constexpr uint8_t metadataTag = 0x1a;    ///< field 3
constexpr std::string_view framedStart("\xff\x06\x00\x00sNaPpY", 10);

using protozero::pbf_reader;
using protozero::pbf_wire_type;

const Error notAMessage{ErrorCode::Invalid, "The body is not a snappy-compressed remote write message.",
                        "Send prometheus.WriteRequest of remote write 1.0 as one snappy block."};

/// A message whose bytes may still be compressed in part.
class Message
{
public:
    explicit Message(std::string_view plain)
        : m_begin(plain.data())
        , m_there(plain.data() + plain.size())
        , m_end(m_there)
    {
    }
    Message(SnappyStream &stream, const char *room, size_t bytes)
        : m_stream(&stream)
        , m_begin(room)
        , m_there(room)
        , m_end(room + bytes)
    {
    }

    const char *begin() const { return m_begin; }
    const char *end() const { return m_end; }
    /// What is there from `at`, up to `wanted` at least; throws as protozero does where that cannot be.
    Cursor from(const char *at, const char *wanted)
    {
        if (wanted > m_there)
            decompress(wanted);
        return {at, m_there};
    }

private:
    void decompress(const char *wanted)
    {
        if (m_stream) {
            m_stream->advance(std::max(static_cast<size_t>(wanted - m_begin), m_stream->size() + pieceBytes));
            m_there = m_begin + m_stream->size();
        }
        if (wanted > m_there)
            throw protozero::end_of_buffer_exception();
    }

    SnappyStream *m_stream = nullptr;
    const char *m_begin;
    const char *m_there;
    const char *m_end;
};

/// Takes a sample in the form in which senders write it: the value, then the time, and nothing else.
bool takePlainSample(Cursor &fields, double &value, int64_t &timestampMs)
{
    constexpr size_t start = 12; // tag, length, tag, value, tag
    if (fields.left() <= start)
        return false;
    const auto *bytes = reinterpret_cast<const uint8_t *>(fields.at);
    const size_t size = bytes[1];
    if (bytes[0] != sampleTag || bytes[2] != 0x09 || bytes[11] != 0x10 || size <= start - 2 || size > 0x7f ||
        size + 2 > fields.left())
        return false;
    uint64_t time = 0;
    size_t at = start;
    for (int shift = 0; shift < 63; shift += 7) {
        time |= uint64_t(bytes[at] & 0x7f) << shift;
        if (bytes[at++] < 0x80)
            break;
        if (at == size + 2)
            return false;
    }
    if (at != size + 2 || bytes[at - 1] >= 0x80)
        return false;
    std::memcpy(&value, bytes + 3, sizeof value);
    timestampMs = static_cast<int64_t>(time);
    fields.at += at;
    return true;
}

} // namespace

class RemoteWrite::Reader
{
public:
    Status read(const Payload &payload, Batch &batch);

private:
    void begin(const Payload &payload, Batch &batch);
    bool readBlock(std::string_view body, size_t size, Status &result);
    Status readMessage(Message message);
    void readRequest(Message &message);
    void readSeries(Cursor series);
    void readPlainSamples(Cursor &fields);
    void readScattered(Cursor series);
    bool readSamples(Cursor fields);
    void readSample(Cursor sample);
    void readHistogram(Cursor message);
    void readMetadata(Cursor message);
    void sayMeaning(MetricWord type, std::string_view family, std::string_view suffix);
    bool place(Kind kind, bool adoptsKind, uint32_t &position);
    void refuse(const char *code, std::string message);

    SampleWriter m_writer;
    SeriesCache *m_cache = nullptr;
    Batch *m_batch = nullptr;
    std::unique_ptr<char[]> m_raw;
    size_t m_rawBytes = 0;
    std::string_view m_labels;          ///< the raw bytes of the series at hand
    uint32_t m_set = SeriesCache::none; ///< what they mean, once it was asked for
    std::string m_scratch;
    std::vector<LabelView> m_views; ///< scratch
    std::string m_key;              ///< scratch
};

void RemoteWrite::Reader::begin(const Payload &payload, Batch &batch)
{
    m_batch = &batch;
    m_writer.begin(batch, payload.project);
    m_cache = &m_writer.cache();
}

Status RemoteWrite::Reader::read(const Payload &payload, Batch &batch)
{
    const std::string_view body = payload.body;
    if (body.starts_with(framedStart))
        return Error{ErrorCode::Invalid, "The body is in snappy's framed format.",
                     "Remote write sends a single snappy block."};
    begin(payload, batch);
    size_t size = 0;
    const bool statesSize = snappy::GetUncompressedLength(body.data(), body.size(), &size);
    if (statesSize && size > maxRawBytes)
        return Error{ErrorCode::TooLarge, "The body states more than 64 MiB of content.",
                     "Send it in smaller parts."};
    Status result;
    if (statesSize && size <= body.size() * 64 && readBlock(body, size, result))
        return result;
    // Not snappy: a sender that does not compress, or nonsense.
    const auto first = body.empty() ? uint8_t(0) : static_cast<uint8_t>(body.front());
    if (first != seriesTag && first != metadataTag)
        return notAMessage;
    batch.clear();
    begin(payload, batch);
    return readMessage(Message(body));
}

/// False, and what was read means nothing, where the body is no snappy block.
bool RemoteWrite::Reader::readBlock(std::string_view body, size_t size, Status &result)
{
    if (size + SnappyStream::slackBytes > m_rawBytes) {
        m_rawBytes = size + SnappyStream::slackBytes;
        m_raw = std::make_unique_for_overwrite<char[]>(m_rawBytes);
    }
    const auto ends = [](char byte) { return static_cast<uint8_t>(byte) < 0x80; };
    body.remove_prefix(static_cast<size_t>(std::find_if(body.begin(), body.end(), ends) + 1 - body.begin()));
    SnappyStream stream(body, m_raw.get(), size);
    result = readMessage(Message(stream, m_raw.get(), size));
    stream.advance(size);
    if (m_rawBytes > maxKeptBytes) {
        m_raw.reset();
        m_rawBytes = 0;
    }
    return stream.isWhole();
}

Status RemoteWrite::Reader::readMessage(Message message)
{
    Status result;
    try {
        readRequest(message);
    } catch (const protozero::exception &) {
        result = notAMessage;
    }
    if (m_batch->itemCount > maxItems)
        result = Error{ErrorCode::TooLarge, "The body holds more than 2,000,000 samples.",
                       "Send it in smaller parts."};
    m_writer.finish();
    return result;
}

void RemoteWrite::Reader::readRequest(Message &message)
{
    const char *at = message.begin();
    while (at != message.end() && m_batch->itemCount <= maxItems) {
        const size_t left = static_cast<size_t>(message.end() - at);
        Cursor cursor = message.from(at, at + std::min(left, fieldStartBytes));
        const uint8_t tag = cursor.front();
        if (tag != seriesTag && tag != metadataTag) {
            cursor = message.from(at, message.end());
            cursor.skipField();
            at = cursor.at;
            continue;
        }
        cursor.at++;
        const uint64_t size = cursor.varint();
        if (size > static_cast<size_t>(message.end() - cursor.at))
            throw protozero::end_of_buffer_exception();
        at = cursor.at + size;
        message.from(cursor.at, at);
        const Cursor field{cursor.at, at};
        if (tag == seriesTag)
            readSeries(field);
        else
            readMetadata(field);
    }
}

void RemoteWrite::Reader::readSeries(Cursor series)
{
    const size_t expected = m_cache->expectedLabels(series.view());
    const size_t items = m_batch->itemCount;
    const size_t floats = m_batch->floats.size();
    const size_t histograms = m_batch->histograms.size();
    const size_t rejections = m_batch->rejections.size();
    Cursor fields = series;
    if (expected > 0 && series.left() > expected && static_cast<uint8_t>(series.at[expected]) != labelTag) {
        m_labels = {series.at, expected};
        m_set = m_cache->takeExpectedLabels();
        fields.at += expected;
        readPlainSamples(fields);
        if (fields.done())
            return;
    } else {
        while (!fields.done() && fields.front() == labelTag) {
            fields.at++;
            fields.sized();
        }
        m_labels = {series.at, static_cast<size_t>(fields.at - series.at)};
        m_set = SeriesCache::none;
    }
    if (readSamples(fields))
        return;
    m_batch->itemCount = static_cast<uint32_t>(items);
    m_batch->floats.resize(floats);
    m_batch->histograms.resize(histograms);
    m_batch->rejections.resize(rejections);
    m_writer.noteTakenBack();
    readScattered(series);
}

/// Takes the samples of a known series, up to the first thing that needs a second look.
void RemoteWrite::Reader::readPlainSamples(Cursor &fields)
{
    uint32_t position = SeriesCache::none;
    double value = 0;
    int64_t timestampMs = 0;
    for (Cursor next = fields; takePlainSample(next, value, timestampMs); fields = next) {
        if (position == SeriesCache::none)
            position = m_cache->findUnnamed(m_set, Kind::Untyped, true, m_batch->itemCount);
        if (position == SeriesCache::none || timestampMs < 0)
            return;
        m_batch->floats.push_back({position, timestampMs, value, m_batch->itemCount++});
    }
}

/// Labels that do not stand together, or not at the start, are legal: they are put together first.
void RemoteWrite::Reader::readScattered(Cursor series)
{
    m_scratch.clear();
    std::string rest;
    while (!series.done()) {
        const char *start = series.at;
        const bool isLabel = series.front() == labelTag;
        series.skipField();
        (isLabel ? m_scratch : rest).append(start, series.at);
    }
    m_labels = m_scratch;
    m_set = SeriesCache::none;
    readSamples({rest.data(), rest.data() + rest.size()});
}

/// False where a label stands among what follows the labels.
bool RemoteWrite::Reader::readSamples(Cursor fields)
{
    while (!fields.done()) {
        const uint8_t tag = fields.front();
        if (tag == labelTag)
            return false;
        if (tag != sampleTag && tag != histogramTag) {
            fields.skipField();
            continue;
        }
        fields.at++;
        const Cursor part = fields.sized();
        if (tag == sampleTag)
            readSample(part);
        else
            readHistogram(part);
    }
    return true;
}

void RemoteWrite::Reader::readSample(Cursor sample)
{
    double value = 0;
    int64_t timestampMs = 0;
    while (!sample.done()) {
        if (sample.front() == 0x09 && sample.left() > sizeof value) {
            std::memcpy(&value, sample.at + 1, sizeof value);
            sample.at += 1 + sizeof value;
        } else if (sample.front() == 0x10) {
            sample.at++;
            timestampMs = static_cast<int64_t>(sample.varint());
        } else {
            sample.skipField();
        }
    }
    uint32_t position = 0;
    if (timestampMs < 0)
        refuse("bad_ts", "The timestamp is before 1970.");
    else if (place(Kind::Untyped, true, position))
        m_batch->floats.push_back({position, timestampMs, value, m_batch->itemCount++});
}

void RemoteWrite::Reader::readHistogram(Cursor message)
{
    RemoteHistogram histogram = readRemoteHistogram(message.view());
    uint32_t position = 0;
    if (histogram.fault)
        refuse("bad_value", std::string("The histogram ") + histogram.fault + '.');
    else if (histogram.timestampMs < 0)
        refuse("bad_ts", "The timestamp is before 1970.");
    else if (place(Kind::Histogram, false, position))
        m_batch->histograms.push_back(
            {position, histogram.timestampMs, std::move(histogram.value), m_batch->itemCount++});
}

/// The position of the series at hand; refuses the item where its labels are not valid.
bool RemoteWrite::Reader::place(Kind kind, bool adoptsKind, uint32_t &position)
{
    const uint32_t item = m_batch->itemCount;
    if (m_set == SeriesCache::none)
        m_set = m_cache->findLabels(m_labels);
    if (m_set != SeriesCache::none) {
        position = m_cache->findSeries(m_set, {}, kind, adoptsKind, item);
        if (position != SeriesCache::none)
            return true;
    }
    if (auto error = readRemoteLabels(m_labels, m_views, m_key)) {
        refuse(error->code.c_str(), std::move(error->message));
        return false;
    }
    if (m_set == SeriesCache::none)
        m_set = m_cache->addLabels(m_labels);
    position = m_cache->addSeries(m_set, {}, m_key, kind, adoptsKind, item);
    return true;
}

void RemoteWrite::Reader::refuse(const char *code, std::string message)
{
    m_writer.refuse({code, std::move(message)}, {"sample", m_batch->itemCount});
}

void RemoteWrite::Reader::readMetadata(Cursor message)
{
    pbf_reader reader(message.at, message.left());
    int word = 0;
    std::string_view family;
    std::string_view help;
    std::string_view unit;
    const auto text = [&] {
        const auto view = reader.get_view();
        return std::string_view(view.data(), view.size());
    };
    while (reader.next()) {
        if (reader.tag_and_type() == protozero::tag_and_type(1, pbf_wire_type::varint))
            word = reader.get_enum();
        else if (reader.tag_and_type() == protozero::tag_and_type(2, pbf_wire_type::length_delimited))
            family = text();
        else if (reader.tag_and_type() == protozero::tag_and_type(4, pbf_wire_type::length_delimited))
            help = text();
        else if (reader.tag_and_type() == protozero::tag_and_type(5, pbf_wire_type::length_delimited))
            unit = text();
        else
            reader.skip();
    }
    const auto isText = [](std::string_view bytes) { return simdjson::validate_utf8(bytes); };
    if (!isText(family) || checkMetricName(family) || m_batch->meanings.size() > maxItems)
        return;
    const MetricWord type = metricWord(word);
    for (const char *suffix : {"", "_total", "_bucket", "_sum", "_count"})
        sayMeaning(type, family, suffix);
    if (isText(help) && isText(unit))
        m_batch->descriptions.push_back({std::string(family), textOf(type),
                                         std::string(startOf(help, maxLabelValueBytes)),
                                         std::string(startOf(unit, maxLabelValueBytes))});
}

/// What the family's type makes of one of its names.
void RemoteWrite::Reader::sayMeaning(MetricWord type, std::string_view family, std::string_view suffix)
{
    const std::string name = std::string(family).append(suffix);
    const bool isPart = !suffix.empty() && suffix != "_total";
    if (suffix == "_total" && type != MetricWord::Counter)
        return;
    const Kind kind = isPart && familyOf(type, name) == name ? Kind::Untyped : kindOf(type, name);
    if (kind != Kind::Untyped)
        m_batch->meanings.push_back({name, kind});
}

RemoteWrite::RemoteWrite(const Prices &)
    : m_reader(std::make_unique<Reader>())
{
}
RemoteWrite::~RemoteWrite() = default;

Status RemoteWrite::decode(const Payload &payload, Batch &batch) { return m_reader->read(payload, batch); }

} // namespace plimsoll::ingest
