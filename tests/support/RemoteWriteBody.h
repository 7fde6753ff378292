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

/// A Request of remote write 2.0: series by labels, and the table of texts that they refer to.
class Request2
{
public:
    /// `more` are further fields of the TimeSeries: 2 a sample, 3 a histogram, 5 metadata.
    void add(const Labels &all, const std::string &more)
    {
        std::vector<uint32_t> references;
        for (const auto &[name, value] : all) {
            references.push_back(reference(name));
            references.push_back(reference(value));
        }
        std::string out;
        protozero::pbf_writer(out).add_packed_uint32(1, references.begin(), references.end());
        m_series += field(5, out + more);
    }
    uint32_t reference(const std::string &text)
    {
        for (uint32_t i = 0; i < m_symbols.size(); i++) {
            if (m_symbols[i] == text)
                return i;
        }
        m_symbols.push_back(text);
        return static_cast<uint32_t>(m_symbols.size() - 1);
    }
    std::string metadata(int type, const std::string &help)
    {
        std::string out;
        protozero::pbf_writer writer(out);
        writer.add_enum(1, type);
        writer.add_uint32(3, reference(help));
        return field(5, out);
    }
    std::string message() const
    {
        std::string out;
        for (const std::string &symbol : m_symbols)
            out += field(4, symbol);
        return out + m_series;
    }

private:
    std::vector<std::string> m_symbols{""};
    std::string m_series;
};

} // namespace prw
} // namespace plimsoll::tests
