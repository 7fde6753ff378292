#pragma once

#include "server/ingest/NameRules.h"
#include "storage/model/Batch.h"

#include <bit>
#include <set>
#include <string>
#include <vector>

namespace plimsoll::test {

/// What holds for every batch of every decoder; the first thing that does not, in words.
inline std::string brokenContract(const Batch &batch)
{
    std::set<uint32_t> refused;
    for (const Rejection &rejection : batch.rejections) {
        if (rejection.item >= batch.itemCount || !refused.insert(rejection.item).second)
            return "a rejection's item is out of range or there twice";
        if (rejection.code.empty() || rejection.message.empty() || rejection.message.size() > 2000)
            return "a rejection does not say why";
    }
    std::vector<bool> used(batch.series.size());
    for (const auto &sample : batch.floats) {
        if (sample.series >= batch.series.size())
            return "a sample's series is out of range";
        if (sample.item >= batch.itemCount || refused.contains(sample.item))
            return "a sample belongs to no accepted item";
        if (sample.timestampMs < 0)
            return "a timestamp is negative";
        used[sample.series] = true;
    }
    for (const auto &sample : batch.histograms) {
        if (sample.series >= batch.series.size() || sample.item >= batch.itemCount ||
            refused.contains(sample.item) || sample.timestampMs < 0)
            return "a histogram is out of range";
        if (!Histogram::decode(sample.value.encode()))
            return "a histogram cannot be stored";
        used[sample.series] = true;
    }
    for (size_t i = 0; i < batch.series.size(); i++) {
        const auto labels = Labels::fromKey(batch.series[i].canonicalKey());
        if (!used[i])
            return "a series has no sample";
        if (!labels || ingest::checkMetricName(labels->name()) || labels->size() > ingest::maxLabels + 1)
            return "a series has a bad key";
    }
    return {};
}

/// The first thing in which two decodings of one body differ, in words.
inline std::string differenceOf(const Batch &a, const Batch &b)
{
    if (a.itemCount != b.itemCount || a.rejections != b.rejections)
        return "the items differ";
    if (a.floats.size() != b.floats.size() || a.histograms.size() != b.histograms.size())
        return "the number of samples differs";
    for (size_t i = 0; i < a.floats.size(); i++) {
        const auto &left = a.series[a.floats[i].series];
        const auto &right = b.series[b.floats[i].series];
        if (left.canonicalKey() != right.canonicalKey() || left.kind != right.kind ||
            left.adoptsKind != right.adoptsKind)
            return "a series differs";
        if (std::bit_cast<uint64_t>(a.floats[i].value) != std::bit_cast<uint64_t>(b.floats[i].value) ||
            a.floats[i].timestampMs != b.floats[i].timestampMs)
            return "a sample differs";
    }
    return {};
}

} // namespace plimsoll::test
