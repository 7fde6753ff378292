#include "server/http/KeyQuotas.h"

namespace plimsoll::http {

QuotaPtr KeyQuotas::of(ProjectId project, std::string_view keyId) const
{
    QuotaPtr wider = m_projects.quotaOf(project);
    const ApiKeys::LimitsPtr own = keyId.empty() ? nullptr : m_keys.limitsOf(keyId);
    if (!own)
        return wider;
    const std::lock_guard lock(m_mutex);
    Made &made = m_made[std::string(keyId)];
    if (made.project != wider || made.key != own)
        made = {wider, own, std::make_shared<const Quota>(own->over(*wider))};
    return made.quota;
}

} // namespace plimsoll::http
