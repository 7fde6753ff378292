#pragma once

#include "alerts/Template.h"

#include <map>
#include <string>

namespace plimsoll::alerts {

/// What the queries inside the texts of a rule yielded at one evaluation. They are made on a thread of the
/// evaluator, by expanding the texts there once; on the event loop the texts are expanded again, from these
/// answers. A value; one thread at a time.
class TemplateAnswers
{
public:
    using Samples = Result<std::vector<TemplateSample>>;

    bool contains(const std::string &expr) const { return m_answers.contains(expr); }
    void add(const std::string &expr, Samples samples) { m_answers.emplace(expr, std::move(samples)); }
    /// An error where this was not asked: the text depends on a value that has changed since.
    Samples find(const std::string &expr) const
    {
        const auto found = m_answers.find(expr);
        if (found != m_answers.end())
            return found->second;
        return Error{ErrorCode::Unavailable, "the query \"" + expr + "\" was not made yet", {}};
    }

private:
    std::map<std::string, Samples> m_answers;
};

} // namespace plimsoll::alerts
