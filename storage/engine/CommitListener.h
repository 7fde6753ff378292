#pragma once

#include <cstdint>
#include <string_view>

namespace plimsoll {

/// The role of whoever carries on what the engine made durable, such as to other nodes on one database.
///
/// Called on the thread that opens the engine, for what the journal held, and then on the ingest thread. It
/// must return at once, and outlive the engine.
class CommitListener
{
public:
    virtual ~CommitListener() = default;

    /// A journal frame is durable; the payload's form is in JOURNAL.md, its bytes are there until the return.
    /// Sequences rise.
    virtual void committed(uint64_t sequence, std::string_view payload) = 0;
    /// Every sample of the frames up to this one is in a seal in the database. Called often, mostly with the
    /// same number.
    virtual void covered(uint64_t sequence) = 0;
};

/// Carries nothing on.
class NoCommitListener final : public CommitListener
{
public:
    void committed(uint64_t, std::string_view) override {}
    void covered(uint64_t) override {}

    static NoCommitListener &instance()
    {
        static NoCommitListener listener;
        return listener;
    }
};

} // namespace plimsoll
