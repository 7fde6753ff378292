#include "storage/engine/codec/ValueCodec.h"

#include <array>

namespace plimsoll {

std::span<const ValueCodec *const> valueCodecs()
{
    static constexpr std::array codecs{&constantCodec, &decimalCodec, &rawCodec};
    return codecs;
}

void encodeValues(std::span<const double> values, std::string &out)
{
    for (const ValueCodec *codec : valueCodecs()) {
        const size_t before = out.size();
        out += static_cast<char>(codec->id);
        if (codec->encode(values, out))
            return;
        out.resize(before);
    }
}

bool decodeValues(std::string_view bytes, std::span<double> out)
{
    if (bytes.empty())
        return false;
    for (const ValueCodec *codec : valueCodecs()) {
        if (codec->id == static_cast<uint8_t>(bytes.front()))
            return codec->decode(bytes.substr(1), out);
    }
    return false;
}

} // namespace plimsoll
