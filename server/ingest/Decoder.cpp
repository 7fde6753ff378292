#include "server/ingest/Decoder.h"

#include "server/ingest/Exposition.h"
#include "server/ingest/OwnJson.h"
#include "server/ingest/Track.h"

#include <cassert>

namespace plimsoll::ingest {
namespace {

template<typename T>
std::unique_ptr<Decoder> make(const Prices &prices)
{
    return std::make_unique<T>(prices);
}

} // namespace

const std::vector<Format> &formats()
{
    static const std::vector<Format> table{
        {"ingest", make<OwnJson>},
        {"track", make<Track>},
        {"import", make<Exposition>},
    };
    return table;
}

Decoders::Decoders(const Prices &prices)
    : m_prices(&prices)
    , m_decoders(formats().size())
{
}

Decoder &Decoders::of(std::string_view source)
{
    const auto &table = formats();
    const auto row =
        std::find_if(table.begin(), table.end(), [&](const Format &f) { return f.source == source; });
    assert(row != table.end());
    auto &decoder = m_decoders[static_cast<size_t>(row - table.begin())];
    if (!decoder)
        decoder = row->make(*m_prices);
    return *decoder;
}

} // namespace plimsoll::ingest
