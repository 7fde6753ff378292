// All decoders of stored bytes: codecs, packs, blocks of the catalogue.
#include "tests/support/DecodeAnything.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    const size_t count = (data[1] | static_cast<size_t>(data[2]) << 8) % 5000;
    plimsoll::test::decodeAnything(data[0] % plimsoll::test::decoders, count,
                                   {reinterpret_cast<const char *>(data) + 3, size - 3});
    return 0;
}
