#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace plimsoll::test {

/// What was acknowledged, sample by sample, and what it adds up to, computed without any code of the engine.
/// All values are whole hundredths, so that every sum has one right answer.
class Ledger
{
public:
    enum class Kind { Gauge, Counter, Increments, Observations };

    struct Sample
    {
        int64_t timestampMs = 0;
        int64_t hundredths = 0;
        double value() const { return double(hundredths) / 100.0; }
    };

    /// Of the samples of one series in one span.
    struct Figures
    {
        uint64_t count = 0;
        int64_t hundredths = 0; ///< the sum
        double min = 0;
        double max = 0;
        double first = 0;
        double last = 0;
        int64_t increase = 0; ///< in hundredths, reset-aware, from the first sample to the last

        double sum() const { return double(hundredths) / 100.0; }
        double gained() const { return double(increase) / 100.0; }
    };

    struct Series
    {
        Kind kind = Kind::Gauge;
        std::map<int64_t, int64_t> samples; ///< hundredths by time, one for an instant

        /// Of those in [fromMs, toMs).
        Figures figures(int64_t fromMs, int64_t toMs) const
        {
            Figures out;
            int64_t before = 0;
            for (auto it = samples.lower_bound(fromMs); it != samples.end() && it->first < toMs; ++it) {
                const int64_t now = it->second;
                const double value = double(now) / 100.0;
                if (out.count++ == 0)
                    out.min = out.max = out.first = value;
                else
                    out.increase += now < before ? now : now - before;
                out.hundredths += now;
                out.min = std::min(out.min, value);
                out.max = std::max(out.max, value);
                out.last = value;
                before = now;
            }
            return out;
        }
    };

    void add(const std::string &name, Kind kind, const Sample &sample)
    {
        Series &one = series[name];
        one.kind = kind;
        one.samples[sample.timestampMs] = sample.hundredths;
    }
    void add(const Ledger &other)
    {
        for (const auto &[name, from] : other.series) {
            for (const auto &[ms, hundredths] : from.samples)
                add(name, from.kind, {ms, hundredths});
        }
    }
    uint64_t size() const
    {
        uint64_t samples = 0;
        for (const auto &[name, one] : series)
            samples += one.samples.size();
        return samples;
    }

    std::map<std::string, Series> series; ///< by the metric's name, which has no labels
};

} // namespace plimsoll::test
