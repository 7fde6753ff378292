#include "alerts/Template.h"

#include "alerts/templates/Executor.h"
#include "alerts/templates/Parser.h"

namespace plimsoll::alerts {

namespace {

using templates::List;
using templates::Table;
using templates::Value;

Table tableOf(const std::map<std::string, std::string> &texts)
{
    Table table;
    for (const auto &[name, text] : texts)
        table.entries.emplace(name, text);
    return table;
}

Value recordOf(const TemplateData &data)
{
    Table record;
    record.missing = Table::Missing::Failure;
    Table labels;
    for (const auto &[name, text] : data.labels)
        labels.entries.emplace(name, text);
    record.entries.emplace("Labels", std::move(labels));
    record.entries.emplace("ExternalLabels", tableOf(data.externalLabels));
    record.entries.emplace("ExternalURL", data.externalUrl);
    record.entries.emplace("Value", data.value);
    return record;
}

templates::Surroundings surroundingsOf(const TemplateData &data)
{
    templates::Surroundings surroundings{data.externalUrl, data.nowMs, {}};
    if (!data.query)
        return surroundings;
    surroundings.query = [&data](const std::string &expr) -> Result<List> {
        const auto found = data.query(expr);
        if (!found)
            return found.error();
        List list;
        for (const TemplateSample &sample : *found)
            list.push_back(templates::makeSample(sample.labels, sample.value));
        return list;
    };
    return surroundings;
}

} // namespace

Result<Template> Template::parse(std::string_view text)
{
    Result<templates::Syntax> syntax = templates::parseTemplate(text);
    if (!syntax)
        return syntax.error();
    return Template(std::make_shared<const templates::Syntax>(std::move(syntax).value()));
}

Result<std::string> Template::expand(const TemplateData &data) const
{
    return templates::execute(*m_syntax, recordOf(data), surroundingsOf(data));
}

bool Template::usesQueries() const { return m_syntax->queries; }

std::string expandTemplate(std::string_view text, const TemplateData &data)
{
    if (text.find("{{") == std::string_view::npos)
        return std::string(text);
    const Result<Template> parsed = Template::parse(text);
    Result<std::string> expanded = parsed ? parsed->expand(data) : Result<std::string>(parsed.error());
    return expanded ? *std::move(expanded) : "<error expanding template: " + expanded.error().message + ">";
}

std::map<std::string, std::string> expandTemplates(const std::map<std::string, std::string> &texts,
                                                   const TemplateData &data)
{
    std::map<std::string, std::string> expanded;
    for (const auto &[name, text] : texts)
        expanded.emplace(name, expandTemplate(text, data));
    return expanded;
}

bool templatesUseQueries(const std::map<std::string, std::string> &texts)
{
    return std::any_of(texts.begin(), texts.end(), [](const auto &entry) {
        if (entry.second.find("query") == std::string::npos)
            return false;
        const Result<Template> parsed = Template::parse(entry.second);
        return parsed && parsed->usesQueries();
    });
}

} // namespace plimsoll::alerts
