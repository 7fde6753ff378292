#include "storage/query/VectorMatch.h"

#include "storage/query/Operation.h"
#include "storage/query/Text.h"

#include <algorithm>

namespace plimsoll::promql {

namespace {

constexpr const char *needsGrouping =
    "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)";
constexpr const char *needsUniqueGrouping =
    "multiple matches for labels: grouping labels must ensure unique matches";

void addPresence(const Column &column, std::vector<bool> &result)
{
    for (size_t step = 0; step < result.size(); step++)
        result[step] = result[step] || column.has(step);
}

/// "many" and "one" are the sides of the matching; for one to one the left side is "many".
class Join
{
public:
    Join(Evaluator &evaluator, const Expr &expr, const Binary &binary, size_t steps)
        : m_evaluator(evaluator)
        , m_context(evaluator.context())
        , m_binary(binary)
        , m_matching(binary.matching)
        , m_operation(evaluator.context(), expr, binary)
        , m_swapped(binary.matching.card == VectorMatching::Card::OneToMany)
        , m_steps(steps)
    {
        // fills belong to the sides as written; a missing "one" is filled for each of the "many"
        m_fillMany = m_swapped ? m_matching.fillRight : m_matching.fillLeft;
        m_fillOne = m_swapped ? m_matching.fillLeft : m_matching.fillRight;
    }

    VectorValue run(const VectorValue &left, const VectorValue &right)
    {
        const bool fills = m_fillMany || m_fillOne;
        if ((left.empty() || right.empty()) && !fills)
            return {};
        VectorValue result;
        for (const MatchGroup &group : matchUp(left, right, m_matching).groups) {
            if (one(group).size() > 1 && m_both.empty())
                findBoth(left, right, fills);
            if (!isUnique(group) || !m_context.proceed())
                return {};
            joinGroup(group, result);
        }
        if (m_context.failed())
            return {};
        std::erase_if(result, [](const Column &column) { return column.empty(); });
        m_evaluator.requireUnique(result);
        return result;
    }

private:
    /// At a step where one side is empty nothing is joined, and nothing can be wrong.
    void findBoth(const VectorValue &left, const VectorValue &right, bool fills)
    {
        m_both = presence(left, m_steps);
        const auto onRight = presence(right, m_steps);
        for (size_t step = 0; step < m_steps; step++)
            m_both[step] = fills || (m_both[step] && onRight[step]);
    }

    const std::vector<const Column *> &many(const MatchGroup &group) const
    {
        return m_swapped ? group.right : group.left;
    }
    const std::vector<const Column *> &one(const MatchGroup &group) const
    {
        return m_swapped ? group.left : group.right;
    }

    void joinGroup(const MatchGroup &group, VectorValue &result)
    {
        m_taken.assign(m_steps, false);
        m_takenOf.clear();
        for (const Column *manyColumn : many(group)) {
            for (const Column *oneColumn : one(group))
                joinPair(*manyColumn, *oneColumn, result);
            if (m_fillOne)
                fillOne(group, *manyColumn, result);
            if (m_context.failed())
                return;
        }
        if (m_fillMany) {
            for (const Column *oneColumn : one(group))
                fillMany(group, *oneColumn, result);
        }
    }

    /// A column of the answer; those of equal labels share the steps that are taken.
    Column resultColumn(const Labels &manyLabels, const Labels &oneLabels, bool dropsName)
    {
        Column column(resultLabels(manyLabels, oneLabels), m_steps);
        column.dropsName = dropsName && !changesMetric(m_binary.op);
        if (m_binary.returnBool)
            m_context.dropName(column);
        return column;
    }

    void joinPair(const Column &manyColumn, const Column &oneColumn, VectorValue &result)
    {
        Column column = resultColumn(*manyColumn.labels, *oneColumn.labels, manyColumn.dropsName);
        auto *taken = takenBy(*column.labels);
        for (size_t step = 0; step < m_steps; step++) {
            if (!manyColumn.has(step) || !oneColumn.has(step))
                continue;
            if (!apply(operandAt(manyColumn, step), operandAt(oneColumn, step), column, step, taken))
                return;
        }
        column.decimal =
            isComparison(m_binary.op) && !m_binary.returnBool && manyColumn.decimal && !m_swapped;
        result.push_back(std::move(column));
    }

    void fillOne(const MatchGroup &group, const Column &manyColumn, VectorValue &result)
    {
        Column column = resultColumn(*manyColumn.labels, group.labels, manyColumn.dropsName);
        const auto present = presence(one(group), m_steps);
        auto *taken = takenBy(*column.labels);
        for (size_t step = 0; step < m_steps; step++) {
            if (!manyColumn.has(step) || present[step])
                continue;
            if (!apply(operandAt(manyColumn, step), {*m_fillOne, nullptr}, column, step, taken))
                return;
        }
        result.push_back(std::move(column));
    }

    void fillMany(const MatchGroup &group, const Column &oneColumn, VectorValue &result)
    {
        Column column = resultColumn(group.labels, *oneColumn.labels, false);
        const auto present = presence(many(group), m_steps);
        auto *taken = takenBy(*column.labels);
        for (size_t step = 0; step < m_steps; step++) {
            if (!oneColumn.has(step) || present[step])
                continue;
            if (!apply({*m_fillMany, nullptr}, operandAt(oneColumn, step), column, step, taken))
                return;
        }
        result.push_back(std::move(column));
    }

    /// False where the match is not unique.
    bool apply(const Operand &ofMany, const Operand &ofOne, Column &column, size_t step,
               std::vector<bool> *taken)
    {
        const Operand &left = m_swapped ? ofOne : ofMany;
        const Operand &right = m_swapped ? ofMany : ofOne;
        const Outcome outcome = m_operation.apply(left, right);
        if (outcome.kind != Outcome::Kind::Nothing) {
            if ((*taken)[step]) {
                m_context.fail(
                    {ErrorCode::Unprocessable, isGrouped() ? needsUniqueGrouping : needsGrouping, {}});
                return false;
            }
            (*taken)[step] = true;
        }
        store(outcome, m_binary.returnBool, left, column, step);
        return true;
    }

    bool isGrouped() const { return m_matching.card != VectorMatching::Card::OneToOne; }

    /// The steps of the group that have a match; where it is grouped, those of equal labels in the answer.
    std::vector<bool> *takenBy(const Labels &labels)
    {
        if (!isGrouped())
            return &m_taken;
        auto &taken = m_takenOf[labels.key()];
        taken.resize(m_steps, false);
        return &taken;
    }

    /// The "one" side must have at most one point per step.
    bool isUnique(const MatchGroup &group)
    {
        const auto &columns = one(group);
        for (size_t step = 0; columns.size() > 1 && step < m_steps; step++) {
            std::vector<const Labels *> present;
            for (const Column *column : columns) {
                if (m_both[step] && column->has(step))
                    present.push_back(column->labels.get());
            }
            if (present.size() > 1)
                return failDuplicates(group, std::move(present)), false;
        }
        return true;
    }

    void failDuplicates(const MatchGroup &group, std::vector<const Labels *> present)
    {
        std::ranges::sort(present, [](const Labels *a, const Labels *b) { return *a < *b; });
        m_context.fail({ErrorCode::Unprocessable,
                        "found duplicate series for the match group " + labelsText(group.labels) +
                            " on the " + (m_swapped ? "left" : "right") + " hand-side of the operation: [" +
                            labelsText(*present[0]) + ", " + labelsText(*present[1]) +
                            "];many-to-many matching not allowed: matching labels must be unique on one side",
                        {}});
    }

    LabelsPtr resultLabels(const Labels &manyLabels, const Labels &oneLabels) const
    {
        auto labels = std::make_shared<Labels>(manyLabels);
        if (changesMetric(m_binary.op))
            removeName(*labels);
        if (m_matching.card == VectorMatching::Card::OneToOne) {
            std::vector<Labels::Pair> kept;
            for (const auto &pair : *labels) {
                const bool named =
                    std::ranges::find(m_matching.labels, pair.first) != m_matching.labels.end();
                if (named == m_matching.on)
                    kept.push_back(pair);
            }
            *labels = Labels(std::move(kept));
        }
        for (const auto &name : m_matching.include)
            labels->set(name, oneLabels.value(name));
        return labels;
    }

    Evaluator &m_evaluator;
    Context &m_context;
    const Binary &m_binary;
    const VectorMatching &m_matching;
    Operation m_operation;
    bool m_swapped;
    size_t m_steps;
    std::optional<double> m_fillMany;
    std::optional<double> m_fillOne;
    std::vector<bool> m_both; ///< where both sides have any point, or one is filled
    std::vector<bool> m_taken;
    std::unordered_map<std::string, std::vector<bool>> m_takenOf;
};

} // namespace

Labels matchLabels(const Labels &labels, const VectorMatching &matching)
{
    return groupLabels(labels, matching.labels, !matching.on);
}

MatchGroups matchUp(const VectorValue &left, const VectorValue &right, const VectorMatching &matching)
{
    MatchGroups result;
    std::unordered_map<std::string, size_t> places;
    const auto placeOf = [&](const Column &column) {
        Labels labels = matchLabels(*column.labels, matching);
        const auto [place, isNew] = places.try_emplace(labels.key(), result.groups.size());
        if (isNew)
            result.groups.push_back({std::move(labels), {}, {}});
        return place->second;
    };
    for (const Column &column : left) {
        result.ofLeft.push_back(placeOf(column));
        result.groups[result.ofLeft.back()].left.push_back(&column);
    }
    for (const Column &column : right) {
        result.ofRight.push_back(placeOf(column));
        result.groups[result.ofRight.back()].right.push_back(&column);
    }
    return result;
}

std::vector<bool> presence(const std::vector<const Column *> &columns, size_t steps)
{
    std::vector<bool> result(steps, false);
    for (const Column *column : columns)
        addPresence(*column, result);
    return result;
}

std::vector<bool> presence(const VectorValue &vector, size_t steps)
{
    std::vector<bool> result(steps, false);
    for (const Column &column : vector)
        addPresence(column, result);
    return result;
}

VectorValue joinVectors(Evaluator &evaluator, const Expr &expr, const Binary &binary, const VectorValue &left,
                        const VectorValue &right, size_t steps)
{
    return Join(evaluator, expr, binary, steps).run(left, right);
}

} // namespace plimsoll::promql
