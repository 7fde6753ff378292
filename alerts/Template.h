#pragma once

#include "storage/model/Labels.h"
#include "storage/model/Result.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace plimsoll::alerts {

namespace templates {
struct Syntax;
}

/// One series that a template's `query` found.
struct TemplateSample
{
    std::map<std::string, std::string> labels; ///< with __name__
    double value = 0;
};

/// What a template of a rule sees.
struct TemplateData
{
    Labels labels;    ///< $labels and .Labels: of the series
    double value = 0; ///< $value and .Value
    std::map<std::string, std::string> externalLabels;
    std::string externalUrl; ///< of the page, without a slash at the end
    int64_t nowMs = 0;
    /// Evaluates PromQL at that moment; may block, so a template that uses it is not expanded on an event
    /// loop. Null where queries cannot be made: `query` then is an error of the expansion.
    std::function<Result<std::vector<TemplateSample>>(const std::string &expr)> query;
};

/// The text of a label or an annotation with actions in double braces, as in Prometheus' rules: the language
/// of Go's text/template (pipelines, variables, if, with, range, define, template, block, break, comments and
/// trimming) with its functions but `call`, and those of Prometheus (docs: "Template reference").
/// Differences: whole numbers and others compare by value. A value; may be used by several threads.
class Template
{
public:
    static constexpr size_t maxBytes = 64 * 1024; ///< of the expanded text

    /// Fails with Invalid and "line:column: …" within the text.
    static Result<Template> parse(std::string_view text);

    /// Fails with Invalid and "line:column: …". Bounded in output, steps and depth.
    Result<std::string> expand(const TemplateData &data) const;
    /// It calls `query`.
    bool usesQueries() const;

private:
    explicit Template(std::shared_ptr<const templates::Syntax> syntax)
        : m_syntax(std::move(syntax))
    {
    }

    std::shared_ptr<const templates::Syntax> m_syntax;
};

/// The expanded text; of a template that cannot be parsed or expanded "<error expanding template: …>", so
/// that it never stops an alarm.
std::string expandTemplate(std::string_view text, const TemplateData &data);

/// The same for each text.
std::map<std::string, std::string> expandTemplates(const std::map<std::string, std::string> &texts,
                                                   const TemplateData &data);

/// True where one of them calls `query`, so that they are not expanded on an event loop.
bool templatesUseQueries(const std::map<std::string, std::string> &texts);

} // namespace plimsoll::alerts
