#pragma once

#include "alerts/templates/Value.h"
#include "storage/model/Result.h"

#include <functional>
#include <span>
#include <string_view>

namespace plimsoll::alerts::templates {

/// What functions may ask besides their arguments.
struct Surroundings
{
    std::string externalUrl; ///< of the page, without a slash at the end
    int64_t nowMs = 0;
    /// Evaluates PromQL: a list of records with Labels and Value.
    std::function<Result<List>(const std::string &expr)> query;
};

struct Call
{
    std::span<const Value> arguments;
    const Surroundings &surroundings;
};

/// One function that templates may call: a row of a table.
struct Function
{
    std::string_view name;
    size_t least = 0; ///< arguments
    size_t most = 0;
    Result<Value> (*run)(const Call &call) = nullptr; ///< null for and, or, tmpl: the executor's own

    static constexpr size_t any = size_t(-1);
};

/// Null where there is no such function.
const Function *findFunction(std::string_view name);

/// Go's own functions (index, len, printf, eq, …) and those that Prometheus adds (humanize, query, …).
std::span<const Function> languageFunctions();
std::span<const Function> prometheusFunctions();

/// The record that `query` gives for a series.
Value makeSample(const std::map<std::string, std::string> &labels, double value);

inline Error functionFailed(std::string message) { return {ErrorCode::Invalid, std::move(message), {}}; }

} // namespace plimsoll::alerts::templates
