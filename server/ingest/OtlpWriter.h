#pragma once

#include "server/ingest/Decoder.h"
#include "server/ingest/OtlpAttributes.h"
#include "server/ingest/OtlpPoint.h"
#include "server/ingest/SampleWriter.h"

#include <functional>
#include <map>
#include <string>

namespace plimsoll::ingest {

/// Puts the data points of one OTLP request into a batch, as Prometheus translates them; what the two wire
/// forms of OTLP share. A point is one item, and so is the target_info of a resource.
///
/// Resources, scopes and attributes are known by the bytes that they are in the request: a point of a known
/// series costs no parsing and no allocation. Calls nest: resource, scope, metric, point.
class OtlpWriter
{
public:
    /// Reads attributes from the bytes that they are in the request; false where those are malformed.
    using ParseAttributes = std::function<bool(std::string_view raw, OtlpAttributes &out)>;

    explicit OtlpWriter(ParseAttributes parse);

    /// Fails where the body is larger than OTLP receivers take.
    Status begin(const Payload &payload, Batch &batch);
    void beginResource(std::string_view rawAttributes);
    void beginScope(std::string_view name, std::string_view version, std::string_view rawAttributes);
    /// The metric must stay until the next one begins.
    void beginMetric(const OtlpMetric &metric);
    void add(const OtlpPoint &point);
    void endResource();
    /// Ends the batch; fails where it is not within bounds.
    Status end();

    /// False where the request holds more than is sensibly taken at once: nothing more is read of it then.
    bool withinBounds() const;

private:
    /// What a resource or a scope means. A number is never given twice.
    struct Context
    {
        uint64_t number = 0;
        Labels labels; ///< that all its points have
        Labels info;   ///< of a resource's target_info; empty where it has none
        ItemCheck error;
    };
    /// A part of a metric that is a series of its own.
    struct Part
    {
        const char *suffix = "";     ///< of the name
        const char *label = nullptr; ///< one that tells it from others of that name
        double labelValue = 0;
    };

    template<typename Make>
    Context contextOf(const std::string &key, Make make);
    void makeResource(std::string_view raw, Context &context);
    void makeScope(std::string_view name, std::string_view version, std::string_view raw, Context &context);
    ItemCheck checkMetric() const;

    ItemCheck addPoint(const OtlpPoint &point);
    ItemCheck addNumber(const OtlpPoint &point);
    ItemCheck addBuckets(const OtlpPoint &point);
    ItemCheck addDistribution(const OtlpPoint &point);
    ItemCheck addExponential(const OtlpPoint &point);
    ItemCheck addSummary(const OtlpPoint &point);
    ItemCheck addFloat(const OtlpPoint &point, Kind kind, const Part &part, double value);
    ItemCheck addHistogram(const OtlpPoint &point, Kind kind, Histogram value);
    ItemCheck place(const OtlpPoint &point, Kind kind, const Part &part, uint32_t &position);
    ItemCheck labelsOf(std::string_view rawAttributes, const Part &part, Labels &out);
    void describeMetric();

    ParseAttributes m_parse;
    SampleWriter m_writer;
    Batch *m_batch = nullptr;
    int64_t m_nowMs = 0;
    std::map<std::string, Context, std::less<>> m_contexts; ///< by the bytes they were made of
    size_t m_contextBytes = 0;
    uint64_t m_lastContext = 0;
    Context m_resource;
    Context m_scope;
    const OtlpMetric *m_metric = nullptr;
    ItemCheck m_metricError;
    bool m_isNew = false;      ///< the metric has labels that were not seen before
    std::string m_rawName;     ///< of the metric; its first byte tells the parts apart
    std::string m_rawLabels;   ///< scratch
    int64_t m_timestampMs = 0; ///< of the point at hand
    int64_t m_newestMs = -1;   ///< of the resource's points
    size_t m_buckets = 0;      ///< of exponential histograms in this request
};

} // namespace plimsoll::ingest
