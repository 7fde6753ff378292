#include "server/ingest/PushRoutes.h"

#include "server/http/ContentCoding.h"
#include "server/ingest/MetricFamilies.h"
#include "server/ingest/PushBody.h"
#include "server/ingest/PushPath.h"

namespace plimsoll::ingest {
namespace {

constexpr qint64 maxPushBytes = 16 << 20;

using http::Method;
using http::Response;

/// One request on its way.
struct Push
{
    http::RequestPtr request;
    http::Reply reply;
    Labels labels;
    Pushgateway::Mode mode = Pushgateway::Mode::Merge;

    void answer(const Status &status, int good)
    {
        Response response = Response::text({});
        response.status = good;
        reply.send(status ? std::move(response) : Response::error(status.error()));
    }
};
using PushPtr = std::shared_ptr<Push>;

/// The handler of all these paths.
class PushDoor
{
public:
    PushDoor(Pushgateway &gateway, DecoderThread &decoders, const Prices &prices)
        : m_gateway(gateway)
        , m_decoders(decoders)
        , m_prices(prices)
    {
    }

    void open(http::RequestPtr request, http::Reply reply, bool jobIsBase64) const
    {
        auto labels = pushLabels(request->parameter("job"), jobIsBase64, request->parameter("rest"));
        if (!labels) {
            reply.send(Response::error(labels.error()));
            return;
        }
        const auto push = std::make_shared<Push>(Push{std::move(request), std::move(reply), *labels});
        if (push->request->method == Method::Delete) {
            m_gateway.remove(push->request->principal.project, push->labels,
                             [push](const Status &status) { push->answer(status, 202); });
            return;
        }
        push->mode =
            push->request->method == Method::Put ? Pushgateway::Mode::Replace : Pushgateway::Mode::Merge;
        m_decoders.run([this, push](Decoders &) { decode(push); });
    }

private:
    void decode(const PushPtr &push) const
    {
        const auto plain = http::decodeContent(push->request->header("content-encoding").value_or(""),
                                               push->request->body, maxPushBytes);
        if (!plain.ok()) {
            push->reply.send(plain.refusal());
            return;
        }
        const std::string_view body(plain.body.data(), static_cast<size_t>(plain.body.size()));
        auto series = read(*push->request, body, push->labels);
        const ProjectId project = push->request->principal.project;
        if (series)
            m_gateway.push(project, push->labels, push->mode, std::move(*series),
                           [push](const Status &status) { push->answer(status, 200); });
        else if (series.error().code == ErrorCode::Unprocessable)
            m_gateway.noteFailure(project, push->labels, [push, error = series.error()](const Status &) {
                push->answer(Error{ErrorCode::Invalid, error.message, error.hint}, 400);
            });
        else
            push->answer(series.error(), 400);
    }

    /// Text, or the protobuf that Go's client sends unless told otherwise.
    Result<std::vector<PushedSeries>> read(const http::Request &request, std::string_view body,
                                           const Labels &labels) const
    {
        const std::string_view type = request.header("content-type").value_or("");
        if (!type.starts_with("application/vnd.google.protobuf"))
            return readPush(body, labels, m_prices);
        const auto text = familiesAsText(body);
        return text ? readPush(*text, labels, m_prices) : text.error();
    }

    Pushgateway &m_gateway;
    DecoderThread &m_decoders;
    const Prices &m_prices;
};

http::RouteDescription describe(Method method, bool hasLabels)
{
    http::RouteDescription about{
        .group = "Writing",
        .summary = "Keeps the metrics of a job, in place of all that it pushed before",
        .text = "The grammar of Prometheus' Pushgateway: the labels of the path win, "
                "`job@base64` and `label@base64` take URL-safe base64, timestamps "
                "are refused. The samples are repeated until the group is replaced "
                "or deleted.",
        .bodies = {{.contentType = "text/plain", .example = "# TYPE backup_bytes gauge\nbackup_bytes 1e9\n"},
                   {.contentType = "application/vnd.google.protobuf", .example = {}}},
        .answers = {{.text = "Stored on disk.", .contentType = {}}}};
    if (method == Method::Post)
        about.summary = "Keeps the metrics of a job, in place of those of the same names";
    if (method == Method::Delete) {
        about.summary = "Forgets what a job pushed, and ends its series";
        about.bodies.clear();
        about.answers = {{.status = 202, .text = "There is no such group any more.", .contentType = {}}};
    }
    about.arguments = {{.name = "job", .text = "The value of the label job.", .example = "backup"}};
    if (hasLabels)
        about.arguments.push_back(
            {.name = "rest", .text = "More labels: label/value/label/value.", .example = "instance/web1"});
    return about;
}

} // namespace

void addPushRoutes(http::Router &router, Pushgateway &gateway, DecoderThread &decoders, const Prices &prices)
{
    const auto door = std::make_shared<PushDoor>(gateway, decoders, prices);
    for (const bool jobIsBase64 : {false, true}) {
        for (const bool hasLabels : {false, true}) {
            for (const Method method : {Method::Put, Method::Post, Method::Delete}) {
                http::Route route;
                route.method = method;
                route.pattern = jobIsBase64 ? "/metrics/job@base64/{job}" : "/metrics/job/{job}";
                if (hasLabels)
                    route.pattern += "/{rest:path}";
                route.access = http::Access::Ingest;
                route.rawBody = true;
                route.maxBodyBytes = maxPushBytes;
                route.about = describe(method, hasLabels);
                route.handler = [door, jobIsBase64](http::RequestPtr request, http::Reply reply) {
                    door->open(std::move(request), std::move(reply), jobIsBase64);
                };
                router.add(std::move(route));
            }
        }
    }
}

} // namespace plimsoll::ingest
