#include "server/api/ExportRoute.h"

#include "server/api/InQuotes.h"
#include "server/api/PacedStream.h"
#include "server/api/ReadingDescriptions.h"
#include "server/api/SeriesExport.h"
#include "server/api/TimeArgument.h"
#include "server/http/ContentCoding.h"
#include "server/http/GzipStream.h"
#include "storage/query/Parser.h"

#include <charconv>
#include <thread>

namespace plimsoll::api {

namespace {

using http::Reply;
using http::Response;

constexpr qint64 behindBytes = 1 << 20; ///< that the client has not taken yet
constexpr int momentMs = 500;

Error wrongArgument(const std::string &message, const std::string &hint)
{
    return {ErrorCode::Invalid, message, hint};
}

Status takeRange(const http::Request &request, ExportOptions &options)
{
    if (const auto from = request.argument("from"); from && !from->empty()) {
        const auto time = parseTime(*from, options.nowMs);
        if (!time)
            return wrongArgument("from: " + time.error().message, time.error().hint);
        options.fromMs = *time;
    }
    if (const auto to = request.argument("to"); to && !to->empty()) {
        const auto time = parseTime(*to, options.nowMs);
        if (!time)
            return wrongArgument("to: " + time.error().message, time.error().hint);
        options.toMs = *time - 1;
    }
    if (options.fromMs > options.toMs)
        return wrongArgument("The range is empty: from is not before to.",
                             "Give an earlier from or a later to.");
    return {};
}

Status takeSelection(const http::Request &request, ExportOptions &options)
{
    options.metrics = request.arguments("metric");
    for (const std::string &text : request.arguments("match[]")) {
        auto selector = promql::parseSelector(text);
        if (!selector)
            return wrongArgument("match[]: " + selector.error().message,
                                 "Write a selector such as match[]=cpu{host=\"a\"}, percent-encoded.");
        options.selectors.push_back(std::move(*selector));
    }
    return {};
}

Status takePaging(const http::Request &request, ExportOptions &options)
{
    if (const auto text = request.argument("limit"); text && !text->empty()) {
        const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), options.limit);
        if (failure != std::errc() || end != text->data() + text->size() || options.limit == 0)
            return wrongArgument("limit: " + inQuotes(*text) + " is not a number of samples.",
                                 "Use a whole number from 1 on, or leave limit out for all samples.");
    }
    if (const auto text = request.argument("cursor"); text && !text->empty()) {
        const auto cursor = ExportCursor::fromText(*text);
        if (!cursor)
            return cursor.error();
        options.cursor = *cursor;
    }
    return {};
}

Result<ExportOptions> optionsOf(const http::Request &request, int64_t nowMs)
{
    ExportOptions options;
    options.project = request.principal.project;
    options.nowMs = nowMs;
    const std::string name = request.argument("format").value_or("");
    const auto format = exportFormatNamed(name);
    if (!format)
        return wrongArgument("format: " + inQuotes(name) + " is not a format of an export.",
                             "Use format=json, csv or prometheus.");
    options.format = *format;
    for (const auto take : {takeRange, takeSelection, takePaging}) {
        if (const Status taken = take(request, options); !taken)
            return taken.error();
    }
    return options;
}

/// The address of the next page: this one's with another cursor.
std::string nextAddress(const http::Request &request, const std::string &cursor)
{
    std::string address = request.path + '?';
    std::string_view rest = request.rawQuery;
    while (!rest.empty()) {
        const size_t end = std::min(rest.find('&'), rest.size());
        if (!rest.starts_with("cursor=") && end > 0)
            address.append(rest.substr(0, end)) += '&';
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    for (const auto &[sign, code] : {std::pair('<', "%3C"), std::pair('>', "%3E"), std::pair('"', "%22")}) {
        for (size_t at = 0; (at = address.find(sign, at)) != std::string::npos;)
            address.replace(at, 1, code);
    }
    return address + "cursor=" + cursor;
}

bool wantsGzip(const http::Request &request)
{
    const std::string_view accepted = request.header("accept-encoding").value_or("");
    return http::preferredCoding(accepted) != http::Coding::Identity &&
           accepted.find("gzip") != std::string_view::npos;
}

/// The answer's bytes on their way: compressed where the client wants it, no faster than it takes them.
class Way
{
public:
    Way(std::shared_ptr<http::Stream> stream, bool gzip, const QueryPool::Cancelled &cancelled)
        : m_gzip(gzip ? std::make_unique<http::GzipStream>() : nullptr)
        , m_stream(stream)
        , m_paced(std::move(stream), cancelled)
    {
    }
    /// `letGo` is called before a wait of more than a moment: a client that is behind holds no view.
    bool write(const std::string &piece, const std::function<void()> &letGo)
    {
        const QByteArray plain = QByteArray::fromRawData(piece.data(), qsizetype(piece.size()));
        QByteArray bytes = m_gzip ? m_gzip->compress(plain) : QByteArray::fromStdString(piece);
        if (bytes.isEmpty())
            return true;
        for (int i = 0; i < momentMs && isBehind(); i++)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        if (isBehind())
            letGo();
        return m_paced.write(std::move(bytes));
    }
    void finish()
    {
        if (m_gzip)
            (void)m_paced.write(m_gzip->finish());
    }

private:
    bool isBehind() const { return m_stream->pendingBytes() > behindBytes && !m_stream->closed(); }

    std::unique_ptr<http::GzipStream> m_gzip;
    std::shared_ptr<http::Stream> m_stream;
    PacedStream m_paced;
};

Response headOf(const http::Request &request, const ExportOptions &options, const std::string &nextCursor,
                bool gzip)
{
    Response head;
    const std::string_view type = contentType(options.format);
    head.contentType = QByteArray(type.data(), qsizetype(type.size()));
    head.headers = {{"Cache-Control", "no-store"}, {"Vary", "Accept-Encoding"}};
    if (gzip)
        head.headers.emplace_back("Content-Encoding", "gzip");
    if (!nextCursor.empty())
        head.headers.emplace_back(
            "Link", QByteArray::fromStdString('<' + nextAddress(request, nextCursor) + ">; rel=\"next\""));
    return head;
}

void exportAll(Reply &reply, const ReaderSource &readers, const http::Request &request,
               const ExportOptions &options, const QueryPool::Cancelled &cancelled)
{
    Way *way = nullptr;
    SeriesExport series(
        readers, options,
        [&](const std::string &piece) { return way->write(piece, [&series] { series.letGo(); }); },
        &cancelled);
    if (const Status prepared = series.prepare(); !prepared)
        return reply.send(Response::error(prepared.error()));
    const bool gzip = wantsGzip(request);
    Way open(reply.startStream(headOf(request, options, series.nextCursor(), gzip)), gzip, cancelled);
    way = &open;
    if (const Status done = series.run(); !done && done.error().code != ErrorCode::Cancelled) {
        qWarning("An export ended early: %s", done.error().message.c_str());
        (void)open.write("\n!! " + done.error().message + '\n', [] {});
    }
    open.finish();
}

} // namespace

void addExportRoute(http::Router &router, const ReaderSource &readers, const Clock &clock, QueryPool &streams)
{
    router.get(
        "/metrics/export", http::Access::Read,
        [&readers, &clock, &streams](const http::RequestPtr &request, Reply reply) {
            const auto options = optionsOf(*request, clock.nowMs());
            if (!options)
                return reply.send(Response::error(options.error()));
            const auto shared = std::make_shared<Reply>(std::move(reply));
            const auto queued = streams.run(
                [shared, &readers, request, options = *options](const QueryPool::Cancelled &stop) {
                    exportAll(*shared, readers, *request, options, stop);
                });
            if (!queued)
                return shared->send(Response::error(
                    {ErrorCode::Unavailable, "Too many exports wait.", "Try again in a moment."}));
            shared->onClientGone([queued] { queued->store(true); });
        },
        describeExport());
}

} // namespace plimsoll::api
