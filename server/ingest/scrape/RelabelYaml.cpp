#include "server/ingest/scrape/RelabelYaml.h"

#include "server/ingest/NameRules.h"
#include "server/ingest/scrape/YamlFields.h"

namespace plimsoll::ingest {
namespace {

RelabelRule readRule(const YAML::Node &node, const char *name)
{
    YamlFields fields(node, std::string("An entry of ") + name);
    RelabelRule rule;
    const std::string action = fields.text("action", "replace");
    const auto known = relabelActionNamed(action);
    if (!known)
        throw YamlFault(fields.take("action"), "The action " + quoted(action) + " is not known.");
    rule.action = *known;
    rule.sourceLabels = fields.texts("source_labels");
    rule.separator = fields.text("separator", rule.separator);
    rule.regex = fields.text("regex", rule.regex);
    rule.modulus = fields.count("modulus");
    rule.targetLabel = fields.text("target_label");
    rule.replacement = fields.text("replacement", rule.replacement);
    fields.finish();
    return rule;
}

} // namespace

Relabel readRelabel(const YAML::Node &list, const char *name)
{
    if (list.IsNull())
        return {};
    if (!list.IsSequence())
        throw YamlFault(list, std::string(name) + " must be a list.");
    std::vector<RelabelRule> rules;
    for (const YAML::Node &item : list) {
        const RelabelRule rule = readRule(item, name);
        // One by one, so that the line of the wrong one is known.
        if (const auto compiled = Relabel::compile({rule}); !compiled)
            throw YamlFault(item, compiled.error().message);
        rules.push_back(rule);
    }
    return std::move(Relabel::compile(std::move(rules))).value();
}

Result<Relabel> readRelabelJson(const std::string &json, const char *name)
{
    try {
        return readRelabel(YAML::Load(json), name);
    } catch (const std::exception &fault) {
        return Error{ErrorCode::Unprocessable, std::string("`") + name + "`: " + fault.what(), {}};
    }
}

} // namespace plimsoll::ingest
