#pragma once

#include "storage/model/Batch.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace plimsoll::http {

/// What is done with a label value that looks like personal data (an email address, a token, a card number).
enum class PersonalData { Keep, Flag, Hash, Drop };

/// What a project, or one of its keys, may send. Each bound is inclusive; 0 means that there is none here:
/// then a key has that of its project, and a project the appliance's.
struct Quota
{
    int64_t maxBodyBytes = 0;     ///< of a request, as it came and decompressed: 413 beyond
    double requestsPerSecond = 0; ///< with a burst of ten seconds' worth: 429 beyond
    double samplesPerSecond = 0;  ///< the same for samples
    uint64_t maxActiveSeries = 0; ///< of a project only; what comes beyond is folded or refused
    uint32_t maxLabels = 0;       ///< of one series, without its name
    uint32_t maxNameBytes = 0;    ///< of metric and label names
    uint32_t maxValueBytes = 0;   ///< of label values
    int64_t maxAgeMs = 0;         ///< samples older than this are refused as too_old
    int64_t maxFutureMs = 0;      ///< samples further ahead than this are refused as in_future
    PersonalData personalData = PersonalData::Flag;
    bool operator==(const Quota &) const = default;
};

using QuotaPtr = std::shared_ptr<const Quota>;

/// No bound at all.
inline const QuotaPtr &noQuota()
{
    static const QuotaPtr none = std::make_shared<const Quota>();
    return none;
}

/// The role of whoever knows what may be sent. Safe from any thread, quick, never null: values are final,
/// with the bounds of key, project and appliance already put together.
class Quotas
{
public:
    virtual ~Quotas() = default;
    /// `keyId` is empty for what comes without a key: sockets, scrapes, open loopback.
    virtual QuotaPtr of(ProjectId project, std::string_view keyId) const = 0;
};

} // namespace plimsoll::http
