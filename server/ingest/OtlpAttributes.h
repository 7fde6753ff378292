#pragma once

#include "server/ingest/ItemError.h"
#include "storage/model/Labels.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plimsoll::ingest {

/// Attributes with their values as text, in the order in which they stand. The bytes may be anything.
using OtlpAttributes = std::vector<std::pair<std::string, std::string>>;

/// Values nested deeper are left out.
inline constexpr int maxOtlpDepth = 16;
/// Arrays and maps are cut once their text is that long, which is longer than any label may be.
inline constexpr size_t maxOtlpTextBytes = 16 << 10;
/// Attributes beyond these are not read; a point may not have half as many.
inline constexpr size_t maxOtlpAttributes = 1'000;

/// Sets the labels that attributes become, `prefix` in front of their names. Those whose names become the
/// same are joined, in the order of their own names, with semicolons. What is wrong with them, or nothing.
ItemCheck addOtlpAttributes(OtlpAttributes attributes, std::string_view prefix, Labels &labels);

/// What a resource says of itself.
struct OtlpResource
{
    std::string job;      ///< service.namespace/service.name
    std::string instance; ///< service.instance.id
    OtlpAttributes rest;

    explicit OtlpResource(OtlpAttributes attributes);
    /// Labels of target_info: everything, long values cut, of too many the first; empty where there is
    /// nothing to tell or nobody to tell it of.
    Labels info() const;
};

/// A number as text, without an exponent, in as few digits as it takes to read it back.
std::string otlpNumber(double number);

} // namespace plimsoll::ingest
