#pragma once

#include <protozero/pbf_writer.hpp>
#include <snappy.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace plimsoll::tests {

/// Messages of Prometheus remote write 1.0, as a sender builds them.
namespace prw {

using Labels = std::vector<std::pair<std::string, std::string>>;

inline std::string label(const std::string &name, const std::string &value)
{
    std::string out;
    protozero::pbf_writer writer(out);
    writer.add_string(1, name);
    writer.add_string(2, value);
    return out;
}

inline std::string sample(double value, int64_t timestampMs)
{
    std::string out;
    protozero::pbf_writer writer(out);
    writer.add_double(1, value);
    writer.add_int64(2, timestampMs);
    return out;
}

/// One field with a length: 1 is a label, 2 a sample, 4 a histogram of a series.
inline std::string field(uint32_t number, const std::string &bytes)
{
    std::string out;
    protozero::pbf_writer writer(out);
    writer.add_bytes(number, bytes);
    return out;
}

inline std::string labels(const Labels &all)
{
    std::string out;
    for (const auto &[name, value] : all)
        out += field(1, label(name, value));
    return out;
}

/// A TimeSeries as a field of a WriteRequest.
inline std::string series(const Labels &all, const std::vector<std::pair<double, int64_t>> &samples)
{
    std::string out = labels(all);
    for (const auto &[value, timestampMs] : samples)
        out += field(2, sample(value, timestampMs));
    return field(1, out);
}

/// A MetricMetadata as a field of a WriteRequest.
inline std::string metadata(int type, const std::string &family)
{
    std::string out;
    protozero::pbf_writer writer(out);
    writer.add_enum(1, type);
    writer.add_string(2, family);
    writer.add_string(4, "Some help.");
    return field(3, out);
}

inline std::string compressed(const std::string &message)
{
    std::string out;
    snappy::Compress(message.data(), message.size(), &out);
    return out;
}

} // namespace prw
} // namespace plimsoll::tests
