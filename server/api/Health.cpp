#include "server/api/Health.h"

#include "server/api/JsonWriter.h"

#include <algorithm>

#include <sys/statvfs.h>
#include <unistd.h>

namespace plimsoll::api {

namespace {

constexpr uint64_t mebibyte = 1 << 20;
constexpr uint64_t failingBytes = 64 * mebibyte;
constexpr uint64_t degradedBytes = 1024 * mebibyte;

std::string freeSentence(uint64_t freeBytes) { return std::to_string(freeBytes / mebibyte) + " MiB free."; }

bool mayRead(const http::Principal &principal)
{
    return principal.role == http::Role::Read || principal.role == http::Role::Edit ||
           principal.role == http::Role::Admin;
}

int statusCode(HealthState state) { return state == HealthState::Failing ? 503 : 200; }

http::Response jsonAnswer(std::string text, int status)
{
    http::Response response;
    response.status = status;
    response.body = QByteArray::fromStdString(text);
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

http::Response lineAnswer(HealthState state, const char *well, const char *unwell)
{
    http::Response response = http::Response::text(state == HealthState::Failing ? unwell : well);
    response.status = statusCode(state);
    return response;
}

constexpr const char *healthExample =
    R"({"status":"ok","checks":[{"name":"journal","status":"ok","detail":"12 MiB waiting."}]})";

/// A null example: the answer is a line of text.
http::RouteDescription describe(const char *summary, const char *example)
{
    const char *type = example ? "application/json" : "text/plain; charset=utf-8";
    return {
        .group = "Health",
        .summary = summary,
        .text = {},
        .answers = {{.text = "Well, or degraded.", .contentType = type, .example = example ? example : ""},
                    {.status = 503, .text = "Failing.", .contentType = type}}};
}

} // namespace

std::string_view healthStateName(HealthState state)
{
    switch (state) {
    case HealthState::Ok:
        return "ok";
    case HealthState::Degraded:
        return "degraded";
    case HealthState::Failing:
        break;
    }
    return "failing";
}

DirectoryHealth::DirectoryHealth(std::filesystem::path directory)
    : m_directory(std::move(directory))
{
}

HealthCheck DirectoryHealth::check() const
{
    struct statvfs space = {};
    if (::statvfs(m_directory.c_str(), &space) != 0 || ::access(m_directory.c_str(), W_OK) != 0)
        return {"storage", HealthState::Failing, "The data directory is not writable."};
    return judge(uint64_t(space.f_bavail) * space.f_frsize, uint64_t(space.f_blocks) * space.f_frsize);
}

HealthCheck DirectoryHealth::judge(uint64_t freeBytes, uint64_t totalBytes)
{
    HealthState state = HealthState::Ok;
    if (freeBytes < degradedBytes || freeBytes < totalBytes / 20)
        state = HealthState::Degraded;
    if (freeBytes < failingBytes)
        state = HealthState::Failing;
    return {"storage", state, freeSentence(freeBytes)};
}

void ReportedHealth::report(HealthState state, std::string detail)
{
    const std::lock_guard lock(m_mutex);
    m_check.state = state;
    m_check.detail = std::move(detail);
}

HealthCheck ReportedHealth::check() const
{
    const std::lock_guard lock(m_mutex);
    return m_check;
}

std::vector<HealthCheck> Health::checks() const
{
    std::vector<HealthCheck> checks;
    for (const HealthSource *source : m_sources)
        checks.push_back(source->check());
    return checks;
}

HealthState Health::worst(const std::vector<HealthCheck> &checks)
{
    HealthState worst = HealthState::Ok;
    for (const HealthCheck &check : checks)
        worst = std::max(worst, check.state);
    return worst;
}

std::vector<HealthCheck> Health::readyChecks(ProjectId project) const
{
    std::vector<HealthCheck> all = checks();
    for (HealthCheck &check : m_readyChecks(project))
        all.push_back(std::move(check));
    return all;
}

http::Response Health::answer(const http::Request &request, const std::vector<HealthCheck> &all) const
{
    JsonWriter json;
    json.beginObject().member("status", healthStateName(worst(all)));
    if (mayRead(request.principal)) {
        json.key("checks").beginArray();
        for (const HealthCheck &check : all) {
            json.beginObject().member("name", check.name).member("status", healthStateName(check.state));
            json.member("detail", check.detail).endObject();
        }
        json.endArray();
    }
    json.endObject();
    return jsonAnswer(json.take(), statusCode(worst(all)));
}

void Health::addRoutes(http::Router &router) const
{
    router.get(
        "/health", http::Access::Public,
        [this](http::RequestPtr request, http::Reply reply) { reply.send(answer(*request, checks())); },
        describe("Health, with its checks for who may read", healthExample));
    router.get(
        "/health/ready", http::Access::Public,
        [this](http::RequestPtr request, http::Reply reply) {
            reply.send(answer(*request, readyChecks(request->principal.project)));
        },
        describe("Whether requests may be sent here; with the checks that are marked `ready`",
                 healthExample));
    router.get(
        "/health/live", http::Access::Public,
        [](http::RequestPtr, http::Reply reply) { reply.send(jsonAnswer(R"({"status":"ok"})", 200)); },
        describe("Whether the process answers", R"({"status":"ok"})"));
    router.get(
        "/-/healthy", http::Access::Public,
        [](http::RequestPtr, http::Reply reply) {
            reply.send(lineAnswer(HealthState::Ok, "Plimsoll is healthy.\n", ""));
        },
        describe("The same in a line of text, as Prometheus has it", nullptr));
    router.get(
        "/-/ready", http::Access::Public,
        [this](http::RequestPtr, http::Reply reply) {
            const HealthState state = worst(readyChecks(defaultProject));
            reply.send(lineAnswer(state, "Plimsoll is ready.\n", "Plimsoll is not ready.\n"));
        },
        describe("The same in a line of text, as Prometheus has it", nullptr));
}

} // namespace plimsoll::api
