#include "server/ingest/InfluxRoutes.h"

#include "server/ingest/IngestAnswer.h"
#include "server/ingest/RouteDescriptions.h"

#include <algorithm>
#include <cctype>

namespace plimsoll::ingest {
namespace {

/// The version that clients are told; its line protocol and answers are the ones spoken here.
constexpr const char *spokenVersion = "1.8.10";

/// The statement in capital letters, its blanks made single.
std::string normalized(std::string_view statement)
{
    std::string out;
    for (const char c : statement) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isspace(byte) == 0)
            out += static_cast<char>(std::toupper(byte));
        else if (!out.empty() && out.back() != ' ')
            out += ' ';
    }
    return out;
}

/// 204; 200 with the version for those who ask for words.
void answerPing(const http::RequestPtr &request, http::Reply reply)
{
    const std::string verbose = request->argument("verbose").value_or("");
    http::Response response = http::Response::noContent();
    if (!verbose.empty() && verbose != "0" && verbose != "false") {
        response = {};
        response.body = QByteArray("{\"version\":\"") + spokenVersion + "\"}";
    }
    response.headers = {{"X-Influxdb-Version", spokenVersion}, {"X-Influxdb-Build", "OSS"}};
    reply.send(std::move(response));
}

void answerQuery(const http::RequestPtr &request, http::Reply reply)
{
    std::string statement;
    for (const auto &[name, value] : request->allArguments()) {
        if (name == "q")
            statement = normalized(value);
    }
    http::Response response;
    if (statement.starts_with("CREATE DATABASE ")) {
        response.body = R"({"results":[{"statement_id":0}]})";
    } else if (statement.starts_with("SHOW DATABASES")) {
        response.body = R"({"results":[{"statement_id":0,"series":[{"name":"databases","columns":["name"],)"
                        R"("values":[["default"]]}]}]})";
    } else {
        response = influxError(400, statement.empty() ? "missing required parameter \"q\""
                                                      : "InfluxQL is not spoken here; ask with PromQL at "
                                                        "/api/v1/query");
    }
    reply.send(std::move(response));
}

} // namespace

void addInfluxRoutes(http::Router &router)
{
    router.get("/ping", http::Access::Public, answerPing, describeIngest("/ping"));
    router.get("/query", http::Access::Ingest, answerQuery, describeIngest("/query"));
    router.post("/query", http::Access::Ingest, answerQuery, describeIngest("/query"));
}

} // namespace plimsoll::ingest
