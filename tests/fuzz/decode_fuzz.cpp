// A libFuzzer program over all decoders of stored bytes. Built with clang only:
//
//     CXX=clang++ cmake -S . -B build-fuzz -DPLIMSOLL_FUZZ=ON && ninja -C build-fuzz decode_fuzz
//     build-fuzz/tests/decode_fuzz -max_len=4096 -max_total_time=60
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
