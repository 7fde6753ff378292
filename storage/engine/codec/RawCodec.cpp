#include "storage/engine/codec/ValueCodec.h"

#include <cstring>

namespace plimsoll {

namespace {

bool encode(std::span<const double> values, std::string &out)
{
    out.append(reinterpret_cast<const char *>(values.data()), values.size_bytes());
    return true;
}

bool decode(std::string_view bytes, std::span<double> out)
{
    if (bytes.size() != out.size_bytes())
        return false;
    if (!out.empty())
        std::memcpy(out.data(), bytes.data(), bytes.size());
    return true;
}

} // namespace

const ValueCodec rawCodec{3, "raw", encode, decode};

} // namespace plimsoll
