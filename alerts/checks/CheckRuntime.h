#pragma once

#include "alerts/checks/Check.h"
#include "alerts/checks/CheckMachine.h"

namespace plimsoll::alerts {

/// A check with how it is doing.
class CheckRuntime
{
public:
    explicit CheckRuntime(Check check);

    const Check &check() const { return m_check; }
    const CheckMachine &machine() const { return m_machine; }
    /// Another definition of the same check; what was found of another target or kind is forgotten,
    /// and so is all of one that is switched off.
    void setCheck(Check check);

    /// Takes the result of a run that ended at `nowMs`.
    std::optional<CheckChange> take(const ProbeResult &result, int64_t nowMs);
    /// The latest result; nothing before the first one.
    const std::optional<ProbeResult> &last() const { return m_last; }

    /// The resource of the API. `heldBy`: the checks it depends on that keep it from telling anybody.
    QJsonObject toJson(const std::vector<std::string> &heldBy) const;
    /// What is kept over a restart: state, counts and the latest message.
    QJsonObject stateToJson() const;
    void restore(const QJsonObject &state);

    bool running = false;      ///< a probe of it is under way
    uint64_t run = 0;          ///< number of the latest run; an older one's result is not taken
    int64_t nextRunMs = 0;     ///< by the clock of the book; 0 where none is planned
    bool told = true;          ///< the state was handed to the episodes
    int64_t tookAtMs = -1;     ///< when the latest result was taken, by the book's clock that does not jump
    int64_t troubledAtMs = -1; ///< the first bad one of those in a row, by the same
    std::string saved;         ///< what of the state is durable

    /// True where it looks by itself, so that somebody may wait for its verdict.
    bool active() const;

private:
    static CheckMachine::Settings machineSettings(const Check &check);

    Check m_check;
    CheckMachine m_machine;
    std::optional<ProbeResult> m_last;
};

} // namespace plimsoll::alerts
