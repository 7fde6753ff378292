#include "server/api/WithoutLabel.h"

#include <algorithm>

#include <xxhash.h>

namespace plimsoll::api {
namespace {

/// The hash of a set of labels is the sum of those of its labels, so that one can be taken out.
uint64_t hashOf(std::string_view name, std::string_view value)
{
    return XXH3_64bits_withSeed(value.data(), value.size(), XXH3_64bits(name.data(), name.size()));
}

uint64_t distinct(std::vector<uint64_t> hashes)
{
    std::sort(hashes.begin(), hashes.end());
    return static_cast<uint64_t>(std::unique(hashes.begin(), hashes.end()) - hashes.begin());
}

} // namespace

std::optional<WithoutLabel> WithoutLabel::best(std::span<const Labels *const> series,
                                               std::vector<Candidate> candidates,
                                               const ingest::LabelDrops::Labels &dropped)
{
    std::vector<uint64_t> whole;
    for (const Labels *labels : series) {
        uint64_t sum = 0;
        for (const auto &[label, value] : *labels)
            sum += dropped.contains(label) ? 0 : hashOf(label, value);
        whole.push_back(sum);
    }
    const uint64_t now = distinct(whole);
    std::ranges::sort(candidates, [](const Candidate &a, const Candidate &b) {
        return a.values != b.values ? a.values > b.values : a.label < b.label;
    });
    std::optional<WithoutLabel> best;
    for (const Candidate &candidate : candidates) {
        if (dropped.contains(candidate.label))
            continue;
        const uint64_t least = best ? best->series : now;
        // A set without the label stands for as many series as the label has values, and none, at most.
        if (now / (candidate.values + 1) >= least)
            break;
        std::vector<uint64_t> hashes = whole;
        for (size_t i = 0; i < hashes.size(); i++) {
            const std::string_view value = series[i]->value(candidate.label);
            hashes[i] -= value.empty() ? 0 : hashOf(candidate.label, value);
        }
        if (const uint64_t left = distinct(std::move(hashes)); left < least)
            best = WithoutLabel{std::string(candidate.label), left, now};
    }
    return best;
}

} // namespace plimsoll::api
