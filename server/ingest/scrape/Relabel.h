#pragma once

#include "storage/model/Labels.h"
#include "storage/model/Result.h"

#include <memory>
#include <string>
#include <vector>

namespace re2 {
class RE2;
}

namespace plimsoll::ingest {

/// One step of relabel_configs or metric_relabel_configs.
/// Source: prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config.
struct RelabelRule
{
    enum class Action {
        Replace,
        Keep,
        Drop,
        KeepEqual,
        DropEqual,
        HashMod,
        LabelMap,
        LabelDrop,
        LabelKeep,
        Lowercase,
        Uppercase,
    };

    Action action = Action::Replace;
    std::vector<std::string> sourceLabels;
    std::string separator = ";";
    std::string regex = "(.*)"; ///< anchored at both ends
    uint64_t modulus = 0;       ///< of HashMod
    std::string targetLabel;    ///< may hold $1 where the action is Replace
    std::string replacement = "$1";
    bool operator==(const RelabelRule &) const = default;
};

/// "replace", "keep", … in any case.
std::optional<RelabelRule::Action> relabelActionNamed(std::string_view name);

/// Rules that were checked and compiled, applied in order. Immutable and safe from any thread; copies share.
class Relabel
{
public:
    Relabel() = default;
    /// Invalid with the reason where a rule cannot be carried out.
    static Result<Relabel> compile(std::vector<RelabelRule> rules);

    bool empty() const { return !m_steps || m_steps->empty(); }
    /// False where a rule drops the labels as a whole; they are then unspecified.
    bool apply(Labels &labels) const;

    bool operator==(const Relabel &other) const { return rules() == other.rules(); }

private:
    struct Step
    {
        RelabelRule rule;
        std::shared_ptr<const re2::RE2> regex;
    };

    std::vector<RelabelRule> rules() const;
    static bool applyStep(const Step &step, Labels &labels);

    std::shared_ptr<const std::vector<Step>> m_steps;
};

} // namespace plimsoll::ingest
