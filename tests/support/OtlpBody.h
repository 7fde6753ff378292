#pragma once

#include <protozero/pbf_writer.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace plimsoll::tests {

/// Messages of OTLP metrics, as an exporter builds them.
namespace otlp {

using Fill = std::function<void(protozero::pbf_writer &)>;
using Attributes = std::vector<std::pair<std::string, std::string>>;

inline std::string message(const Fill &fill)
{
    std::string out;
    protozero::pbf_writer writer(out);
    fill(writer);
    return out;
}

inline std::string attribute(const std::string &key, const std::string &value)
{
    return message([&](auto &w) {
        w.add_string(1, key);
        w.add_message(2, message([&](auto &any) { any.add_string(1, value); }));
    });
}

inline void addAttributes(protozero::pbf_writer &writer, uint32_t field, const Attributes &attributes)
{
    for (const auto &[key, value] : attributes)
        writer.add_message(field, attribute(key, value));
}

/// A NumberDataPoint.
inline std::string number(double value, uint64_t timeNs, const Attributes &attributes = {})
{
    return message([&](auto &w) {
        w.add_fixed64(3, timeNs);
        w.add_double(4, value);
        addAttributes(w, 7, attributes);
    });
}
inline std::string integer(int64_t value, uint64_t timeNs, const Attributes &attributes = {})
{
    return message([&](auto &w) {
        addAttributes(w, 7, attributes);
        w.add_fixed64(3, timeNs);
        w.add_sfixed64(6, value);
    });
}

/// Data of a metric; `field` is 5 for a gauge, 7 a sum, 9 a histogram, 10 an exponential one, 11 a summary.
inline std::string metric(const std::string &name, const std::string &unit, uint32_t field,
                          const std::vector<std::string> &points, int temporality = 0, bool monotonic = false)
{
    return message([&](auto &w) {
        w.add_string(1, name);
        w.add_string(2, "Some words.");
        w.add_string(3, unit);
        w.add_message(field, message([&](auto &data) {
                          for (const std::string &point : points)
                              data.add_message(1, point);
                          if (temporality != 0)
                              data.add_enum(2, temporality);
                          if (monotonic)
                              data.add_bool(3, true);
                      }));
    });
}

/// A request of one resource and one scope.
inline std::string request(const std::vector<std::string> &metrics,
                           const Attributes &resource = {{"service.name", "shop"}},
                           const Attributes &scope = {}, const std::string &scopeName = {})
{
    return message([&](auto &w) {
        w.add_message(1, message([&](auto &ofResource) {
                          ofResource.add_message(1, message([&](auto &r) { addAttributes(r, 1, resource); }));
                          ofResource.add_message(2, message([&](auto &ofScope) {
                                                     ofScope.add_message(1, message([&](auto &s) {
                                                                             if (!scopeName.empty())
                                                                                 s.add_string(1, scopeName);
                                                                             addAttributes(s, 3, scope);
                                                                         }));
                                                     for (const std::string &one : metrics)
                                                         ofScope.add_message(2, one);
                                                 }));
                      }));
    });
}

/// A HistogramDataPoint.
inline std::string buckets(
    uint64_t count, double sum, const std::vector<double> &bounds, const std::vector<uint64_t> &counts,
    uint64_t timeNs, const Fill &more = [](auto &) {})
{
    return message([&](auto &w) {
        w.add_fixed64(3, timeNs);
        w.add_fixed64(4, count);
        w.add_double(5, sum);
        w.add_packed_fixed64(6, counts.begin(), counts.end());
        w.add_packed_double(7, bounds.begin(), bounds.end());
        more(w);
    });
}

/// An ExponentialHistogramDataPoint.
inline std::string exponential(
    uint64_t count, double sum, int32_t scale, uint64_t zeros, int32_t offset,
    const std::vector<uint64_t> &positive, uint64_t timeNs, const Fill &more = [](auto &) {})
{
    return message([&](auto &w) {
        w.add_fixed64(3, timeNs);
        w.add_fixed64(4, count);
        w.add_double(5, sum);
        w.add_sint32(6, scale);
        w.add_fixed64(7, zeros);
        w.add_message(8, message([&](auto &b) {
                          b.add_sint32(1, offset);
                          b.add_packed_uint64(2, positive.begin(), positive.end());
                      }));
        more(w);
    });
}

} // namespace otlp
} // namespace plimsoll::tests
