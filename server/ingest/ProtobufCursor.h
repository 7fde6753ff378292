#pragma once

#include <protozero/pbf_reader.hpp>

#include <cstdint>
#include <string_view>

namespace plimsoll::ingest {

/// A walk over protobuf bytes that stops at their end; what it cannot read it throws as protozero does.
struct Cursor
{
    const char *at;
    const char *end;

    bool done() const { return at == end; }
    uint8_t front() const { return static_cast<uint8_t>(*at); }
    size_t left() const { return static_cast<size_t>(end - at); }
    uint64_t varint() { return protozero::decode_varint(&at, end); }
    /// The bytes of a field whose tag was read.
    Cursor sized()
    {
        const uint64_t size = varint();
        if (size > left())
            throw protozero::end_of_buffer_exception();
        const Cursor part{at, at + size};
        at = part.end;
        return part;
    }
    /// A field with its tag, whatever it is.
    void skipField()
    {
        protozero::pbf_reader reader(at, left());
        reader.next();
        reader.skip();
        at = reader.data().data();
    }
    std::string_view view() const { return {at, left()}; }
};

} // namespace plimsoll::ingest
