#pragma once

#include "storage/model/Result.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::api {

/// What a variable of a dashboard stands for.
struct VariableChoice
{
    std::vector<std::string> values = {}; ///< none, unless all
    bool all = false;
};
using VariableChoices = std::map<std::string, VariableChoice>;

/// What an expression is evaluated over, for `$__interval` and its kin.
struct QueryWindow
{
    int64_t stepMs = 60'000;
    int64_t rangeMs = 3'600'000;
};

/// The expression with its variables put in, by the rules of DASHBOARDS.md ("Variables in expressions").
/// Fails with Unprocessable where a variable outside strings stands for something that is no plain word.
Result<std::string> substituted(std::string_view expr, const VariableChoices &choices, QueryWindow window);

/// Whether PromQL with variables in it parses, whatever they stand for. The Error is Invalid, with the
/// position in the text as it was written.
Status checkExpression(std::string_view expr, const std::set<std::string> &variables);

/// The names of the metrics that an expression selects, as far as they are written out; sorted.
std::set<std::string> metricsIn(std::string_view expr, const std::set<std::string> &variables);

/// "[[host:regex]]" -> "${host}": the forms of Grafana in our own. Text that names no variable is left alone.
/// Adds the formats that are none of regex, pipe, raw, text and glob to `unknownFormats`.
std::string withPlainVariables(std::string_view text, std::set<std::string> *unknownFormats = nullptr);

/// The variables that a text refers to, our own (`__interval`) among them.
std::set<std::string> variablesIn(std::string_view text);

} // namespace plimsoll::api
