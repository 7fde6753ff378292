#pragma once

#include "server/ingest/Decoder.h"

#include <QByteArray>

#include <string>

namespace plimsoll::ingest::testing {

inline constexpr int64_t now = 1'790'000'000'000;

/// A batch as text, one sample to a line: "name{labels} kind[?] ts value #item"; "?" where it adopts a kind.
inline std::string samplesOf(const Batch &batch)
{
    std::string out;
    for (const auto &sample : batch.floats) {
        const auto &series = batch.series.at(sample.series);
        const auto labels = Labels::fromKey(series.canonicalKey());
        out += labels ? labels->toString() : "BAD KEY";
        out += ' ' + std::string(kindName(series.kind)) + (series.adoptsKind ? "? " : " ");
        out += sample.timestampMs == now ? "now" : std::to_string(sample.timestampMs);
        out += ' ' + QByteArray::number(sample.value, 'g', 17).toStdString() + " #" +
               std::to_string(sample.item) + '\n';
    }
    return out;
}

/// The rejections as text: "item code".
inline std::string rejectionsOf(const Batch &batch)
{
    std::string out;
    for (const Rejection &rejection : batch.rejections)
        out += std::to_string(rejection.item) + ' ' + rejection.code + '\n';
    return out;
}

struct Decoded
{
    Status status;
    Batch batch;
    std::string samples;
    std::string rejections;
};

inline Decoded decode(Decoder &decoder, Payload payload)
{
    Decoded out;
    payload.nowMs = now;
    out.status = decoder.decode(payload, out.batch);
    if (out.status.ok())
        out.samples = samplesOf(out.batch);
    out.rejections = rejectionsOf(out.batch);
    return out;
}

} // namespace plimsoll::ingest::testing
