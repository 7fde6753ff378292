// One wire format, FORMAT: no body may break the contract of batches, and what the decoder remembers of
// bodies that came before may not change what it reads.
#include "server/ingest/Decoder.h"
#include "tests/support/BatchContract.h"

#include <cstdio>
#include <cstdlib>

namespace {

using namespace plimsoll;
using namespace plimsoll::ingest;

constexpr size_t rememberedBodies = 1000;

const Prices &prices()
{
    static const Prices shipped = Prices::shipped();
    return shipped;
}

/// Empty where the body as a whole was refused.
std::optional<Batch> decoded(Decoders &decoders, std::string_view body)
{
    Payload payload;
    payload.body = body;
    payload.subject = "subject";
    payload.nowMs = 1790000000000;
    std::optional<Batch> batch(std::in_place);
    if (!decoders.of(FORMAT).decode(payload, *batch))
        batch.reset();
    return batch;
}

void require(const std::string &fault)
{
    if (fault.empty())
        return;
    std::fprintf(stderr, "%s\n", fault.c_str());
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static std::unique_ptr<Decoders> old;
    static size_t bodies = 0;
    if (bodies++ % rememberedBodies == 0)
        old = std::make_unique<Decoders>(prices());
    const std::string_view body(reinterpret_cast<const char *>(data), size);
    Decoders fresh(prices());
    const auto remembered = decoded(*old, body);
    const auto first = decoded(fresh, body);
    if (remembered.has_value() != first.has_value())
        require("one decoder takes it, the other does not");
    if (!first)
        return 0;
    require(test::brokenContract(*first));
    require(test::differenceOf(*remembered, *first));
    return 0;
}
