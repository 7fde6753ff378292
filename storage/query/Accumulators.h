#pragma once

#include "storage/model/ExactSum.h"
#include "storage/query/KahanSum.h"

#include <cmath>

namespace plimsoll::promql {

// What an aggregation makes of the floats of one group at one step, one after the other.

struct Sum
{
    KahanSum sum;
    void add(double value) { sum.add(value); }
    double value() const { return sum.value(); }
};
struct DecimalSum
{
    ExactSum sum;
    void add(double value) { sum.add(value); }
    double value() const { return sum.value(); }
};
struct Mean
{
    KahanMean mean;
    void add(double value) { mean.add(value); }
    double value() const { return mean.value(); }
};
struct Smallest
{
    double best = __builtin_nan("");
    void add(double value) { best = value < best || std::isnan(best) ? value : best; }
    double value() const { return best; }
};
struct Greatest
{
    double best = __builtin_nan("");
    void add(double value) { best = value > best || std::isnan(best) ? value : best; }
    double value() const { return best; }
};
struct Variance
{
    double count = 0;
    double mean = 0;
    double squares = 0;
    void add(double value)
    {
        count++;
        const double distance = value - mean;
        mean += distance / count;
        squares += distance * (value - mean);
    }
    double value() const { return squares / count; }
};
struct Deviation : Variance
{
    double value() const { return std::sqrt(Variance::value()); }
};

} // namespace plimsoll::promql
