#include "storage/engine/Catalogue.h"

#include "storage/model/StoppableSort.h"

#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <mutex>

namespace plimsoll {

namespace {

constexpr uint32_t valuesBetweenChecks = 1024; ///< a regular expression may take a microsecond for each

bool negates(Matcher::Op op) { return op == Matcher::Op::NotEqual || op == Matcher::Op::NotRegex; }

/// The texts that an expression like a|b|c or (a|b\.d) stands for; nothing where it is another one.
std::optional<std::vector<std::string>> literalsOf(std::string_view expression)
{
    if (expression.size() >= 2 && expression.front() == '(' && expression.back() == ')')
        expression = expression.substr(1, expression.size() - 2);
    std::vector<std::string> literals(1);
    for (size_t i = 0; i < expression.size(); i++) {
        char c = expression[i];
        if (c == '|') {
            literals.emplace_back();
            continue;
        }
        if (c == '\\') {
            if (++i == expression.size() || !std::ispunct(static_cast<unsigned char>(expression[i])))
                return std::nullopt;
            c = expression[i];
        } else if (std::string_view("()[]{}.*+?^$").find(c) != std::string_view::npos) {
            return std::nullopt;
        }
        literals.back() += c;
    }
    return literals;
}

/// The test of one value, without the negation.
class ValueTest
{
public:
    static Result<ValueTest> make(const Matcher &matcher)
    {
        ValueTest test(matcher.value);
        if (matcher.op == Matcher::Op::Regex || matcher.op == Matcher::Op::NotRegex) {
            test.m_literals = literalsOf(matcher.value);
            if (test.m_literals)
                return test;
            RE2::Options options;
            options.set_log_errors(false);
            options.set_dot_nl(true);
            options.set_max_mem(8 << 20);
            test.m_expression = std::make_unique<RE2>(re2::StringPiece(matcher.value), options);
            if (!test.m_expression->ok())
                return Error{ErrorCode::Invalid,
                             "The regular expression " + matcher.value +
                                 " is not valid: " + test.m_expression->error() + ".",
                             "Expressions are in RE2 syntax and match whole values."};
        }
        return test;
    }

    bool isRegex() const { return m_expression != nullptr; }
    /// The values that it takes, where there are few.
    std::span<const std::string> literals() const
    {
        return m_literals ? std::span<const std::string>(*m_literals) : std::span(&m_value, 1);
    }
    bool operator()(std::string_view value) const
    {
        if (!m_expression)
            return std::ranges::find(literals(), value) != literals().end();
        return RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *m_expression);
    }

private:
    explicit ValueTest(std::string value)
        : m_value(std::move(value))
    {
    }

    std::string m_value;
    std::optional<std::vector<std::string>> m_literals;
    std::unique_ptr<RE2> m_expression;
};

} // namespace

Result<Roaring> Catalogue::matching(const LabelIndex &index, const Matcher &matcher,
                                    const StopToken &stop) const
{
    const auto test = ValueTest::make(matcher);
    if (!test)
        return test.error();
    Roaring ids;
    const bool takesEmpty = (*test)("");
    if (!test->isRegex() && !takesEmpty) {
        for (const std::string &literal : test->literals()) {
            if (const Posting *series = index.find(matcher.name, literal))
                series->addTo(ids);
        }
    } else {
        StopCheck check(stop, valuesBetweenChecks);
        for (const LabelIndex::Value &value : index.values(matcher.name)) {
            if (!check.proceed())
                return stop.status().error();
            if ((*test)(value.text) != takesEmpty)
                value.series.addTo(ids);
        }
    }
    if (takesEmpty == negates(matcher.op))
        return ids;
    Roaring others;
    index.all().addTo(others);
    others -= ids;
    return others;
}

/// Begins with the rarest of the values that must be there, so that one series among many is found without
/// touching the many.
Result<Roaring> Catalogue::match(ProjectId project, std::span<const Matcher> matchers,
                                 const StopToken &stop) const
{
    const std::shared_lock lock(m_mutex);
    const auto found = m_indexes.find(project);
    const LabelIndex nothing;
    const LabelIndex &index = found == m_indexes.end() ? nothing : found->second;
    std::vector<const Posting *> needed;
    std::vector<Roaring> others;
    bool none = false;
    for (const Matcher &matcher : matchers) {
        if (matcher.op == Matcher::Op::Equal && !matcher.value.empty()) {
            needed.push_back(index.find(matcher.name, matcher.value));
            none = none || !needed.back();
            continue;
        }
        auto matched = matching(index, matcher, stop);
        if (!matched)
            return matched.error();
        others.push_back(std::move(*matched));
    }
    if (none)
        return Roaring();
    std::sort(needed.begin(), needed.end(),
              [](const Posting *a, const Posting *b) { return a->size() < b->size(); });
    Roaring ids;
    (needed.empty() ? index.all() : *needed.front()).addTo(ids);
    for (size_t i = 1; i < needed.size(); i++)
        needed[i]->keepIn(ids);
    for (const Roaring &matched : others)
        ids &= matched;
    return ids;
}

uint64_t Catalogue::generation() const { return m_count + m_relabelled; }

/// The labels that `known` has are taken from there. The keys stay where they are, so that nobody waits while
/// they are read.
Result<std::shared_ptr<Selection>>
Catalogue::describeAll(std::span<const SeriesId> ids, const SelectionPtr &known, const StopToken &stop) const
{
    struct Described
    {
        SeriesId id;
        Kind kind;
        std::string_view key;
        std::shared_ptr<const Labels> labels;
    };
    std::vector<Described> all;
    all.reserve(ids.size());
    {
        const std::shared_lock lock(m_mutex);
        for (const SeriesId id : ids)
            all.push_back({id, kindOf(id), m_series[id].key, nullptr});
    }
    std::unordered_map<SeriesId, std::shared_ptr<const Labels>> labelsOf;
    for (size_t i = 0; known && i < known->size(); i++)
        labelsOf.emplace(known->ids[i], known->labels[i]);
    StopCheck check(stop);
    for (Described &one : all) {
        if (!check.proceed())
            return stop.status().error();
        const auto it = labelsOf.find(one.id);
        one.labels = it != labelsOf.end()
                         ? it->second
                         : std::make_shared<const Labels>(Labels::fromKey(one.key).value_or(Labels()));
    }
    if (!stoppableSort(
            all, [](const Described &a, const Described &b) { return *a.labels < *b.labels; }, stop))
        return stop.status().error();
    auto selection = std::make_shared<Selection>();
    for (Described &one : all) {
        selection->ids.push_back(one.id);
        selection->kinds.push_back(one.kind);
        selection->labels.push_back(std::move(one.labels));
    }
    return selection;
}

Result<SelectionPtr> Catalogue::select(ProjectId project, std::span<const Matcher> matchers,
                                       const Takes &takes, const StopToken &stop) const
{
    const std::string key = SelectionCache::keyOf(project, matchers);
    const SelectionPtr known = m_selections.find(key);
    uint64_t now = 0;
    {
        const std::shared_lock lock(m_mutex);
        now = generation();
    }
    if (known && known->generation == now)
        return known;
    const auto matched = match(project, matchers, stop);
    if (!matched)
        return matched.error();
    std::vector<SeriesId> ids(matched->cardinality());
    matched->toUint32Array(ids.data());
    const bool isKept = ids.size() <= maxKeptSeries;
    if (!isKept) {
        const std::vector<bool> taken = takes(ids);
        size_t next = 0;
        std::erase_if(ids, [&](SeriesId) { return !taken[next++]; });
    }
    const auto selection = describeAll(ids, known, stop);
    if (!selection)
        return selection.error();
    (*selection)->generation = now;
    if (isKept)
        m_selections.keep(key, *selection);
    return SelectionPtr(*selection);
}

} // namespace plimsoll
