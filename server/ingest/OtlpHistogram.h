#pragma once

#include "server/ingest/ItemError.h"
#include "server/ingest/OtlpPoint.h"
#include "storage/model/Histogram.h"

namespace plimsoll::ingest {

/// What is wrong with the buckets of an explicit-bucket histogram, or nothing.
ItemCheck checkOtlpBuckets(const OtlpPoint &point);

/// An explicit-bucket histogram of increments as a distribution of our own schema. Count, sum, min and max
/// are kept. Nobody knows where in a bucket its observations were: they are spread evenly over it, as linear
/// interpolation takes them to be, in at most 16 places, and never beyond its bounds: how many are below each
/// of the sender's bounds stays exact. The points must have passed checkOtlpBuckets().
Histogram otlpDistribution(const OtlpPoint &point);

/// An exponential histogram with its own schema; scales above 8 are made coarser. What is wrong with it, or
/// nothing.
ItemCheck otlpHistogram(const OtlpPoint &point, Histogram &out);

} // namespace plimsoll::ingest
