#pragma once

#include "server/http/ApiKeys.h"
#include "server/http/Projects.h"

#include <mutex>
#include <unordered_map>

namespace plimsoll::http {

/// The bounds of key, project and appliance, put together once per key that has bounds of its own.
class KeyQuotas final : public Quotas
{
public:
    KeyQuotas(const Projects &projects, const ApiKeys &keys)
        : m_projects(projects)
        , m_keys(keys)
    {
    }

    QuotaPtr of(ProjectId project, std::string_view keyId) const override;

private:
    /// What was put together, and of what: it holds while both are the same.
    struct Made
    {
        QuotaPtr project;
        ApiKeys::LimitsPtr key;
        QuotaPtr quota;
    };

    const Projects &m_projects;
    const ApiKeys &m_keys;
    mutable std::mutex m_mutex;
    mutable std::unordered_map<std::string, Made> m_made; ///< by id of the key
};

} // namespace plimsoll::http
