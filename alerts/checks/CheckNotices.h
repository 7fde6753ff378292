#pragma once

#include "alerts/checks/CheckRuntime.h"

namespace plimsoll::alerts {

/// The role by which checks become episodes and notices.
class CheckNotices
{
public:
    virtual ~CheckNotices() = default;
    /// How a check is doing now, after a run at `atMs`; said at every run whose state may be told.
    virtual void tell(const CheckRuntime &runtime, int64_t atMs) = 0;
    /// A check was removed, or switched off: what is open of it ends.
    enum class End { Removed, Disabled };
    virtual void end(const std::string &checkId, int64_t atMs, End end) = 0;
};

/// Tells nobody.
class NullCheckNotices final : public CheckNotices
{
public:
    void tell(const CheckRuntime &, int64_t) override {}
    void end(const std::string &, int64_t, End) override {}
};

} // namespace plimsoll::alerts
