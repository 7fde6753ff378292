#include "alerts/status/StatusPages.h"

#include "alerts/Fields.h"

#include <QPointer>

#include <algorithm>

namespace plimsoll::alerts {

namespace {

constexpr size_t maxSlug = 63;
constexpr size_t maxName = 100;

/// "Example & Co." -> "example-co".
std::string slugOf(const std::string &title)
{
    std::string slug;
    for (const char c : title) {
        const char lower = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
        const bool plain = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
        if (plain)
            slug += lower;
        else if (!slug.empty() && slug.back() != '-')
            slug += '-';
    }
    slug.resize(std::min(slug.size(), maxSlug));
    while (!slug.empty() && slug.back() == '-')
        slug.pop_back();
    return slug.empty() ? "status" : slug;
}

bool isSlug(const std::string &text)
{
    const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    return !text.empty() && text.size() <= maxSlug && std::all_of(text.begin(), text.end(), plain) &&
           text.front() != '-' && text.back() != '-';
}

std::string textOf(const QJsonObject &object, const char *name)
{
    return object.value(QLatin1String(name)).toString().toStdString();
}

} // namespace

bool SlugRegister::claim(const std::string &slug, ProjectId project, const std::string &pageId)
{
    const auto [it, isNew] = m_owners.try_emplace(slug, project, pageId);
    return isNew || it->second == std::pair(project, pageId);
}

void SlugRegister::release(const std::string &slug, ProjectId project, const std::string &pageId)
{
    const auto it = m_owners.find(slug);
    if (it != m_owners.end() && it->second == std::pair(project, pageId))
        m_owners.erase(it);
}

void SlugRegister::releaseAll(ProjectId project)
{
    std::erase_if(m_owners, [project](const auto &owner) { return owner.second.first == project; });
}

std::optional<ProjectId> SlugRegister::projectOf(const std::string &slug) const
{
    const auto it = m_owners.find(slug);
    return it == m_owners.end() ? std::nullopt : std::optional(it->second.first);
}

StatusPages::StatusPages(Records &records, const Clock &clock, const CheckDirectory &checks,
                         SlugRegister &slugs, ProjectId project)
    : StoredBook(records, clock, collection, "status page")
    , m_checks(checks)
    , m_slugs(slugs)
    , m_project(project)
{
    connect(this, &StoredBook::changed, this, &StatusPages::claimAll);
}

Status StatusPages::openPages()
{
    if (Status opened = open(); !opened)
        return opened;
    claimAll();
    return {};
}

void StatusPages::claimAll()
{
    m_slugs.releaseAll(m_project);
    for (const auto &[id, page] : all())
        m_slugs.claim(textOf(page, "slug"), m_project, id);
}

std::optional<QJsonObject> StatusPages::findBySlug(const std::string &slug) const
{
    for (const auto &[id, page] : all()) {
        if (textOf(page, "slug") == slug)
            return page;
    }
    return {};
}

Result<QJsonObject> StatusPages::accept(const QJsonObject &definition, const QJsonObject &previous) const
{
    Fields fields(definition, "a status page");
    fields.refuseUnknown({"id", "created_ms", "updated_ms", "url", "title", "slug", "text", "checks", "names",
                          "time_zone", "public"});
    const std::string title = fields.requiredText("title", 200);
    std::string slug = fields.text("slug", 200);
    if (slug.empty())
        slug = previous.isEmpty() ? slugOf(title) : textOf(previous, "slug");
    if (!isSlug(slug))
        fields.fail("slug", "must be small letters, digits and dashes, at most 63.",
                    "It is the end of the page's address: /status/example.");
    QJsonArray checks;
    for (const QJsonValue id : fields.array("checks", maxChecks)) {
        if (!m_checks.check(id.toString().toStdString()))
            fields.fail("checks", "names \"" + id.toString().toStdString() + "\", which does not exist.");
        else if (!checks.contains(id))
            checks.append(id);
    }
    const Fields::Texts names = fields.texts("names", maxChecks, maxName);
    std::string zone = fields.text("time_zone", 100);
    if (zone.empty())
        zone = "UTC";
    if (!QTimeZone(QByteArray::fromStdString(zone)).isValid())
        fields.fail("time_zone", "is not a time zone.", "Write its IANA name, such as \"Europe/Berlin\".");
    const QJsonObject accepted{{"title", QString::fromStdString(title)},
                               {"slug", QString::fromStdString(slug)},
                               {"text", QString::fromStdString(fields.text("text", 1000))},
                               {"checks", checks},
                               {"names", textsToJson(names)},
                               {"time_zone", QString::fromStdString(zone)},
                               {"public", fields.flag("public", true)}};
    if (Status status = fields.status(); !status)
        return status.error();
    const auto owner = findBySlug(slug);
    const bool taken = owner ? textOf(*owner, "id") != textOf(previous, "id")
                             : m_slugs.projectOf(slug).value_or(m_project) != m_project;
    if (taken)
        return Error{ErrorCode::Conflict, "The address /status/" + slug + " is taken.",
                     "Give another `slug`."};
    return accepted;
}

QJsonObject StatusPages::shown(const QJsonObject &stored) const
{
    QJsonObject object = stored;
    object.insert("url", "/status/" + stored.value("slug").toString());
    return object;
}

QCoro::Task<StatusPages::Answer> StatusPages::create(QJsonObject definition)
{
    // While it is being written, nobody else may take its address.
    const Result<QJsonObject> accepted = accept(definition, {});
    if (!accepted)
        co_return accepted.error();
    const QPointer<StatusPages> self(this);
    const std::string slug = textOf(*accepted, "slug");
    if (!m_slugs.claim(slug, m_project, "new"))
        co_return Error{ErrorCode::Conflict, "The address /status/" + slug + " is taken.",
                        "Give another `slug`."};
    QJsonObject whole = *accepted;
    auto creating = StoredBook::create(whole);
    const Answer made = co_await creating;
    if (self)
        self->claimAll();
    co_return made;
}

} // namespace plimsoll::alerts
