// What the head costs: ns per sample to apply, bytes per series and per sample, ns per sample to read back
// and to write into a checkpoint. Usage: head_bench [series] [samples per series]
#include "storage/engine/Head.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <time.h>

using namespace plimsoll;

namespace {

constexpr int64_t startMs = 1'800'000'000'000 / (3 * 3600 * 1000) * (3 * 3600 * 1000);
constexpr int64_t stepMs = 10'000;

/// Of this thread's CPU, so that other work on the machine counts less.
double seconds()
{
    timespec now = {};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return double(now.tv_sec) + double(now.tv_nsec) / 1e9;
}

struct Shape
{
    const char *name;
    double (*value)(double before, std::mt19937 &random);
};

const Shape shapes[] = {
    {"walk 0..100",
     [](double v, std::mt19937 &r) {
         return std::clamp(v + std::round(std::normal_distribution<double>(0, 1)(r)), 0.0, 100.0);
     }},
    {"two places",
     [](double v, std::mt19937 &r) {
         return std::round((v + std::normal_distribution<double>(0, 1)(r)) * 100) / 100;
     }},
    {"counter", [](double v, std::mt19937 &r) { return v + double(r() % 1000); }},
    {"constant", [](double, std::mt19937 &) { return 42.0; }},
    {"doubles", [](double, std::mt19937 &r) { return std::lognormal_distribution<double>(0, 1)(r); }},
};

void run(const Shape &shape, size_t series, size_t samples)
{
    Head head(3LL * 3600 * 1000);
    std::mt19937 random(1);
    std::vector<double> values(series, 50);
    Group group;
    double applied = 0;
    uint64_t commit = 0;
    for (size_t i = 0; i < samples; i++) {
        for (size_t s = 0; s < series; s++) {
            values[s] = shape.value(values[s], random);
            group.ids.push_back(int64_t(s) + 1);
            group.timesMs.push_back(startMs + int64_t(i) * stepMs);
            group.values.push_back(values[s]);
            if (group.ids.size() < 5000 && s + 1 < series)
                continue;
            const double before = seconds();
            head.apply(group, ++commit, startMs, [](int64_t) { return true; });
            head.publish(commit);
            applied += seconds() - before;
            group.clearSamples();
        }
    }
    const auto view = head.view();
    const double count = double(series) * double(samples);
    double before = seconds();
    FloatColumns columns;
    size_t found = 0;
    for (const auto &window : view.windows) {
        for (SeriesId s = 1; s <= series; s++) {
            columns.clear();
            window->read(s, view.visible, columns);
            found += columns.size();
        }
    }
    const double read = seconds() - before;
    before = seconds();
    std::vector<HeadWindow::Image> images;
    std::string slices;
    size_t checkpointBytes = 0;
    for (const auto &window : view.windows) {
        for (size_t page = 0; window->copyPage(page, images); page++) {
            for (const auto &image : images) {
                slices.clear();
                window->cut(image, false, view.visible, slices);
                checkpointBytes += slices.size();
            }
        }
    }
    const double cut = seconds() - before;
    std::printf("%-12s apply %5.1f ns, read %5.1f ns, cut %5.1f ns a sample; %6.0f B a series, %5.2f B a "
                "sample; checkpoint %5.2f B a sample%s\n",
                shape.name, applied / count * 1e9, read / count * 1e9, cut / count * 1e9,
                double(head.bytes()) / double(series), double(head.bytes()) / count,
                double(checkpointBytes) / count, double(found) == count ? "" : "  SAMPLES MISSING");
    head.closeView(view.visible);
}

} // namespace

int main(int argc, char **argv)
{
    const size_t series = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10'000;
    const size_t samples = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1080;
    std::printf("%zu series, %zu samples each\n", series, samples);
    for (const Shape &shape : shapes)
        run(shape, series, samples);
    return 0;
}
