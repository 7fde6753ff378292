#pragma once

#include <QJsonObject>

#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::alerts::prometheus {

/// Something to say about a place of a rule file.
struct RuleFileNote
{
    int line = 0; ///< from 1; 0 for the file as a whole
    int column = 0;
    std::string message; ///< group "g", rule 1, "Name": what it is

    /// "12:7: message", without the place where it is not known.
    std::string toString() const;
};

/// A rule as the resource `rules` defines it, and where it was written.
struct RuleFileEntry
{
    QJsonObject definition;
    int line = 0;
};

/// What a Prometheus rule file says. Where there is an error its rules are not to be used.
struct RuleFile
{
    std::vector<RuleFileEntry> rules; ///< groups in order, rules in order
    size_t groups = 0;
    std::vector<RuleFileNote> errors;
    std::vector<RuleFileNote> notes; ///< what means less here, or is left out

    static constexpr size_t maxBytes = 8 * 1024 * 1024;
    static constexpr size_t maxRules = 10'000;
    static constexpr size_t maxErrors = 50; ///< further ones are not looked for

    bool ok() const { return errors.empty(); }
    /// Every error on a line of its own, with `name` before it: "rules.yml: 12:7: …".
    std::string errorText(const std::string &name) const;
};

/// Reads the YAML of Prometheus' rule files, as `promtool check rules` does and with its strictness: unknown
/// and repeated fields are errors. Several documents, the field `spec` of a Kubernetes PrometheusRule and
/// merge keys are read too. Every rule is checked as the API checks it, every template is parsed. `file` is
/// noted in the definitions' groups; it may be empty. Never throws.
RuleFile readRuleFile(std::string_view yaml, const std::string &file = {});

} // namespace plimsoll::alerts::prometheus
