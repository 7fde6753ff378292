#include "server/api/JournalHealth.h"

namespace plimsoll::api {

namespace {

/// True for failures that are not the sender's.
bool isOurs(ErrorCode code)
{
    return code == ErrorCode::Unavailable || code == ErrorCode::NoSpace || code == ErrorCode::Internal ||
           code == ErrorCode::Corrupt;
}

} // namespace

void JournalHealth::batchCommitted(const Batch &, const CommitReceipt &receipt, std::string_view, int64_t)
{
    if (receipt.status)
        m_last.report(HealthState::Ok);
}

void JournalHealth::requestRefused(std::string_view, ProjectId, const Error &error)
{
    if (isOurs(error.code))
        m_last.report(HealthState::Failing, error.message);
}

} // namespace plimsoll::api
