// What a sample costs on its way from the bytes of a request into memory, stage by stage, on one thread: the
// least of many rounds, so that other work on the machine matters little. Run by hand:
//
//     ingest_bench [remote_write|influx|ingest] [hosts] [rounds] [shuffle]

#include "server/ingest/Decoder.h"
#include "storage/engine/Head.h"
#include "storage/engine/Stager.h"
#include "tests/support/RemoteWriteBody.h"

#include <chrono>
#include <cstdio>
#include <random>

using namespace plimsoll;
using namespace plimsoll::ingest;

namespace {

constexpr int fields = 10;
constexpr int64_t windowMs = 3LL * 3600 * 1000;
constexpr int64_t startMs = 1'790'000'000'000 / windowMs * windowMs;
const char *const fieldNames[fields] = {"usage_user",   "usage_system",    "usage_idle",    "usage_nice",
                                        "usage_iowait", "usage_irq",       "usage_softirq", "usage_steal",
                                        "usage_guest",  "usage_guest_nice"};

tests::prw::Labels tagsOf(int host)
{
    return {{"arch", "x64"},
            {"datacenter", "eu-west-1" + std::string(1, char('a' + host % 3))},
            {"hostname", "host_" + std::to_string(host)},
            {"os", "Ubuntu16.04LTS"},
            {"rack", std::to_string(host % 100)},
            {"region", "eu-west-1"},
            {"service", std::to_string(host % 20)},
            {"service_environment", "production"},
            {"service_version", std::to_string(host % 2)},
            {"team", "SF"}};
}

std::string remoteWriteBody(const std::vector<int> &hosts, int64_t timestampMs, std::mt19937 &random)
{
    std::string message;
    for (const int host : hosts) {
        for (const char *field : fieldNames) {
            auto labels = tagsOf(host);
            labels.insert(labels.begin(), {"__name__", std::string("cpu_") + field});
            message += tests::prw::series(labels, {{double(random() % 101), timestampMs}});
        }
    }
    return tests::prw::compressed(message);
}

std::string influxBody(const std::vector<int> &hosts, int64_t timestampMs, std::mt19937 &random)
{
    std::string body;
    for (const int host : hosts) {
        body += "cpu";
        for (const auto &[name, value] : tagsOf(host))
            body += ',' + name + '=' + value;
        for (int i = 0; i < fields; i++)
            body += (i == 0 ? ' ' : ',') + std::string(fieldNames[i]) + '=' + std::to_string(random() % 101) +
                    'i';
        body += ' ' + std::to_string(timestampMs) + '\n';
    }
    return body;
}

std::string jsonBody(const std::vector<int> &hosts, int64_t timestampMs, std::mt19937 &random)
{
    std::string body = "{\"metrics\":[";
    for (const int host : hosts) {
        body += body.back() == '[' ? "{\"values\":{" : ",{\"values\":{";
        for (int i = 0; i < fields; i++)
            body += std::string(i == 0 ? "\"cpu_" : ",\"cpu_") + fieldNames[i] +
                    "\":" + std::to_string(random() % 101);
        body += "},\"labels\":{";
        const char *separator = "";
        for (const auto &[name, value] : tagsOf(host)) {
            body += separator + ('"' + name) + "\":\"" + value + '"';
            separator = ",";
        }
        body += "},\"ts\":" + std::to_string(timestampMs) + '}';
    }
    return body += "]}";
}

class Stopwatch
{
public:
    double lapNs()
    {
        const auto now = std::chrono::steady_clock::now();
        const double ns = std::chrono::duration<double, std::nano>(now - m_since).count();
        m_since = now;
        return ns;
    }

private:
    std::chrono::steady_clock::time_point m_since = std::chrono::steady_clock::now();
};

struct Stages
{
    double decode = 0;
    double stage = 0;
    double encode = 0;
    double apply = 0;

    void keepLeast(const Stages &other)
    {
        decode = std::min(decode, other.decode);
        stage = std::min(stage, other.stage);
        encode = std::min(encode, other.encode);
        apply = std::min(apply, other.apply);
    }
};

} // namespace

int main(int argc, char **argv)
{
    const std::string source = argc > 1 ? argv[1] : "remote_write";
    const int hostCount = argc > 2 ? std::atoi(argv[2]) : 1000;
    const int rounds = argc > 3 ? std::atoi(argv[3]) : 200;
    const bool shuffled = argc > 4;
    const auto bodyOf = source == "influx" ? influxBody : source == "ingest" ? jsonBody : remoteWriteBody;

    const Prices prices = Prices::shipped();
    Decoders decoders(prices);
    Catalogue catalogue;
    Group group;
    Stager stager(catalogue, group);
    Head head(windowMs);
    std::mt19937 random(1);
    std::string payload;
    Batch batch;
    Stages first{1e18, 1e18, 1e18, 1e18};
    Stages least = first;
    uint64_t commit = 0;
    for (int round = 0; round < rounds; round++) {
        const int64_t timestampMs = startMs + round * 10'000;
        std::vector<int> hosts;
        for (int host = 0; host < hostCount; host++)
            hosts.push_back(host);
        if (shuffled)
            std::shuffle(hosts.begin(), hosts.end(), random);
        Stages sum;
        for (size_t at = 0; at < hosts.size(); at += 500) {
            const std::vector<int> part(hosts.begin() + long(at),
                                        hosts.begin() + long(std::min(at + 500, hosts.size())));
            const std::string body = bodyOf(part, timestampMs, random);
            Payload request;
            request.body = body;
            request.nowMs = timestampMs;
            request.arguments = {{"precision", "ms"}};
            CommitReceipt receipt;
            batch.clear();
            Stopwatch watch;
            if (!decoders.of(source).decode(request, batch))
                return 1;
            sum.decode += watch.lapNs();
            stager.stage(batch, {0, INT64_MAX}, receipt);
            sum.stage += watch.lapNs();
            group.encode(payload);
            sum.encode += watch.lapNs();
            head.apply(group, ++commit, timestampMs, [](int64_t) { return true; });
            head.publish(commit);
            sum.apply += watch.lapNs();
            if (receipt.accepted == 0 || !receipt.rejections.empty())
                return 1;
            group.clearSamples();
            group.definitions.clear();
        }
        (round == 0 ? first : least).keepLeast(sum);
    }
    const double samples = hostCount * fields;
    std::printf("%s, %d series%s: ns per sample, the least of %d rounds (the first round: new series)\n",
                source.c_str(), hostCount * fields, shuffled ? ", shuffled" : "", rounds - 1);
    const auto row = [&](const char *name, double Stages::*stage) {
        std::printf("  %-20s %7.1f  (%.0f)\n", name, least.*stage / samples, first.*stage / samples);
    };
    row("decode", &Stages::decode);
    row("stage", &Stages::stage);
    row("journal encode", &Stages::encode);
    row("head apply", &Stages::apply);
    return 0;
}
