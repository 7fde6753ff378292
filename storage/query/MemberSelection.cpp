#include "storage/query/AggregationGroups.h"
#include "storage/query/Duration.h"

#include <xxhash.h>

#include <algorithm>
#include <cmath>

namespace plimsoll::promql {

namespace {

/// Whether a value ranks before another one; NaN ranks last.
bool ranksBefore(double a, double b, bool greatestFirst)
{
    if (std::isnan(a) || std::isnan(b))
        return !std::isnan(a) && std::isnan(b);
    return greatestFirst ? a > b : a < b;
}

/// The members of a group that are kept at one step, best first.
std::vector<size_t> bestMembers(const Group &group, size_t step, size_t k, bool greatestFirst)
{
    std::vector<size_t> order;
    for (size_t i = 0; i < group.members.size(); i++) {
        if (group.members[i]->hasFloat(step))
            order.push_back(i);
    }
    const auto before = [&](size_t a, size_t b) {
        const double left = group.members[a]->values[step];
        const double right = group.members[b]->values[step];
        if (ranksBefore(left, right, greatestFirst))
            return true;
        return !ranksBefore(right, left, greatestFirst) && a < b;
    };
    k = std::min(k, order.size());
    std::ranges::partial_sort(order, order.begin() + static_cast<ptrdiff_t>(k), before);
    order.resize(k);
    return order;
}

std::vector<size_t> firstMembers(const Group &group, size_t step, size_t k)
{
    std::vector<size_t> order;
    for (size_t i = 0; i < group.members.size() && order.size() < k; i++) {
        if (group.members[i]->has(step))
            order.push_back(i);
    }
    return order;
}

/// The hash of labels that Prometheus has: XXH64 of all names and values, each after its length as one byte,
/// or as 255 and three more.
uint64_t prometheusHash(const Labels &labels)
{
    std::string bytes;
    const auto append = [&](std::string_view text) {
        const size_t size = text.size();
        if (size < 255) {
            bytes += static_cast<char>(size);
        } else {
            bytes += '\xff';
            for (int shift = 0; shift < 24; shift += 8)
                bytes += static_cast<char>(size >> shift & 0xff);
        }
        bytes += text;
    };
    for (const auto &[name, value] : labels) {
        append(name);
        append(value);
    }
    return XXH64(bytes.data(), bytes.size(), 0);
}

/// A series is in a ratio of r where its hash is below r; a negative ratio takes the others.
std::vector<size_t> ratioMembers(const Group &group, const std::vector<double> &hashes, size_t step,
                                 double ratio)
{
    std::vector<size_t> order;
    for (size_t i = 0; i < group.members.size(); i++) {
        if (group.members[i]->has(step) && (ratio >= 0 ? hashes[i] < ratio : hashes[i] >= 1 + ratio))
            order.push_back(i);
    }
    return order;
}

std::vector<double> hashesOf(const Group &group)
{
    std::vector<double> hashes;
    for (const Column *member : group.members)
        hashes.push_back(static_cast<double>(prometheusHash(*member->labels)) / 18446744073709551615.0);
    return hashes;
}

struct Bounds
{
    double least = __builtin_inf();
    double greatest = -__builtin_inf();
    bool anyNan = false;
};

Bounds boundsOf(const ScalarValue &parameter)
{
    Bounds bounds;
    for (const double value : parameter) {
        bounds.least = std::fmin(bounds.least, value);
        bounds.greatest = std::fmax(bounds.greatest, value);
        bounds.anyNan = bounds.anyNan || std::isnan(value);
    }
    return bounds;
}

void fail(Context &context, const std::string &message)
{
    context.fail({ErrorCode::Unprocessable, message, {}});
}

/// False where nothing is kept, or where the counts are not usable.
bool checkCounts(Context &context, const ScalarValue &parameter)
{
    constexpr double limit = 9223372036854775808.0; // 2^63
    const Bounds bounds = boundsOf(parameter);
    if (!bounds.anyNan && bounds.greatest < 1)
        return false;
    if (bounds.anyNan)
        fail(context, "Parameter value is NaN");
    else if (bounds.least <= -limit)
        fail(context, "Scalar value " + formatGeneral(bounds.least) + " underflows int64");
    else if (bounds.greatest >= limit)
        fail(context, "Scalar value " + formatGeneral(bounds.greatest) + " overflows int64");
    return !context.failed();
}

/// The same for ratios, which are cut to -1 and 1.
bool checkRatios(Context &context, ScalarValue &parameter, Position position)
{
    const Bounds bounds = boundsOf(parameter);
    if (bounds.anyNan)
        fail(context, "Ratio value is NaN");
    const auto warn = [&](double value, const char *bound) {
        context.warn("ratio value should be between -1 and 1, got " + formatGeneral(value) + ", capping to " +
                         bound,
                     position);
    };
    if (bounds.greatest > 1)
        warn(bounds.greatest, "1");
    if (bounds.least < -1)
        warn(bounds.least, "-1");
    for (double &ratio : parameter)
        ratio = std::clamp(ratio, -1.0, 1.0);
    return !context.failed() && (bounds.greatest != 0 || bounds.least != 0);
}

/// Collects the points that are kept of one group.
class Keeper
{
public:
    Keeper(const Group &group, const Aggregation &aggregation, size_t steps)
        : m_group(group)
        , m_op(aggregation.op)
        , m_kept(group.members.size())
        , m_steps(steps)
    {
        if (m_op == AggregateOp::LimitRatio)
            m_hashes = hashesOf(group);
    }

    void keep(size_t step, double parameter)
    {
        if (m_op != AggregateOp::LimitRatio && parameter < 1)
            return m_order.clear();
        const auto k = static_cast<size_t>(std::clamp(parameter, 0.0, 9.2e18));
        m_order = m_op == AggregateOp::LimitK ? firstMembers(m_group, step, k)
                  : m_op == AggregateOp::LimitRatio
                      ? ratioMembers(m_group, m_hashes, step, parameter)
                      : bestMembers(m_group, step, k, m_op == AggregateOp::TopK);
        for (const size_t index : m_order) {
            Column &column = m_kept[index];
            if (column.values.empty()) {
                column = Column(m_group.members[index]->labels, m_steps);
                column.dropsName = m_group.members[index]->dropsName;
            }
            column.take(step, *m_group.members[index]);
        }
    }

    /// At a single step they come in their order, the best first.
    void moveTo(VectorValue &result)
    {
        if (m_steps == 1) {
            for (const size_t index : m_order)
                result.push_back(std::move(m_kept[index]));
            return;
        }
        for (Column &column : m_kept) {
            if (!column.values.empty())
                result.push_back(std::move(column));
        }
    }

private:
    const Group &m_group;
    AggregateOp m_op;
    std::vector<double> m_hashes;
    std::vector<Column> m_kept;
    std::vector<size_t> m_order;
    size_t m_steps;
};

} // namespace

VectorValue selectMembers(Evaluator &evaluator, const Expr &expr, const Aggregation &aggregation,
                          VectorValue &vector, ScalarValue parameter)
{
    Context &context = evaluator.context();
    const bool usable = aggregation.op == AggregateOp::LimitRatio
                            ? checkRatios(context, parameter, aggregation.parameter->position)
                            : checkCounts(context, parameter);
    if (!usable)
        return {};
    const bool ranks = aggregation.op == AggregateOp::TopK || aggregation.op == AggregateOp::BottomK;
    VectorValue result;
    for (const Group &group : makeGroups(vector, aggregation)) {
        if (ranks && group.hasHistograms())
            informIgnored(context, aggregation, expr.position);
        Keeper keeper(group, aggregation, parameter.size());
        for (size_t step = 0; step < parameter.size(); step++) {
            if (step % 64 == 63 && !context.proceed())
                return {};
            keeper.keep(step, parameter[step]);
        }
        keeper.moveTo(result);
    }
    return result;
}

} // namespace plimsoll::promql
