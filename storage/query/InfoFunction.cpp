#include "storage/query/Evaluator.h"
#include "storage/query/Text.h"

#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <set>

namespace plimsoll::promql {

namespace {

/// Series and info metrics that share these belong together.
constexpr std::string_view identifyingLabels[] = {"instance", "job"};

bool matches(const Matcher &matcher, std::string_view value)
{
    const bool regex = matcher.op >= Matcher::Op::Regex;
    const bool equal = regex ? RE2::FullMatch(re2::StringPiece(value.data(), value.size()),
                                              RE2("(?s:" + matcher.value + ")", RE2::Quiet))
                             : value == matcher.value;
    return equal != (matcher.op == Matcher::Op::NotEqual || matcher.op == Matcher::Op::NotRegex);
}

/// What the second argument asks for.
struct InfoRequest
{
    std::vector<Matcher> names; ///< of the info metrics
    std::vector<Matcher> data;  ///< the labels that are wanted; empty: all

    explicit InfoRequest(const Call &call)
    {
        if (call.arguments.size() < 2) {
            names.push_back(targetInfo());
            return;
        }
        for (const Matcher &matcher : unwrapped(*call.arguments[1]).as<VectorSelector>()->matchers)
            (matcher.name == nameLabel ? names : data).push_back(matcher);
    }

    static Matcher targetInfo() { return {std::string(nameLabel), Matcher::Op::Equal, "target_info"}; }

    bool isInfoMetric(std::string_view name) const
    {
        return !names.empty() &&
               std::ranges::all_of(names, [&](const Matcher &matcher) { return matches(matcher, name); });
    }
    bool wants(std::string_view label) const
    {
        return data.empty() ||
               std::ranges::any_of(data, [&](const Matcher &matcher) { return matcher.name == label; });
    }
    bool allowsNone() const
    {
        return std::ranges::all_of(data, [](const Matcher &matcher) { return matches(matcher, ""); });
    }
};

/// Info series of one metric and one identity, and which of them counts at each step.
struct InfoGroup
{
    std::vector<const Column *> columns;
    std::vector<int> newest; ///< -1: none
};

std::string identityOf(const Labels &labels, std::string_view name)
{
    Labels identity;
    identity.set(nameLabel, name);
    for (const auto label : identifyingLabels)
        identity.set(label, labels.value(label));
    return identity.key();
}

class InfoJoin
{
public:
    InfoJoin(Evaluator &evaluator, const Call &call, const Grid &grid)
        : m_evaluator(evaluator)
        , m_context(evaluator.context())
        , m_request(call)
        , m_grid(grid)
    {
    }

    VectorValue run(const VectorValue &base)
    {
        const VectorValue infos = selectInfos(base);
        groupInfos(infos, base);
        VectorValue result;
        for (const Column &column : base) {
            if (!m_context.proceed())
                return {};
            if (m_request.isInfoMetric(column.labels->name()))
                result.push_back(column);
            else
                enrich(column, result);
        }
        m_evaluator.requireUnique(result);
        return result;
    }

private:
    /// The info series that may belong to the base series; their values are the times of their samples.
    VectorValue selectInfos(const VectorValue &base)
    {
        VectorSelector selector;
        for (const auto label : identifyingLabels) {
            std::set<std::string> values;
            for (const Column &column : base) {
                if (!m_request.isInfoMetric(column.labels->name()) && column.labels->contains(label))
                    values.insert(RE2::QuoteMeta(std::string(column.labels->value(label))));
            }
            if (values.empty())
                continue;
            std::string pattern;
            for (const auto &value : values)
                pattern += (pattern.empty() ? "" : "|") + value;
            selector.matchers.push_back({std::string(label), Matcher::Op::Regex, pattern});
        }
        if (selector.matchers.empty())
            return {};
        std::ranges::copy(m_request.data, std::back_inserter(selector.matchers));
        std::ranges::copy(m_request.names, std::back_inserter(selector.matchers));
        if (m_request.names.empty())
            selector.matchers.push_back(InfoRequest::targetInfo());
        return m_evaluator.instantSelector(selector, m_grid, true);
    }

    void groupInfos(const VectorValue &infos, const VectorValue &base)
    {
        for (const Column &column : infos) {
            m_names.insert(std::string(column.labels->name()));
            m_groups[identityOf(*column.labels, column.labels->name())].columns.push_back(&column);
        }
        for (auto &[identity, group] : m_groups) {
            group.newest.assign(m_grid.steps, -1);
            for (size_t step = 0; step < m_grid.steps; step++)
                findNewest(group, step, base);
        }
    }

    void findNewest(InfoGroup &group, size_t step, const VectorValue &base)
    {
        int &newest = group.newest[step];
        const Column *tied = nullptr;
        for (size_t i = 0; i < group.columns.size(); i++) {
            const Column &column = *group.columns[i];
            if (!column.hasFloat(step))
                continue;
            const double best = newest < 0 ? 0 : group.columns[static_cast<size_t>(newest)]->values[step];
            if (newest < 0 || column.values[step] > best) {
                newest = static_cast<int>(i);
                tied = nullptr;
            } else if (column.values[step] == best) {
                tied = &column;
            }
        }
        const bool matters =
            tied && std::ranges::any_of(base, [step](const Column &column) { return column.has(step); });
        if (!matters)
            return;
        const auto text = [step](const Column &column) {
            return column.labels->toString() + " @ " +
                   std::to_string(static_cast<int64_t>(column.values[step] * 1000));
        };
        m_context.fail({ErrorCode::Unprocessable,
                        "found duplicate series for info metric: existing " +
                            text(*group.columns[static_cast<size_t>(newest)]) + ", new " + text(*tied),
                        {}});
    }

    /// The points of a series with the labels of the info series of each step.
    void enrich(const Column &column, VectorValue &result)
    {
        std::vector<const InfoGroup *> groups;
        for (const auto &name : m_names) {
            const auto group = m_groups.find(identityOf(*column.labels, name));
            if (group != m_groups.end())
                groups.push_back(&group->second);
        }
        std::map<std::vector<int>, size_t> places;
        constexpr size_t nowhere = SIZE_MAX;
        for (size_t step = 0; step < m_grid.steps; step++) {
            if (!column.has(step))
                continue;
            std::vector<int> chosen;
            for (const InfoGroup *group : groups)
                chosen.push_back(group->newest[step]);
            const auto [place, isNew] = places.try_emplace(chosen, result.size());
            if (isNew && !addColumn(column, groups, chosen, result))
                place->second = nowhere;
            if (m_context.failed())
                return;
            if (place->second != nowhere)
                result[place->second].take(step, column);
        }
    }

    bool addColumn(const Column &column, const std::vector<const InfoGroup *> &groups,
                   const std::vector<int> &chosen, VectorValue &result)
    {
        Labels found;
        bool any = false;
        for (size_t i = 0; i < groups.size(); i++) {
            if (chosen[i] < 0)
                continue;
            any = true;
            if (!addLabels(*column.labels, *groups[i]->columns[static_cast<size_t>(chosen[i])]->labels,
                           found))
                return false;
        }
        if (!any && !m_request.allowsNone())
            return false;
        auto labels = std::make_shared<Labels>(*column.labels);
        for (const auto &[name, value] : found)
            labels->set(name, value);
        Column enriched(std::move(labels), m_grid.steps);
        enriched.dropsName = column.dropsName;
        enriched.decimal = column.decimal;
        result.push_back(std::move(enriched));
        return true;
    }

    bool addLabels(const Labels &base, const Labels &info, Labels &found)
    {
        for (const auto &[name, value] : info) {
            if (name == nameLabel || !m_request.wants(name))
                continue;
            if (found.contains(name) && found.value(name) != value) {
                m_context.fail({ErrorCode::Unprocessable, "conflicting label: " + name, {}});
                return false;
            }
            if (!base.contains(name))
                found.set(name, value);
        }
        return true;
    }

    Evaluator &m_evaluator;
    Context &m_context;
    const InfoRequest m_request;
    const Grid &m_grid;
    std::set<std::string> m_names; ///< of info metrics
    std::map<std::string, InfoGroup> m_groups;
};

Value infoFunction(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    const VectorValue base = evaluator.vector(*call.arguments[0], grid);
    return InfoJoin(evaluator, call, grid).run(base);
}

} // namespace

/// info(), which adds the labels of info metrics such as target_info to series.
std::vector<FunctionRow> infoFunctions()
{
    FunctionRow info{"info", {ValueType::InstantVector, ValueType::InstantVector}, 1};
    info.special = infoFunction;
    return {info};
}

} // namespace plimsoll::promql
