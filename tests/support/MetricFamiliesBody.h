#pragma once

#include <protozero/pbf_writer.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace plimsoll::tests {

/// Messages of io.prometheus.client, as Go's Pushgateway client sends them.
namespace families {

using Labels = std::vector<std::pair<std::string, std::string>>;

enum Type { Counter = 0, Gauge = 1, Summary = 2, Untyped = 3, Histogram = 4 };

inline std::string number(double value)
{
    std::string out;
    protozero::pbf_writer(out).add_double(1, value);
    return out;
}

inline std::string summary(uint64_t count, double sum, double quantile, double value)
{
    std::string pair;
    protozero::pbf_writer(pair).add_double(1, quantile);
    protozero::pbf_writer(pair).add_double(2, value);
    std::string out;
    protozero::pbf_writer writer(out);
    writer.add_uint64(1, count);
    writer.add_double(2, sum);
    writer.add_message(3, pair);
    return out;
}

inline std::string histogram(uint64_t count, double sum,
                             const std::vector<std::pair<double, uint64_t>> &buckets)
{
    std::string out;
    protozero::pbf_writer writer(out);
    writer.add_uint64(1, count);
    writer.add_double(2, sum);
    for (const auto &[bound, cumulative] : buckets) {
        std::string bucket;
        protozero::pbf_writer(bucket).add_uint64(1, cumulative);
        protozero::pbf_writer(bucket).add_double(2, bound);
        writer.add_message(3, bucket);
    }
    return out;
}

/// A Metric whose value stands in that field: 2 gauge, 3 counter, 4 summary, 5 untyped, 7 histogram.
inline std::string metric(const Labels &labels, uint32_t field, const std::string &value)
{
    std::string out;
    protozero::pbf_writer writer(out);
    writer.add_message(field, value);
    for (const auto &[name, text] : labels) {
        std::string pair;
        protozero::pbf_writer(pair).add_string(1, name);
        protozero::pbf_writer(pair).add_string(2, text);
        writer.add_message(1, pair);
    }
    return out;
}

/// A family behind its length.
inline std::string family(const std::string &name, Type type, const std::vector<std::string> &metrics)
{
    std::string message;
    protozero::pbf_writer writer(message);
    writer.add_string(1, name);
    writer.add_string(2, "Some help.");
    writer.add_enum(3, type);
    for (const std::string &one : metrics)
        writer.add_message(4, one);
    std::string out;
    protozero::add_varint_to_buffer(&out, message.size());
    return out + message;
}

inline std::string someOfEach()
{
    return family("jobs_total", Counter,
                  {metric({{"kind", "a\"b\\c\nd"}}, 3, number(3)), metric({}, 3, number(0.1))}) +
           family("size.bytes", Gauge, {metric({{"dotted.label", "x"}}, 2, number(-1e300))}) +
           family("time", Summary, {metric({}, 4, summary(2, 5.5, 0.99, 3))}) +
           family("plain", Untyped, {metric({}, 5, number(7))}) +
           family("seconds", Histogram, {metric({{"a", "b"}}, 7, histogram(3, 6.5, {{0.1, 1}, {1, 2}}))});
}

} // namespace families
} // namespace plimsoll::tests
