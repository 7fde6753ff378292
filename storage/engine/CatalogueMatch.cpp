#include "storage/engine/Catalogue.h"

#include <re2/re2.h>

#include <mutex>

namespace plimsoll {

namespace {

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

Result<Roaring> Catalogue::matching(const Project &project, const Matcher &matcher) const
{
    const auto test = ValueTest::make(matcher);
    if (!test)
        return test.error();
    Roaring ids;
    const bool takesEmpty = (*test)("");
    if (const auto label = project.labels.find(matcher.name); label != project.labels.end()) {
        const Values &values = label->second;
        if (!test->isRegex() && !takesEmpty) {
            if (const auto value = values.find(matcher.value); value != values.end())
                value->second.addTo(ids);
        } else {
            for (const auto &[value, posting] : values) {
                if ((*test)(value) != takesEmpty)
                    posting.addTo(ids);
            }
        }
    }
    if (takesEmpty != negates(matcher.op))
        return project.all - ids;
    return ids;
}

Result<Roaring> Catalogue::match(ProjectId project, std::span<const Matcher> matchers) const
{
    const std::shared_lock lock(m_mutex);
    const auto found = m_projects.find(project);
    const Project nothing;
    const Project &source = found == m_projects.end() ? nothing : found->second;
    Roaring ids = source.all;
    for (const Matcher &matcher : matchers) {
        const auto matched = matching(source, matcher);
        if (!matched)
            return matched.error();
        ids &= *matched;
    }
    return ids;
}

} // namespace plimsoll
