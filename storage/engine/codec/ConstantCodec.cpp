#include "storage/engine/codec/ValueCodec.h"

#include <algorithm>
#include <cstring>

namespace plimsoll {

namespace {

bool encode(std::span<const double> values, std::string &out)
{
    if (values.empty())
        return false;
    for (const double value : values) {
        if (std::memcmp(&value, &values.front(), sizeof value) != 0)
            return false;
    }
    out.append(reinterpret_cast<const char *>(&values.front()), sizeof(double));
    return true;
}

bool decode(std::string_view bytes, std::span<double> out)
{
    double value = 0;
    if (bytes.size() != sizeof value)
        return false;
    std::memcpy(&value, bytes.data(), sizeof value);
    std::fill(out.begin(), out.end(), value);
    return true;
}

} // namespace

const ValueCodec constantCodec{1, "constant", encode, decode};

} // namespace plimsoll
