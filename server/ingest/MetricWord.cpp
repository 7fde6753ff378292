#include "server/ingest/MetricWord.h"

namespace plimsoll::ingest {
namespace {

/// The size of the suffix that makes a name a part of a histogram or summary; 0 where it is none.
size_t partSuffix(MetricWord type, std::string_view name)
{
    if (type != MetricWord::Histogram && type != MetricWord::Summary)
        return 0;
    for (const std::string_view suffix : {"_bucket", "_sum", "_count"}) {
        if (name.size() > suffix.size() && name.ends_with(suffix))
            return suffix.size();
    }
    return 0;
}

} // namespace

MetricWord metricWord(int number)
{
    return number >= 0 && number <= static_cast<int>(MetricWord::StateSet) ? static_cast<MetricWord>(number)
                                                                           : MetricWord::Unknown;
}

Kind kindOf(MetricWord type, std::string_view name)
{
    switch (type) {
    case MetricWord::Counter:
        return Kind::Counter;
    case MetricWord::Gauge:
    case MetricWord::Info:
    case MetricWord::StateSet:
        return Kind::Gauge;
    case MetricWord::Histogram:
        return partSuffix(type, name) > 0 ? Kind::Counter : Kind::Untyped;
    case MetricWord::Summary:
        return partSuffix(type, name) > 0 ? Kind::Counter : Kind::Gauge;
    default:
        return Kind::Untyped;
    }
}

const char *textOf(MetricWord type)
{
    constexpr const char *words[] = {"unknown",        "counter", "gauge", "histogram",
                                     "gaugehistogram", "summary", "info",  "stateset"};
    const auto number = static_cast<size_t>(type);
    return words[number < std::size(words) ? number : 0];
}

std::string_view familyOf(MetricWord type, std::string_view name)
{
    return name.substr(0, name.size() - partSuffix(type, name));
}

} // namespace plimsoll::ingest
