// What the catalogue of series costs: time to add, restore and look up, bytes per series. Run by hand:
//
//     catalogue_bench [series]

#include "storage/engine/Catalogue.h"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <random>

using namespace plimsoll;

namespace {

double nowNs()
{
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

size_t residentBytes()
{
    std::ifstream statm("/proc/self/statm");
    size_t pages = 0;
    statm >> pages >> pages;
    return pages * 4096;
}

std::string keyOf(uint32_t number)
{
    static const char *const names[] = {"usage_user",   "usage_system",    "usage_idle",    "usage_nice",
                                        "usage_iowait", "usage_irq",       "usage_softirq", "usage_steal",
                                        "usage_guest",  "usage_guest_nice"};
    const uint32_t host = number / 10;
    return Labels{{"__name__", std::string("cpu_") + names[number % 10]},
                  {"arch", "x64"},
                  {"datacenter", "eu-west-1" + std::string(1, char('a' + host % 3))},
                  {"hostname", "host_" + std::to_string(host)},
                  {"os", "Ubuntu16.04LTS"},
                  {"rack", std::to_string(host % 100)},
                  {"region", "eu-west-1"},
                  {"service", std::to_string(host % 20)},
                  {"service_environment", "production"},
                  {"service_version", std::to_string(host % 2)},
                  {"team", "SF"}}
        .key();
}

} // namespace

int main(int argc, char **argv)
{
    const uint32_t count = argc > 1 ? uint32_t(std::atoi(argv[1])) : 100'000;
    std::string definitions;
    {
        Catalogue catalogue;
        const size_t before = residentBytes();
        double ns = 0;
        size_t keyBytes = 0;
        for (uint32_t i = 0; i < count; i++) {
            const std::string key = keyOf(i);
            keyBytes += key.size();
            const double start = nowNs();
            catalogue.add(defaultProject, key, Kind::Gauge);
            ns += nowNs() - start;
        }
        std::printf("%u series, %zu bytes of key each\n", count, keyBytes / count);
        std::printf("add        %8.2f us each\n", ns / count / 1000);
        std::printf("memory     %8zu bytes each\n", (residentBytes() - before) / count);
        definitions = catalogue.definitionsAfter(0);
        std::mt19937 random(1);
        double slowest = 0;
        double all = 0;
        const int asked = 2000;
        for (int i = 0; i < asked; i++) {
            const std::string key = keyOf(uint32_t(random() % count));
            const double start = nowNs();
            if (catalogue.find(defaultProject, key) == 0)
                return 1;
            const double took = nowNs() - start;
            all += took;
            slowest = std::max(slowest, took);
        }
        std::printf("find       %8.2f us on average, %.2f at most\n", all / asked / 1000, slowest / 1000);
        double first = nowNs();
        const Matcher any{"hostname", Matcher::Op::Equal, "host_1"};
        if (catalogue.match(defaultProject, {&any, 1})->cardinality() == 0)
            return 1;
        std::printf("match      %8.2f us the first time\n", (nowNs() - first) / 1000);
        all = 0;
        std::vector<double> times;
        for (int i = 0; i < asked; i++) {
            const Matcher matchers[] = {
                {"__name__", Matcher::Op::Equal, "cpu_usage_user"},
                {"hostname", Matcher::Op::Equal, "host_" + std::to_string(random() % (count / 10))}};
            const double start = nowNs();
            if (catalogue.match(defaultProject, matchers)->cardinality() != 1)
                return 1;
            times.push_back(nowNs() - start);
        }
        std::sort(times.begin(), times.end());
        std::printf("match one  %8.2f us median, %.2f p99\n", times[times.size() / 2] / 1000,
                    times[times.size() * 99 / 100] / 1000);
    }
    const size_t before = residentBytes();
    Catalogue restored;
    const double start = nowNs();
    const bool good = readDefinitions(
        definitions, [&](const SeriesDefinition &definition) { restored.restore(definition); });
    std::printf("restore    %8.1f ms for all (%.2f us each)%s\n", (nowNs() - start) / 1e6,
                (nowNs() - start) / count / 1000, good ? "" : ": BROKEN");
    std::printf("memory     %8zd bytes each after restoring (over what the allocator kept)\n",
                (ssize_t(residentBytes()) - ssize_t(before)) / ssize_t(count));
    return good && restored.size() == count ? 0 : 1;
}
