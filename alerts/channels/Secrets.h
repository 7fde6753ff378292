#pragma once

#include "storage/model/Result.h"

#include <QJsonObject>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::alerts {

/// What stands in place of a secret wherever settings are shown.
inline constexpr const char *secretMask = "••••";

/// A setting that nobody sees again once it was given.
struct SecretField
{
    enum class Sort {
        Text,       ///< the whole text
        EveryValue, ///< all values of an object, such as headers
        BehindHost, ///< a URL of which scheme and host are shown and the rest is secret
    };
    std::string_view name; ///< in the settings
    Sort sort = Sort::Text;
};

/// The settings with every secret masked.
QJsonObject maskSecrets(std::span<const SecretField> secrets, const QJsonObject &settings);

/// `given` with masks replaced by what `previous` has there. `kept` gets the paths of those
/// ("settings.token"). A mask of something else is an error that names its field.
Result<QJsonObject> keepSecrets(std::span<const SecretField> secrets, const QJsonObject &given,
                                const QJsonObject &previous, std::vector<std::string> &kept);

/// All secrets that the settings hold, in clear, and the parts of them that are secret by themselves: what
/// follows the scheme in "Bearer …", what ends a URL.
std::vector<std::string> secretValues(std::span<const SecretField> secrets, const QJsonObject &settings);

/// Masks these secrets in a text; those of fewer than 6 bytes are left, they would mask ordinary words.
void hideSecrets(const std::vector<std::string> &secrets, std::string &text);

/// Calls `change(path, value)` for every secret of the settings and puts what it returns in its place;
/// undefined removes it.
template<typename Change>
QJsonObject mapSecrets(std::span<const SecretField> secrets, QJsonObject settings, Change change)
{
    for (const SecretField &secret : secrets) {
        const QString name = QString::fromUtf8(secret.name.data(), qsizetype(secret.name.size()));
        const QJsonValue value = settings.value(name);
        const std::string path = "settings." + std::string(secret.name);
        if (value.isUndefined() || value.isNull())
            continue;
        if (secret.sort != SecretField::Sort::EveryValue) {
            settings.insert(name, change(path, value));
            continue;
        }
        if (!value.isObject())
            continue;
        QJsonObject values = value.toObject();
        for (const QString &key : values.keys())
            values.insert(key, change(path + "." + key.toStdString(), values.value(key)));
        settings.insert(name, values);
    }
    return settings;
}

} // namespace plimsoll::alerts
