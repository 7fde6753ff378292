#include "server/api/ExportRoute.h"

#include "server/api/InQuotes.h"
#include "server/api/PacedStream.h"
#include "server/api/SeriesExport.h"
#include "server/api/TimeArgument.h"

namespace plimsoll::api {

namespace {

using http::Reply;
using http::Response;

Result<ExportOptions> optionsOf(const http::Request &request, int64_t nowMs)
{
    ExportOptions options;
    options.project = request.principal.project;
    options.nowMs = nowMs;
    options.metrics = request.arguments("metric");
    const std::string name = request.argument("format").value_or("");
    const auto format = exportFormatNamed(name);
    if (!format)
        return Error{ErrorCode::Invalid, inQuotes(name) + " is not a format of an export.",
                     "Use format=json, csv or prometheus."};
    options.format = *format;
    if (const auto from = request.argument("from")) {
        const auto time = parseTime(*from, nowMs);
        if (!time)
            return time.error();
        options.fromMs = *time;
    }
    if (const auto to = request.argument("to")) {
        const auto time = parseTime(*to, nowMs);
        if (!time)
            return time.error();
        options.toMs = *time - 1;
    }
    return options;
}

void exportAll(Reply &reply, const ReaderSource &readers, const ExportOptions &options,
               const QueryPool::Cancelled &cancelled)
{
    Response head;
    const std::string_view type = contentType(options.format);
    head.contentType = QByteArray(type.data(), qsizetype(type.size()));
    head.headers = {{"Cache-Control", "no-store"}};
    PacedStream stream(reply.startStream(std::move(head)), cancelled);
    SeriesExport series(readers, options, [&stream](const std::string &piece) {
        return stream.write(QByteArray::fromStdString(piece));
    });
    if (const Status done = series.run(); !done) {
        qWarning("An export ended early: %s", done.error().message.c_str());
        (void)stream.write(QByteArray::fromStdString("\n!! " + done.error().message + '\n'));
    }
}

} // namespace

void addExportRoute(http::Router &router, const ReaderSource &readers, const Clock &clock, QueryPool &streams)
{
    router.get("/metrics/export", http::Access::Read,
               [&readers, &clock, &streams](const http::RequestPtr &request, Reply reply) {
                   const auto options = optionsOf(*request, clock.nowMs());
                   if (!options)
                       return reply.send(Response::error(options.error()));
                   const auto shared = std::make_shared<Reply>(std::move(reply));
                   const auto queued =
                       streams.run([shared, &readers, options = *options](const QueryPool::Cancelled &stop) {
                           exportAll(*shared, readers, options, stop);
                       });
                   if (!queued)
                       return shared->send(Response::error(
                           {ErrorCode::Unavailable, "Too many exports wait.", "Try again in a moment."}));
                   shared->onClientGone([queued] { queued->store(true); });
               });
}

} // namespace plimsoll::api
