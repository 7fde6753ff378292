#include "server/ingest/scrape/Relabel.h"

#include "server/ingest/NameRules.h"

#include <QCryptographicHash>
#include <QString>

#include <array>
#include <charconv>
#include <re2/re2.h>

namespace plimsoll::ingest {
namespace {

using Action = RelabelRule::Action;
using Groups = std::vector<re2::StringPiece>;

constexpr std::pair<std::string_view, Action> actions[] = {
    {"replace", Action::Replace},     {"keep", Action::Keep},           {"drop", Action::Drop},
    {"keepequal", Action::KeepEqual}, {"dropequal", Action::DropEqual}, {"hashmod", Action::HashMod},
    {"labelmap", Action::LabelMap},   {"labeldrop", Action::LabelDrop}, {"labelkeep", Action::LabelKeep},
    {"lowercase", Action::Lowercase}, {"uppercase", Action::Uppercase}};

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

/// The groups of a match of the whole text, the match itself first.
std::optional<Groups> match(const re2::RE2 &regex, std::string_view text)
{
    Groups groups(static_cast<size_t>(regex.NumberOfCapturingGroups()) + 1);
    if (!regex.Match(piece(text), 0, text.size(), re2::RE2::ANCHOR_BOTH, groups.data(),
                     static_cast<int>(groups.size())))
        return std::nullopt;
    return groups;
}

bool isWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

std::string_view groupNamed(const re2::RE2 &regex, const Groups &groups, const std::string &name)
{
    size_t index = 0;
    const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), index);
    if (failed != std::errc() || end != name.data() + name.size()) {
        const auto found = regex.NamedCapturingGroups().find(name);
        if (found == regex.NamedCapturingGroups().end())
            return {};
        index = static_cast<size_t>(found->second);
    }
    return index < groups.size() ? std::string_view(groups[index].data(), groups[index].size())
                                 : std::string_view();
}

/// Puts groups where $1, ${1}, $name or ${name} stand; $$ is a dollar sign. As Go's Regexp.Expand.
std::string expand(const re2::RE2 &regex, const Groups &groups, std::string_view text)
{
    std::string out;
    for (size_t i = 0; i < text.size(); i++) {
        if (text[i] != '$' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        if (text[i + 1] == '$') {
            out += text[++i];
            continue;
        }
        const bool braced = text[i + 1] == '{';
        const size_t begin = i + 1 + (braced ? 1 : 0);
        size_t end = begin;
        while (end < text.size() && isWord(text[end]))
            end++;
        if (end == begin || (braced && (end == text.size() || text[end] != '}'))) {
            out += text[i];
            continue;
        }
        out += groupNamed(regex, groups, std::string(text.substr(begin, end - begin)));
        i = braced ? end : end - 1;
    }
    return out;
}

std::string joined(const RelabelRule &rule, const Labels &labels)
{
    std::string out;
    for (const std::string &name : rule.sourceLabels) {
        if (&name != &rule.sourceLabels.front())
            out += rule.separator;
        out += labels.value(name);
    }
    return out;
}

/// The last eight bytes of the MD5 of the text, as Prometheus has it.
uint64_t hashOf(std::string_view text)
{
    const QByteArray sum = QCryptographicHash::hash(
        QByteArray::fromRawData(text.data(), qsizetype(text.size())), QCryptographicHash::Md5);
    uint64_t out = 0;
    for (int i = 8; i < 16; i++)
        out = out << 8 | static_cast<uint8_t>(sum[i]);
    return out;
}

std::string cased(std::string_view text, bool upper)
{
    const QString all = QString::fromUtf8(text.data(), qsizetype(text.size()));
    return (upper ? all.toUpper() : all.toLower()).toStdString();
}

std::string checkRule(const RelabelRule &rule)
{
    const Action action = rule.action;
    const bool needsTarget = action == Action::Replace || action == Action::HashMod ||
                             action == Action::KeepEqual || action == Action::DropEqual ||
                             action == Action::Lowercase || action == Action::Uppercase;
    if (needsTarget && rule.targetLabel.empty())
        return "target_label is missing.";
    if (action == Action::HashMod && rule.modulus == 0)
        return "modulus is missing.";
    if (rule.targetLabel.size() > maxLabelNameBytes)
        return "target_label is too long.";
    return {};
}

} // namespace

std::optional<Action> relabelActionNamed(std::string_view name)
{
    const std::string lower = cased(name, false);
    for (const auto &[word, action] : actions) {
        if (word == lower)
            return action;
    }
    return std::nullopt;
}

Result<Relabel> Relabel::compile(std::vector<RelabelRule> rules)
{
    auto steps = std::make_shared<std::vector<Step>>();
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_dot_nl(true);
    options.set_max_mem(1 << 20);
    for (RelabelRule &rule : rules) {
        auto regex = std::make_shared<const re2::RE2>(rule.regex, options);
        if (!regex->ok())
            return Error{ErrorCode::Invalid,
                         "The regular expression " + quoted(rule.regex) + " is not valid: " + regex->error() +
                             ".",
                         {}};
        if (const std::string fault = checkRule(rule); !fault.empty())
            return Error{ErrorCode::Invalid, fault, {}};
        steps->push_back({std::move(rule), std::move(regex)});
    }
    Relabel out;
    out.m_steps = std::move(steps);
    return out;
}

std::vector<RelabelRule> Relabel::rules() const
{
    std::vector<RelabelRule> out;
    for (size_t i = 0; m_steps && i < m_steps->size(); i++)
        out.push_back((*m_steps)[i].rule);
    return out;
}

bool Relabel::apply(Labels &labels) const
{
    for (size_t i = 0; m_steps && i < m_steps->size(); i++) {
        if (!applyStep((*m_steps)[i], labels))
            return false;
    }
    return true;
}

bool Relabel::applyStep(const Step &step, Labels &labels)
{
    const RelabelRule &rule = step.rule;
    const std::string source = joined(rule, labels);
    const auto pairs = labels.pairs();
    switch (rule.action) {
    case Action::Keep:
        return match(*step.regex, source).has_value();
    case Action::Drop:
        return !match(*step.regex, source);
    case Action::KeepEqual:
        return labels.value(rule.targetLabel) == source;
    case Action::DropEqual:
        return labels.value(rule.targetLabel) != source;
    case Action::HashMod:
        labels.set(rule.targetLabel, std::to_string(hashOf(source) % rule.modulus));
        return true;
    case Action::Lowercase:
    case Action::Uppercase:
        labels.set(rule.targetLabel, cased(source, rule.action == Action::Uppercase));
        return true;
    case Action::Replace:
        if (const auto groups = match(*step.regex, source)) {
            const std::string target = expand(*step.regex, *groups, rule.targetLabel);
            if (!target.empty())
                labels.set(target, expand(*step.regex, *groups, rule.replacement));
        }
        return true;
    case Action::LabelMap:
        for (const auto &[name, value] : pairs) {
            if (const auto groups = match(*step.regex, name))
                labels.set(expand(*step.regex, *groups, rule.replacement), value);
        }
        return true;
    case Action::LabelDrop:
    case Action::LabelKeep:
        for (const auto &[name, value] : pairs) {
            if (match(*step.regex, name).has_value() == (rule.action == Action::LabelDrop))
                labels.remove(name);
        }
        return true;
    }
    return true;
}

} // namespace plimsoll::ingest
