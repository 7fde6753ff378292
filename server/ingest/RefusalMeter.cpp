#include "server/ingest/RefusalMeter.h"

namespace plimsoll::ingest {
namespace {

const char *reasonOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::TooLarge:
        return "too_large";
    case ErrorCode::TooMany:
        return "too_many";
    case ErrorCode::Unavailable:
    case ErrorCode::Timeout:
        return "overloaded";
    case ErrorCode::NoSpace:
        return "no_space";
    case ErrorCode::Unprocessable:
        return "unprocessable";
    case ErrorCode::Unsupported:
        return "unsupported";
    default:
        return "malformed";
    }
}

} // namespace

void RefusalMeter::batchCommitted(const Batch &batch, const CommitReceipt &receipt, std::string_view, int64_t)
{
    if (receipt.replayed)
        return;
    const auto &rejections = receipt.rejections;
    for (size_t i = 0; i < rejections.size();) {
        size_t end = i + 1;
        while (end < rejections.size() && rejections[end].code == rejections[i].code)
            end++;
        m_counts.note(batch.project, rejections[i].code, end - i);
        i = end;
    }
}

void RefusalMeter::requestRefused(std::string_view, ProjectId project, const Error &error)
{
    m_counts.note(project, reasonOf(error.code));
}

} // namespace plimsoll::ingest
