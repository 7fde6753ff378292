#pragma once

#include "alerts/Fields.h"
#include "storage/model/Labels.h"
#include "storage/model/Matcher.h"

#include <QJsonArray>

#include <memory>

namespace re2 {
class RE2;
}

namespace plimsoll::alerts {

/// Conditions on labels, all of which must hold: `=`, `!=`, `=~`, `!~`, as in Alertmanager. A label that is
/// not there has the empty value; expressions are RE2 and match whole values. Cheap to copy.
class LabelTests
{
public:
    static constexpr int maxTests = 32;

    /// Reads a list of `{"name","op","value"}` or of texts such as `host=~"web.*"`; what is wrong is noted.
    static LabelTests read(Fields &fields, std::string_view name);
    QJsonArray toJson() const; ///< of objects

    bool empty() const { return m_tests.empty(); }
    bool matches(const Labels &labels) const;
    /// True where labels that have none of the names pass, so that nearly everything would.
    bool matchesNothing() const { return matches({}); }

private:
    struct Test
    {
        Matcher matcher;
        std::shared_ptr<const re2::RE2> expression; ///< of Regex and NotRegex

        bool holds(const Labels &labels) const;
    };

    std::vector<Test> m_tests;
};

} // namespace plimsoll::alerts
