#pragma once

#include "server/http/Quota.h"
#include "server/ingest/PersonalData.h"
#include "storage/backend/DocumentStore.h"

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace plimsoll::ingest {

/// Finds label values of new series that look like personal data, counts them, and replaces them where the
/// project says so. Values themselves are never kept. Safe from any thread.
class PersonalDataGuard
{
public:
    /// What a dropped value becomes.
    static constexpr std::string_view removedValue = "__removed__";
    /// What a hashed one begins with; 16 hexadecimal digits follow.
    static constexpr std::string_view hashPrefix = "hash:";

    struct Finding
    {
        std::string metric;
        std::string label;
        LooksLike what = LooksLike::Nothing;
        uint64_t series = 0;                                ///< new ones with such a value since the start
        http::PersonalData done = http::PersonalData::Flag; ///< to the last of them
    };

    /// With a key of its own, which dies with it.
    PersonalDataGuard();
    /// The key by which this appliance hashes, from its settings; made where there is none, so that values
    /// have the same hash after a restart. Waits for the store.
    Status loadKey(DocumentStore &documents);

    /// The key of a series under which it is stored instead, or nothing where it may stay.
    std::optional<std::string> guarded(ProjectId project, std::string_view key, http::PersonalData action);

    /// What was found in a project, the most series first.
    std::vector<Finding> findings(ProjectId project) const;

private:
    using HashKey = std::array<unsigned char, 32>;
    std::string replacement(ProjectId project, std::string_view value, http::PersonalData action) const;
    void note(ProjectId project, std::string_view metric, std::string_view label, LooksLike what,
              http::PersonalData action);

    HashKey m_key{};
    mutable std::mutex m_mutex;
    std::map<std::tuple<ProjectId, std::string, std::string>, Finding> m_findings; ///< bounded
};

} // namespace plimsoll::ingest
