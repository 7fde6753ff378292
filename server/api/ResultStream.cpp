#include "server/api/ResultStream.h"

#include "server/api/JsonWriter.h"
#include "server/api/PacedStream.h"
#include "server/api/PrometheusApiJson.h"
#include "server/api/PrometheusEnvelope.h"

namespace plimsoll::api {

using namespace prometheus;

namespace {

constexpr size_t pieceBytes = 256 * 1024;
constexpr uint64_t maxSeriesBytes = 4096; ///< labels and what stands around points, of all but odd series
constexpr uint64_t maxHistogramBytes = 16 * 1024;
constexpr std::string_view typeNames[] = {"scalar", "string", "vector", "matrix"};

QByteArray toBytes(const std::string &text)
{
    return QByteArray(text.data(), static_cast<qsizetype>(text.size()));
}

} // namespace

ResultStream::ResultStream(http::Reply &reply, const std::atomic<bool> &cancelled, int64_t timeMs,
                           Options options)
    : m_reply(reply)
    , m_cancelled(cancelled)
    , m_timeMs(timeMs)
    , m_options(options)
{
}

ResultStream::~ResultStream() = default;

Status ResultStream::send(const QueryAnswer &answer)
{
    if (const Status fits = checkSize(answer); !fits)
        return fits;
    const QueryResult::Type type = answer.head().type;
    m_out = R"({"status":"success","data":{"resultType":")";
    m_out += typeNames[static_cast<size_t>(type)];
    m_out += R"(","result":)";
    bool truncated = false;
    if (type == QueryResult::Type::Vector || type == QueryResult::Type::Matrix)
        truncated = addVector(answer);
    else
        addSingle(answer);
    m_out += tail(answer, truncated);
    if (m_stream) {
        flush();
        m_stream.reset();
        return {};
    }
    http::Response response;
    response.body = toBytes(m_out);
    m_reply.send(std::move(response));
    return {};
}

/// Small answers are known to fit; of others the bytes are made and counted first, as an answer that has
/// begun can only be broken off.
Status ResultStream::checkSize(const QueryAnswer &answer) const
{
    const auto &size = answer.size();
    const uint64_t pointBytes = size.histograms ? maxHistogramBytes : maxPointBytes;
    if (size.points * pointBytes + size.series * maxSeriesBytes <= m_options.maxBytes)
        return {};
    std::string scratch;
    uint64_t bytes = 0;
    const auto measure = [&](const QuerySeries &series) {
        scratch.clear();
        appendSeries(scratch, series, answer.head().type);
        bytes += scratch.size();
        return bytes <= m_options.maxBytes && !m_cancelled;
    };
    (void)answer.each(measure);
    if (bytes <= m_options.maxBytes)
        return {};
    return Error{ErrorCode::TooLarge,
                 "The answer is larger than " + std::to_string(m_options.maxBytes) + " bytes.",
                 "Ask for a larger step, a shorter time range or fewer series."};
}

/// True where series were left out.
bool ResultStream::addVector(const QueryAnswer &answer)
{
    m_out += '[';
    size_t count = 0;
    bool truncated = false;
    (void)answer.each([&](const QuerySeries &series) {
        truncated = m_options.maxSeries > 0 && count == m_options.maxSeries;
        if (truncated)
            return false;
        if (count++ > 0)
            m_out += ',';
        appendSeries(m_out, series, answer.head().type);
        return m_out.size() < pieceBytes || flush();
    });
    m_out += ']';
    return truncated;
}

void ResultStream::addSingle(const QueryAnswer &answer)
{
    if (answer.head().type == QueryResult::Type::String) {
        m_out += '[';
        appendTime(m_out, m_timeMs);
        m_out += ',';
        m_out += textToJson(answer.head().text) + "]";
        return;
    }
    (void)answer.each([&](const QuerySeries &series) {
        appendPoint(m_out, series.points.front());
        return false;
    });
}

/// Source: prometheus/util/stats/query_stats.go for the names of what a query cost.
std::string ResultStream::tail(const QueryAnswer &answer, bool truncated) const
{
    std::string text;
    if (m_options.stats) {
        const double seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - m_start).count();
        JsonWriter json;
        json.beginObject().key("timings").beginObject();
        json.member("evalTotalTime", seconds).member("resultSortTime", 0).member("queryPreparationTime", 0);
        json.member("innerEvalTime", seconds).member("execQueueTime", 0).member("execTotalTime", seconds);
        json.endObject().key("samples").beginObject();
        json.member("totalQueryableSamples", answer.head().samplesRead);
        json.member("peakSamples", answer.head().samplesHeld);
        json.endObject().endObject();
        text += ",\"stats\":" + json.take();
    }
    text += '}';
    Notes notes;
    if (m_options.notes)
        notes = {answer.head().warnings, answer.head().infos};
    if (truncated)
        notes.warnings.emplace_back("results truncated due to limit");
    text += notesToJson(notes);
    text += '}';
    return text;
}

bool ResultStream::flush()
{
    if (!m_stream)
        m_stream = std::make_unique<PacedStream>(m_reply.startStream({}), m_cancelled);
    const bool goesOn = m_stream->write(toBytes(m_out));
    m_out.clear();
    return goesOn;
}

} // namespace plimsoll::api
