#pragma once

#include "alerts/status/CheckDirectory.h"
#include "alerts/status/StoredBook.h"

namespace plimsoll::alerts {

/// The addresses of public pages, which are those of the whole appliance: who has which.
class SlugRegister
{
public:
    /// False where another has it.
    bool claim(const std::string &slug, ProjectId project, const std::string &pageId);
    void release(const std::string &slug, ProjectId project, const std::string &pageId);
    void releaseAll(ProjectId project);
    std::optional<ProjectId> projectOf(const std::string &slug) const;

private:
    std::map<std::string, std::pair<ProjectId, std::string>> m_owners;
};

/// The status pages of a project, the resource `status-pages`: title, slug, text, checks[] (ids), names{id:
/// shown name}, time_zone, public.
class StatusPages final : public StoredBook
{
    Q_OBJECT

public:
    static constexpr const char *collection = "status_pages";
    static constexpr int maxChecks = 100;

    StatusPages(Records &records, const Clock &clock, const CheckDirectory &checks, SlugRegister &slugs,
                ProjectId project);

    /// Reads everything back and claims the slugs.
    Status openPages();
    /// The definition of the page with that slug; nothing where there is none.
    std::optional<QJsonObject> findBySlug(const std::string &slug) const;

    QCoro::Task<Answer> create(QJsonObject definition) override;

protected:
    Result<QJsonObject> accept(const QJsonObject &definition, const QJsonObject &previous) const override;
    QJsonObject shown(const QJsonObject &stored) const override;

private:
    void claimAll();

    const CheckDirectory &m_checks;
    SlugRegister &m_slugs;
    ProjectId m_project;
};

} // namespace plimsoll::alerts
