#include "server/ingest/Import.h"

#include "server/ingest/ImportSource.h"

#include <algorithm>
#include <chrono>

#include <xxhash.h>

namespace plimsoll::ingest {
namespace {

constexpr size_t maxReportedReasons = 10;

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// The end of the last JSON document that another one follows on a line of its own.
size_t jsonBoundary(std::string_view text)
{
    for (size_t at = text.rfind('\n'); at != std::string_view::npos && at > 0;
         at = text.rfind('\n', at - 1)) {
        size_t after = at;
        while (after < text.size() && isSpace(text[after]))
            after++;
        while (at > 0 && isSpace(text[at - 1]))
            at--;
        const bool closes = at > 0 && (text[at - 1] == '}' || text[at - 1] == ']');
        if (closes && after < text.size() && (text[after] == '{' || text[after] == '['))
            return after;
        if (at == 0)
            break;
    }
    return 0;
}

/// The last "# TYPE" line of a text, with its line feed; empty where there is none.
std::string_view lastTypeLine(std::string_view text)
{
    constexpr std::string_view mark = "# TYPE ";
    for (size_t at = text.rfind(mark); at != std::string_view::npos; at = text.rfind(mark, at - 1)) {
        if (at == 0 || text[at - 1] == '\n')
            return text.substr(at, text.find('\n', at) + 1 - at);
    }
    return {};
}

std::string hexOf(uint64_t number)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string out(16, '0');
    for (size_t i = 16; i-- > 0; number >>= 4)
        out[i] = digits[number & 15];
    return out;
}

/// One import from its first part to its last.
class Run
{
public:
    Run(const ImportOptions &options, const ImportSink &sink, ImportSource &source)
        : m_options(options)
        , m_sink(sink)
        , m_source(source)
    {
    }

    Result<ImportProgress> all()
    {
        for (bool more = true; more;) {
            auto read = readPart();
            if (!read)
                return read.error();
            more = *read;
            const Status handed = more ? handOver(importBoundary(m_format, m_text)) : handOver(m_text.size());
            if (!handed)
                return handed.error();
            if (m_options.cancelled && *m_options.cancelled)
                return Error{ErrorCode::Cancelled, "The import was cancelled.", {}};
        }
        return m_progress;
    }

private:
    /// Reads on until a part can be cut off; false once the file is at its end.
    Result<bool> readPart()
    {
        for (;;) {
            const bool enough = m_text.size() >= m_options.partBytes;
            if (enough && importBoundary(m_format, m_text) > 0)
                return true;
            if (m_text.size() > m_options.maxPartBytes)
                return Error{ErrorCode::TooLarge,
                             "Line " + std::to_string(m_line) + " begins a document of more than " +
                                 std::to_string(m_options.maxPartBytes >> 20) + " MiB.",
                             "Put one JSON object on each line, with at most some thousand metrics in it."};
            const auto more = m_source.read(m_text);
            if (!more || !*more)
                return more;
            if (!m_formatKnown && m_text.size() > 64) {
                m_format = detectImportFormat(m_text);
                m_formatKnown = true;
            }
        }
    }

    Status handOver(size_t size)
    {
        if (!m_formatKnown)
            m_format = detectImportFormat(m_text);
        std::string_view body = std::string_view(m_text).substr(0, size);
        if (std::all_of(body.begin(), body.end(), isSpace)) {
            m_text.erase(0, size);
            return {};
        }
        std::string typed;
        if (m_format == ImportFormat::Text && !m_typeLine.empty())
            body = typed = m_typeLine + std::string(body);
        const XXH128_hash_t hash = XXH3_128bits(body.data(), body.size());
        ImportPart part;
        part.format = m_format;
        part.body = body;
        part.firstLine = m_line;
        part.idempotencyKey =
            "import-" + std::to_string(m_progress.parts) + '-' + hexOf(hash.high64) + hexOf(hash.low64);
        const auto outcome = m_sink(part);
        if (!outcome)
            return outcome.error();
        count(*outcome, size);
        return {};
    }

    void count(const ImportOutcome &outcome, size_t size)
    {
        m_progress.accepted += outcome.accepted;
        m_progress.rejected += outcome.rejected;
        m_progress.replayedParts += outcome.replayed ? 1 : 0;
        m_progress.parts++;
        m_progress.bodyBytes += size;
        m_progress.bytesRead = m_source.bytesRead();
        m_progress.bytesTotal = m_source.bytesTotal();
        m_progress.seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - m_start).count();
        for (const std::string &error : outcome.errors) {
            if (m_progress.errors.size() < maxReportedReasons)
                m_progress.errors.push_back("part from line " + std::to_string(m_line) + ": " + error);
        }
        m_line +=
            static_cast<uint64_t>(std::count(m_text.begin(), m_text.begin() + static_cast<long>(size), '\n'));
        if (const auto type = lastTypeLine(std::string_view(m_text).substr(0, size)); !type.empty())
            m_typeLine = type;
        m_text.erase(0, size);
        if (m_options.progress)
            m_options.progress(m_progress);
    }

    const ImportOptions &m_options;
    const ImportSink &m_sink;
    ImportSource &m_source;
    ImportProgress m_progress;
    std::string m_text;     ///< read and not handed over
    std::string m_typeLine; ///< that holds where the text begins
    ImportFormat m_format = ImportFormat::Json;
    bool m_formatKnown = false;
    uint64_t m_line = 1;
    std::chrono::steady_clock::time_point m_start = std::chrono::steady_clock::now();
};

} // namespace

ImportFormat detectImportFormat(std::string_view beginning)
{
    if (beginning.starts_with("\xef\xbb\xbf"))
        beginning.remove_prefix(3);
    while (!beginning.empty() && isSpace(beginning.front()))
        beginning.remove_prefix(1);
    if (beginning.starts_with("{\"plimsoll_export\":"))
        return ImportFormat::Export;
    if (beginning.starts_with('['))
        return ImportFormat::Json;
    if (!beginning.starts_with('{'))
        return ImportFormat::Text;
    // {"a.b",…} 1 is a quoted metric name: after a JSON object's first text comes a colon.
    const size_t open = beginning.find_first_not_of(" \t\r\n", 1);
    if (open == std::string_view::npos || beginning[open] != '"')
        return open != std::string_view::npos && beginning[open] != '}' ? ImportFormat::Text
                                                                        : ImportFormat::Json;
    size_t close = open + 1;
    while (close < beginning.size() && beginning[close] != '"')
        close += beginning[close] == '\\' ? 2 : 1;
    const size_t next =
        close < beginning.size() ? beginning.find_first_not_of(" \t\r\n", close + 1) : std::string_view::npos;
    const bool text = next != std::string_view::npos && beginning[next] != ':';
    return text ? ImportFormat::Text : ImportFormat::Json;
}

size_t importBoundary(ImportFormat format, std::string_view text)
{
    return format == ImportFormat::Json ? jsonBoundary(text) : text.rfind('\n') + 1;
}

Result<ImportProgress> importFile(const ImportOptions &options, const ImportSink &sink)
{
    auto source = ImportSource::open(options.path);
    if (!source)
        return source.error();
    return Run(options, sink, **source).all();
}

} // namespace plimsoll::ingest
