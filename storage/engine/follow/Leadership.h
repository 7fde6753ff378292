#pragma once

namespace plimsoll {

/// The role of whoever knows whether this node does what only one of several may do: alarms. Any thread.
class Leadership
{
public:
    virtual ~Leadership() = default;
    virtual bool isLeader() const = 0;
};

/// A node that is alone.
class AlwaysLeader final : public Leadership
{
public:
    bool isLeader() const override { return true; }
};

} // namespace plimsoll
