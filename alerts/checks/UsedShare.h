#pragma once

#include "alerts/Fields.h"
#include "alerts/checks/ProbeResult.h"

namespace plimsoll::alerts {

/// How much of something may be used: `expect` of disk and memory checks,
/// `{"used_percent": red above, "degraded_percent": yellow above}`.
class UsedShare
{
public:
    /// Checked and normalised; `limit` is the default of used_percent, that of degraded_percent is 10 less.
    static QJsonObject read(Fields &fields, double limit)
    {
        const double used = fields.number("used_percent", limit);
        const double degraded = fields.number("degraded_percent", std::max(0.0, used - 10));
        if (used <= 0 || used > 100)
            fields.fail("used_percent", "must be above 0, at most 100.");
        if (degraded < 0 || degraded > used)
            fields.fail("degraded_percent", "must be from 0 to `used_percent`.");
        return {{"used_percent", used}, {"degraded_percent", degraded}};
    }

    explicit UsedShare(const QJsonObject &expect)
        : m_limit(expect.value("used_percent").toDouble())
        , m_degraded(expect.value("degraded_percent").toDouble())
    {
    }

    /// `what` begins the sentence: "/var is".
    ProbeResult judge(const std::string &what, double percent) const
    {
        const std::string text = what + " " + QString::number(percent, 'f', 1).toStdString() + " % full.";
        if (percent > m_limit)
            return ProbeResult::failed(text);
        return percent > m_degraded ? ProbeResult::degraded(text) : ProbeResult::ok(text);
    }

private:
    double m_limit;
    double m_degraded;
};

} // namespace plimsoll::alerts
