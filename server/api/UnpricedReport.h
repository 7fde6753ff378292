#pragma once

#include "server/api/ReadScope.h"
#include "server/ingest/Prices.h"

#include <map>
#include <string>
#include <utility>

namespace plimsoll::api {

/// Models with calls that have no cost.
struct UnpricedReport
{
    struct Model
    {
        double calls = 0;
        int64_t firstMs = INT64_MAX;
        int64_t lastMs = INT64_MIN;
    };
    std::map<std::pair<std::string, std::string>, Model> models; ///< by provider and model

    static Result<UnpricedReport> make(const ReadScope &scope, TimeRange range);

    /// README.md, "Prices"; most calls first.
    std::string toJson(const ingest::Prices &prices) const;
};

} // namespace plimsoll::api
