#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace plimsoll::test {

/// Columns of doubles that codecs get wrong: every special value, every common shape, by name.
inline std::vector<std::pair<std::string, std::vector<double>>> oddColumns()
{
    const double nan = std::bit_cast<double>(uint64_t(0x7ff8000000000000));
    const double payload = std::bit_cast<double>(uint64_t(0xfff80000deadbeef));
    const double stale = std::bit_cast<double>(uint64_t(0x7ff0000000000002));
    const double infinity = std::numeric_limits<double>::infinity();
    std::vector<std::pair<std::string, std::vector<double>>> columns{
        {"one", {1}},
        {"one NaN", {payload}},
        {"zero and minus zero", {0.0, -0.0, 0.0}},
        {"minus zero", std::vector<double>(300, -0.0)},
        {"constant", std::vector<double>(300, 0.1)},
        {"stale among integers", {1, 2, stale, 3, stale}},
        {"specials",
         {nan, payload, stale, infinity, -infinity, 5e-324, -5e-324, 2.2250738585072014e-308,
          1.7976931348623157e308}},
        {"edges of integers",
         {9007199254740991.0, 9007199254740992.0, 9007199254740993.0, -9007199254740992.0}},
        {"edges of 2^52", {4503599627370495.0, 4503599627370496.0, -4503599627370495.0, 0}},
        {"wide jumps", {4503599627370495.0, -4503599627370495.0, 4503599627370495.0, 1}},
        {"nine places", {0.123456789, 0.000000001, 999.999999999}},
        {"ten places", {0.1234567891, 1}},
        {"huge", {1e300, 1e299}},
    };
    std::mt19937_64 random(7);
    for (const size_t size : {2, 127, 128, 129, 130, 256, 257, 1080}) {
        std::vector<double> walk;
        std::vector<double> money;
        std::vector<double> noise;
        std::vector<double> bits;
        double at = 0;
        for (size_t i = 0; i < size; i++) {
            walk.push_back(at += static_cast<double>(int64_t(random() % 15) - 7));
            money.push_back(static_cast<double>(random() % 1'000'000) / 100);
            noise.push_back(std::generate_canonical<double, 53>(random));
            bits.push_back(std::bit_cast<double>(random()));
        }
        columns.emplace_back("walk of " + std::to_string(size), walk);
        columns.emplace_back("money of " + std::to_string(size), money);
        columns.emplace_back("noise of " + std::to_string(size), noise);
        columns.emplace_back("bits of " + std::to_string(size), bits);
    }
    return columns;
}

/// Columns of times in the order of arrival.
inline std::vector<std::pair<std::string, std::vector<int64_t>>> oddTimes()
{
    std::vector<std::pair<std::string, std::vector<int64_t>>> columns{
        {"none", {}},
        {"one", {1'767'700'800'000}},
        {"falling", {5, 4, 3, 2, 1}},
        {"equal", {7, 7, 7, 7}},
        {"extremes",
         {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(), 0, -1,
          std::numeric_limits<int64_t>::min()}},
    };
    std::mt19937_64 random(8);
    std::vector<int64_t> regular;
    std::vector<int64_t> jitter;
    std::vector<int64_t> gaps;
    for (int64_t i = 0; i < 500; i++) {
        regular.push_back(i * 15'000);
        jitter.push_back(i * 15'000 + int64_t(random() % 50));
        gaps.push_back(gaps.empty() ? 0 : gaps.back() + (random() % 50 == 0 ? 60'000 : 15'000));
    }
    columns.emplace_back("regular", regular);
    columns.emplace_back("jitter", jitter);
    columns.emplace_back("gaps", gaps);
    return columns;
}

} // namespace plimsoll::test
