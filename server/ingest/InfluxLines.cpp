#include "server/ingest/InfluxLines.h"

#include "server/ingest/InfluxText.h"
#include "server/ingest/NameRules.h"
#include "server/ingest/SampleWriter.h"

#include <simdjson.h>

#include <charconv>

namespace plimsoll::ingest {
namespace {

constexpr size_t maxQuotedBytes = 120;
constexpr std::string_view alone = "value"; ///< the field that gives the series its measurement's name

} // namespace

class InfluxLines::Reader
{
public:
    Status read(const Payload &payload, Batch &batch);

private:
    /// What went wrong in a line, in InfluxDB's words; null while nothing did.
    using Fault = const char *;

    void readLine();
    Fault readKey();
    Fault readFields();
    Fault readField(size_t number);
    Fault readTimestamp(int64_t &timestampMs);
    std::string_view takeFieldName();
    bool place(std::string_view rawName, uint32_t &position);
    bool parseKey();
    void giveUp(Fault fault, size_t firstSample);
    std::string_view rest() const { return m_body.substr(m_at); }
    bool atEnd() const { return m_at == m_body.size() || m_body[m_at] == '\n' || m_body[m_at] == '\r'; }
    void skipBlanks()
    {
        while (m_at < m_body.size() && m_body[m_at] == ' ')
            m_at++;
    }

    SampleWriter m_writer;
    SeriesCache *m_cache = nullptr;
    Batch *m_batch = nullptr;
    InfluxPrecision m_precision;
    int64_t m_nowMs = 0;
    std::string_view m_body;
    size_t m_at = 0;
    size_t m_lineStart = 0;
    std::string_view m_key; ///< measurement and tags of the line, as they stand
    uint32_t m_set = SeriesCache::none;
    InfluxKey m_parsed; ///< m_key, once it was needed
    bool m_isParsed = false;
    ItemError m_error; ///< the reason behind Fault where it is made at run time
};

Status InfluxLines::Reader::read(const Payload &payload, Batch &batch)
{
    std::string_view word;
    for (const auto &[name, value] : payload.arguments) {
        if (name == "precision")
            word = value;
    }
    const auto precision = InfluxPrecision::fromWord(word);
    if (!precision)
        return Error{ErrorCode::Invalid,
                     "invalid precision " + quoted(word) + " (use ns, us, ms, s, m, h or auto)",
                     {}};
    m_precision = *precision;
    m_nowMs = payload.nowMs;
    m_body = payload.body;
    m_at = 0;
    m_batch = &batch;
    m_writer.begin(batch, payload.project);
    m_cache = &m_writer.cache();
    while (m_at < m_body.size())
        readLine();
    m_writer.finish();
    return {};
}

void InfluxLines::Reader::readLine()
{
    while (m_at < m_body.size() && (m_body[m_at] == ' ' || m_body[m_at] == '\n' || m_body[m_at] == '\r'))
        m_at++;
    m_lineStart = m_at;
    if (m_at == m_body.size())
        return;
    if (m_body[m_at] == '#') {
        m_at = std::min(m_body.find('\n', m_at), m_body.size());
        return;
    }
    const size_t firstSample = m_batch->floats.size();
    int64_t timestampMs = m_nowMs;
    Fault fault = readKey();
    if (!fault)
        fault = readFields();
    if (!fault)
        fault = readTimestamp(timestampMs);
    if (fault) {
        giveUp(fault, firstSample);
        return;
    }
    for (size_t i = firstSample; i < m_batch->floats.size(); i++)
        m_batch->floats[i].timestampMs = timestampMs;
    m_batch->itemCount++;
}

/// The key reaches to the first blank that no backslash escapes, so bytes that are an earlier key and a blank
/// mean the same key.
InfluxLines::Reader::Fault InfluxLines::Reader::readKey()
{
    const std::string_view here = rest();
    const size_t expected = m_cache->expectedLabels(here);
    m_isParsed = false;
    if (expected > 0 && here.size() > expected && here[expected] == ' ') {
        m_key = here.substr(0, expected);
        m_set = m_cache->takeExpectedLabels();
    } else {
        m_key = here.substr(0, findUnescaped(here, " \n"));
        m_set = SeriesCache::none;
    }
    m_at += m_key.size();
    skipBlanks();
    if (m_set == SeriesCache::none)
        m_set = m_cache->findLabels(m_key);
    if (m_set != SeriesCache::none)
        return atEnd() ? "missing fields" : nullptr;
    if (!parseKey())
        return m_error.message.c_str();
    if (atEnd())
        return "missing fields";
    m_set = m_cache->addLabels(m_key);
    return nullptr;
}

InfluxLines::Reader::Fault InfluxLines::Reader::readFields()
{
    for (size_t number = 0;; number++) {
        if (const Fault fault = readField(number))
            return fault;
        if (atEnd() || m_body[m_at] == ' ')
            return nullptr;
        if (m_body[m_at] != ',')
            return "invalid field format";
        m_at++;
    }
}

/// The field's name as it stands, up to its equals sign; empty where there is none.
std::string_view InfluxLines::Reader::takeFieldName()
{
    const std::string_view here = rest();
    const auto expected = m_cache->expectedName(m_set, Kind::Untyped, true);
    if (expected) {
        const std::string_view name = expected->empty() ? alone : *expected;
        if (here.size() > name.size() && here[name.size()] == '=' && here.starts_with(name)) {
            m_at += name.size() + 1;
            return name;
        }
    }
    const size_t size = findUnescaped(here, "=, \n");
    if (size == 0 || size == here.size() || here[size] != '=')
        return {};
    m_at += size + 1;
    return here.substr(0, size);
}

InfluxLines::Reader::Fault InfluxLines::Reader::readField(size_t number)
{
    const std::string_view name = takeFieldName();
    if (name.empty())
        return !rest().empty() && rest().front() == '=' ? "missing field key" : "invalid field format";
    const std::string_view here = rest();
    const InfluxValue value = readInfluxValue(here);
    if (value.type == InfluxValue::Bad) {
        if (atEnd() || here.front() == ',' || here.front() == ' ')
            return "missing field value";
        return here.front() == '"' ? "unbalanced quotes" : "invalid number";
    }
    m_at += value.size;
    if (value.type == InfluxValue::Text) {
        m_batch->skippedValues++;
        return nullptr;
    }
    const bool standsAlone = number == 0 && name == alone && (atEnd() || m_body[m_at] == ' ');
    uint32_t position = 0;
    if (!place(standsAlone ? std::string_view() : name, position))
        return m_error.message.c_str();
    m_batch->floats.push_back({position, 0, value.number, m_batch->itemCount});
    return nullptr;
}

/// The position of a field's series; `rawName` is empty for the one that has its measurement's name.
bool InfluxLines::Reader::place(std::string_view rawName, uint32_t &position)
{
    const uint32_t item = m_batch->itemCount;
    position = m_cache->findSeries(m_set, rawName, Kind::Untyped, true, item);
    if (position != SeriesCache::none)
        return true;
    if (!parseKey())
        return false;
    std::string name = m_parsed.measurement;
    if (!rawName.empty())
        name += '_' + unescapeInflux(rawName, ",= ");
    const bool readable = simdjson::validate_utf8(rawName);
    if (auto error = checkMetricName(name); error || !readable) {
        m_error = readable ? std::move(*error) : ItemError{"bad_name", "invalid UTF-8"};
        return false;
    }
    m_parsed.tags.set(nameLabel, name);
    position = m_cache->addSeries(m_set, rawName, m_parsed.tags.key(), Kind::Untyped, true, item);
    return true;
}

bool InfluxLines::Reader::parseKey()
{
    if (m_isParsed)
        return true;
    if (auto error = readInfluxKey(m_key, m_parsed)) {
        m_error = std::move(*error);
        return false;
    }
    return m_isParsed = true;
}

InfluxLines::Reader::Fault InfluxLines::Reader::readTimestamp(int64_t &timestampMs)
{
    skipBlanks();
    if (atEnd())
        return nullptr;
    int64_t number = 0;
    const char *end = m_body.data() + m_body.size();
    const auto read = std::from_chars(m_body.data() + m_at, end, number);
    m_at = static_cast<size_t>(read.ptr - m_body.data());
    skipBlanks();
    if (read.ec != std::errc() || !atEnd())
        return "bad timestamp";
    const auto ms = m_precision.toMs(number);
    if (!ms)
        return "time outside range";
    timestampMs = *ms;
    return nullptr;
}

/// Refuses the line and goes on behind it.
void InfluxLines::Reader::giveUp(Fault fault, size_t firstSample)
{
    const std::string why = fault;
    m_batch->floats.resize(firstSample);
    const size_t end = std::min(m_body.find('\n', m_lineStart), m_body.size());
    std::string_view line = m_body.substr(m_lineStart, end - m_lineStart);
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    const bool cut = line.size() > maxQuotedBytes;
    std::string shown(line.substr(0, maxQuotedBytes));
    if (!simdjson::validate_utf8(shown)) {
        for (char &c : shown)
            c = static_cast<unsigned char>(c) < 0x80 ? c : '?';
    }
    m_writer.refuse({"bad_line", "unable to parse '" + shown + (cut ? "…': " : "': ") + why}, {});
    m_at = end;
}

InfluxLines::InfluxLines(const Prices &)
    : m_reader(std::make_unique<Reader>())
{
}
InfluxLines::~InfluxLines() = default;

Status InfluxLines::decode(const Payload &payload, Batch &batch) { return m_reader->read(payload, batch); }

} // namespace plimsoll::ingest
