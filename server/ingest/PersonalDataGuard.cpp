#include "server/ingest/PersonalDataGuard.h"

#include "storage/model/Labels.h"
#include "storage/model/LabelsKey.h"

#include <sodium.h>

#include <QByteArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

namespace plimsoll::ingest {
namespace {

constexpr ProjectId appliance = 0;
constexpr const char *collection = "settings";
constexpr const char *documentId = "personal-data";
constexpr size_t maxFindings = 1'000;
constexpr size_t shownHashBytes = 8;

std::string_view nameIn(std::string_view key)
{
    while (const auto label = takeLabel(key)) {
        if (label->name == nameLabel)
            return label->value;
    }
    return {};
}

void appendPart(std::string &key, std::string_view part)
{
    appendVarint(key, part.size());
    key += part;
}

} // namespace

PersonalDataGuard::PersonalDataGuard() { randombytes_buf(m_key.data(), m_key.size()); }

Status PersonalDataGuard::loadKey(DocumentStore &documents)
{
    const auto stored = documents.get(appliance, collection, documentId);
    if (!stored && stored.error().code != ErrorCode::NotFound)
        return stored.error();
    if (stored) {
        const QByteArray text = QJsonDocument::fromJson(QByteArray::fromStdString(stored->body))
                                    .object()["hash_key"]
                                    .toString()
                                    .toLatin1();
        const QByteArray bytes = QByteArray::fromBase64(text);
        if (size_t(bytes.size()) != m_key.size())
            return Error{ErrorCode::Corrupt, "The key by which personal data is hashed is damaged.", {}};
        std::copy(bytes.begin(), bytes.end(), m_key.begin());
        return {};
    }
    const QByteArray bytes(reinterpret_cast<const char *>(m_key.data()), qsizetype(m_key.size()));
    const QJsonObject object{{"hash_key", QString::fromLatin1(bytes.toBase64())}};
    return putAndWait(documents, appliance, collection,
                      {documentId, QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString(), 0});
}

std::string PersonalDataGuard::replacement(ProjectId project, std::string_view value,
                                           http::PersonalData action) const
{
    if (action == http::PersonalData::Drop)
        return std::string(removedValue);
    std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
    crypto_generichash_state state;
    crypto_generichash_init(&state, m_key.data(), m_key.size(), hash.size());
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char *>(&project), sizeof project);
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char *>(value.data()), value.size());
    crypto_generichash_final(&state, hash.data(), hash.size());
    std::array<char, shownHashBytes * 2 + 1> hex{};
    sodium_bin2hex(hex.data(), hex.size(), hash.data(), shownHashBytes);
    return std::string(hashPrefix) + hex.data();
}

std::optional<std::string> PersonalDataGuard::guarded(ProjectId project, std::string_view key,
                                                      http::PersonalData action)
{
    if (action == http::PersonalData::Keep)
        return std::nullopt;
    bool found = false;
    for (std::string_view rest = key; const auto label = takeLabel(rest);)
        found = found || (label->name != nameLabel && looksLike(label->value) != LooksLike::Nothing);
    if (!found)
        return std::nullopt;
    const std::string_view metric = nameIn(key);
    std::string out;
    for (std::string_view rest = key; const auto label = takeLabel(rest);) {
        const LooksLike what = label->name == nameLabel ? LooksLike::Nothing : looksLike(label->value);
        if (what != LooksLike::Nothing)
            note(project, metric, label->name, what, action);
        appendPart(out, label->name);
        appendPart(out,
                   what == LooksLike::Nothing ? label->value : replacement(project, label->value, action));
    }
    return action == http::PersonalData::Flag ? std::nullopt : std::optional(std::move(out));
}

void PersonalDataGuard::note(ProjectId project, std::string_view metric, std::string_view label,
                             LooksLike what, http::PersonalData action)
{
    std::tuple key(project, std::string(metric), std::string(label));
    const std::lock_guard lock(m_mutex);
    if (m_findings.size() >= maxFindings && !m_findings.contains(key))
        return;
    Finding &finding = m_findings[std::move(key)];
    finding.metric = metric;
    finding.label = label;
    finding.what = what;
    finding.done = action;
    finding.series++;
}

std::vector<PersonalDataGuard::Finding> PersonalDataGuard::findings(ProjectId project) const
{
    std::vector<Finding> found;
    {
        const std::lock_guard lock(m_mutex);
        for (const auto &[key, finding] : m_findings) {
            if (std::get<0>(key) == project)
                found.push_back(finding);
        }
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const Finding &a, const Finding &b) { return a.series > b.series; });
    return found;
}

} // namespace plimsoll::ingest
