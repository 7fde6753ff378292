#pragma once

#include "storage/engine/CatalogueBlock.h"
#include "storage/engine/Pack.h"
#include "storage/engine/codec/ClockCodec.h"
#include "storage/engine/codec/HistogramCodec.h"
#include "storage/engine/codec/IntegerCodec.h"
#include "storage/engine/codec/ValueCodec.h"

namespace plimsoll::test {

constexpr int decoders = 6;

/// Gives untrusted bytes to one of the decoders, which may refuse them but must not read outside of them.
/// `count` is how many entries the reader believes in.
inline void decodeAnything(int decoder, size_t count, std::string_view bytes)
{
    std::vector<double> values(count);
    std::vector<int64_t> integers(count);
    std::vector<Histogram> histograms;
    switch (decoder) {
    case 0:
        return void(decodeIntegers(bytes, integers));
    case 1:
        return void(decodeValues(bytes, values));
    case 2:
        return void(decodeClock(bytes, 1'767'700'800'000, integers));
    case 3:
        return void(decodeHistogramColumn(bytes, count, histograms));
    case 4:
        return void(readDefinitions(bytes, [](const SeriesDefinition &) {}));
    default: {
        const auto pack = Pack::open(std::string(bytes));
        for (size_t i = 0; pack && i < pack->entries().size(); i++) {
            FloatColumns floats;
            HistogramColumns columns;
            (void)pack->read(pack->entries()[i], floats);
            (void)pack->read(pack->entries()[i], columns);
        }
    }
    }
}

} // namespace plimsoll::test
