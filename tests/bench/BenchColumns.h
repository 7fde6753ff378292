#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace plimsoll::bench {

/// Columns of doubles of one kind, as metrics bring them.
struct ColumnSet
{
    std::string name;
    std::vector<std::vector<double>> columns;

    size_t values() const
    {
        size_t count = 0;
        for (const auto &column : columns)
            count += column.size();
        return count;
    }
};

/// What the storage benchmark sends: walks of normal steps between 0 and 100, cut to whole numbers.
inline std::vector<double> clampedWalk(std::mt19937_64 &random, size_t size)
{
    std::normal_distribution<double> step;
    double at = std::uniform_real_distribution<double>(0, 100)(random);
    std::vector<double> values(size);
    for (double &value : values) {
        at = std::min(100.0, std::max(0.0, at + step(random)));
        value = std::floor(at);
    }
    return values;
}

/// Requests or bytes since the start, every 15 s, with rare restarts; slow ones and fast ones.
inline std::vector<double> counter(std::mt19937_64 &random, size_t size, bool ofBytes)
{
    std::uniform_real_distribution<double> uniform;
    const double rate = std::exp(uniform(random) * 12);
    double total = std::floor(uniform(random) * 1e9);
    std::vector<double> values(size);
    for (size_t i = 0; i < size; i++) {
        const double mean = rate * (1 + 0.3 * std::sin(static_cast<double>(i) / 200));
        double more = std::poisson_distribution<int64_t>(mean)(random);
        if (ofBytes)
            more = std::floor(more * (500 + uniform(random) * 1000));
        total = uniform(random) < 0.0003 ? 0 : total + more;
        values[i] = total;
    }
    return values;
}

/// What monitoring of machines exports as text: values of several precisions, sums with the noise of binary
/// arithmetic, stretches that repeat.
inline std::vector<double> irregular(std::mt19937_64 &random, size_t size)
{
    std::uniform_real_distribution<double> uniform;
    std::normal_distribution<double> noise;
    const double scale = std::pow(10, std::floor(uniform(random) * 4));
    const double places = std::pow(10, 1 + std::floor(uniform(random) * 5));
    const double sumsShare = uniform(random) < 0.3 ? 0.3 : 0.02;
    const size_t levels = uniform(random) < 0.4 ? 150 : 100'000;
    double at = uniform(random) * scale;
    std::vector<double> values(size);
    for (size_t i = 0; i < size; i++) {
        at += noise(random) * scale * 0.02;
        double value =
            std::round(std::fmod(std::fabs(at), scale * static_cast<double>(levels)) * places) / places;
        if (uniform(random) < sumsShare)
            value = value / 3 + value / 7;
        if (uniform(random) < 0.02)
            value = std::round(value);
        values[i] = i > 0 && uniform(random) < 0.15 ? values[i - 1] : value;
    }
    return values;
}

inline std::vector<double> logNormal(std::mt19937_64 &random, size_t size)
{
    std::lognormal_distribution<double> latency(std::log(0.01), 0.5);
    std::vector<double> values(size);
    for (double &value : values)
        value = latency(random);
    return values;
}

inline std::vector<double> decimals(std::mt19937_64 &random, size_t size, double power)
{
    std::normal_distribution<double> step(0, 0.1);
    double at = std::uniform_real_distribution<double>(20, 80)(random);
    std::vector<double> values(size);
    for (double &value : values)
        value = std::round((at += step(random)) * power) / power;
    return values;
}

/// Constant for long; some series go away and come back.
inline std::vector<double> nearlyConstant(std::mt19937_64 &random, size_t size, bool goesAway)
{
    const double stale = std::bit_cast<double>(uint64_t(0x7ff0000000000002));
    std::uniform_real_distribution<double> uniform;
    double at = std::floor(uniform(random) * 1e6) / 1024;
    bool away = false;
    std::vector<double> values(size);
    for (double &value : values) {
        if (uniform(random) < 0.004)
            at += 0.25;
        if (goesAway && uniform(random) < 0.003)
            away = !away;
        value = away ? stale : at;
    }
    return values;
}

template<typename Make>
ColumnSet setOf(std::string name, size_t columns, Make make)
{
    std::mt19937_64 random(42);
    ColumnSet set{std::move(name), {}};
    for (size_t i = 0; i < columns; i++)
        set.columns.push_back(make(random, i));
    return set;
}

inline std::vector<ColumnSet> columnSets()
{
    std::vector<ColumnSet> sets;
    for (const size_t size : {32, 120, 240, 1080, 4320})
        sets.push_back(setOf("bench " + std::to_string(size), 1'000'000 / size,
                             [size](auto &random, size_t) { return clampedWalk(random, size); }));
    sets.push_back(
        setOf("counters 960", 500, [](auto &random, size_t i) { return counter(random, 960, i % 3 == 0); }));
    sets.push_back(
        setOf("irregular 1080", 500, [](auto &random, size_t) { return irregular(random, 1080); }));
    sets.push_back(setOf("log-normal 240", 500, [](auto &random, size_t) { return logNormal(random, 240); }));
    sets.push_back(
        setOf("log-normal 1080", 300, [](auto &random, size_t) { return logNormal(random, 1080); }));
    sets.push_back(setOf("2-3 decimals 1080", 500, [](auto &random, size_t i) {
        return decimals(random, 1080, i % 3 == 0 ? 1000 : 100);
    }));
    sets.push_back(setOf("constant, stale 1080", 1000,
                         [](auto &random, size_t i) { return nearlyConstant(random, 1080, i % 4 == 1); }));
    return sets;
}

} // namespace plimsoll::bench
