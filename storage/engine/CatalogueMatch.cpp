#include "storage/engine/Catalogue.h"

#include <re2/re2.h>

#include <mutex>

namespace plimsoll {

namespace {

constexpr uint32_t valuesBetweenChecks = 1024; ///< a regular expression may take a microsecond for each

bool negates(Matcher::Op op) { return op == Matcher::Op::NotEqual || op == Matcher::Op::NotRegex; }

/// The test of one value, without the negation.
class ValueTest
{
public:
    static Result<ValueTest> make(const Matcher &matcher)
    {
        ValueTest test(matcher.value);
        if (matcher.op == Matcher::Op::Regex || matcher.op == Matcher::Op::NotRegex) {
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
    bool operator()(std::string_view value) const
    {
        if (!m_expression)
            return value == m_value;
        return RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *m_expression);
    }

private:
    explicit ValueTest(std::string value)
        : m_value(std::move(value))
    {
    }

    std::string m_value;
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
        if (const Posting *series = index.find(matcher.name, matcher.value))
            series->addTo(ids);
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

} // namespace plimsoll
