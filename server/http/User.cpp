#include "server/http/User.h"

#include "server/http/ApiKeys.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

namespace plimsoll::http {

namespace {

constexpr qsizetype minPasswordCharacters = 12;
constexpr size_t maxPasswordBytes = 1024;
constexpr size_t maxNameBytes = 64;

bool isNameCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-@+").find(c) != std::string_view::npos;
}

QJsonArray stored(const ProjectGrant &grant)
{
    if (grant.all)
        return {QStringLiteral("*")};
    QJsonArray ids;
    for (const ProjectId id : grant.projects)
        ids.append(qint64(id));
    return ids;
}

/// What is not understood opens nothing.
ProjectGrant grantOf(const QJsonArray &array)
{
    ProjectGrant grant{false, {}};
    for (const QJsonValue value : array) {
        if (value.toString() == QLatin1String("*"))
            return {};
        if (value.isDouble())
            grant.projects.insert(ProjectId(value.toInteger()));
    }
    return grant;
}

int64_t msIn(const QJsonObject &object, const char *name)
{
    return int64_t(object.value(QLatin1String(name)).toDouble());
}

} // namespace

Document documentOf(const User &user)
{
    QJsonObject object{{"hash", QString::fromStdString(user.hash)}, {"changed_ms", double(user.changedMs)}};
    if (!user.isFirst()) {
        object["name"] = QString::fromStdString(user.name);
        object["role"] = QString::fromStdString(std::string(roleName(user.role)));
        object["projects"] = stored(user.grant);
        object["created_ms"] = double(user.createdMs);
        object["disabled"] = user.disabled;
    }
    return {user.id, QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString(), 0};
}

std::optional<User> userOf(const Document &document)
{
    const QJsonObject object = QJsonDocument::fromJson(QByteArray::fromStdString(document.body)).object();
    User user;
    user.id = document.id;
    user.hash = object.value("hash").toString().toStdString();
    user.changedMs = msIn(object, "changed_ms");
    if (user.hash.empty())
        return std::nullopt;
    if (user.isFirst()) {
        user.name = firstUserId;
        user.role = Role::Admin;
        return user;
    }
    const auto role = roleNamed(object.value("role").toString().toStdString());
    user.name = object.value("name").toString().toStdString();
    if (!role || *role == Role::Ingest || !checkedUserName(user.name))
        return std::nullopt;
    user.role = *role;
    user.grant = grantOf(object.value("projects").toArray());
    user.createdMs = msIn(object, "created_ms");
    user.disabled = object.value("disabled").toBool();
    return user;
}

std::string foldedName(std::string_view name)
{
    std::string folded(name);
    std::transform(folded.begin(), folded.end(), folded.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return folded;
}

Status checkedUserName(std::string_view name)
{
    const bool fits = !name.empty() && name.size() <= maxNameBytes;
    if (!fits || !std::all_of(name.begin(), name.end(), isNameCharacter))
        return Error{ErrorCode::Unprocessable,
                     "A user's name is 1 to 64 letters, digits and . _ - @ +, without spaces.",
                     "Set \"name\"."};
    return {};
}

Status checkedPassword(const std::string &password)
{
    if (QString::fromStdString(password).size() < minPasswordCharacters)
        return Error{ErrorCode::Unprocessable, "The password is too short.", "Use at least 12 characters."};
    if (password.size() > maxPasswordBytes)
        return Error{ErrorCode::Unprocessable, "The password is too long.", "Use at most 1,024 bytes."};
    return {};
}

} // namespace plimsoll::http
