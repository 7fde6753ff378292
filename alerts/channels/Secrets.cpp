#include "alerts/channels/Secrets.h"

#include <QUrl>

namespace plimsoll::alerts {

namespace {

constexpr size_t shortestHidden = 6;

QString mask() { return QString::fromUtf8(secretMask); }

/// Scheme, host and port of a URL and the mask.
QString maskBehindHost(const QString &text)
{
    const QUrl url(text);
    if (!url.isValid() || url.host().isEmpty())
        return mask();
    return url.toString(QUrl::RemovePath | QUrl::RemoveQuery | QUrl::RemoveFragment | QUrl::RemoveUserInfo) +
           "/" + mask();
}

QJsonValue valueAt(const QJsonObject &settings, const std::string &path)
{
    QString rest = QString::fromStdString(path.substr(std::string_view("settings.").size()));
    const QJsonValue whole = settings.value(rest);
    if (!whole.isUndefined())
        return whole;
    const qsizetype dot = rest.indexOf('.');
    return dot < 0 ? QJsonValue(QJsonValue::Undefined)
                   : settings.value(rest.left(dot)).toObject().value(rest.mid(dot + 1));
}

} // namespace

QJsonObject maskSecrets(std::span<const SecretField> secrets, const QJsonObject &settings)
{
    QJsonObject masked = settings;
    for (const SecretField &secret : secrets) {
        const bool showsHost = secret.sort == SecretField::Sort::BehindHost;
        masked = mapSecrets(std::span(&secret, 1), masked, [&](const std::string &, const QJsonValue &value) {
            return QJsonValue(showsHost ? maskBehindHost(value.toString()) : mask());
        });
    }
    return masked;
}

Result<QJsonObject> keepSecrets(std::span<const SecretField> secrets, const QJsonObject &given,
                                const QJsonObject &previous, std::vector<std::string> &kept)
{
    const QJsonObject shown = maskSecrets(secrets, previous);
    std::string wrong;
    const QJsonObject settings =
        mapSecrets(secrets, given, [&](const std::string &path, const QJsonValue &value) -> QJsonValue {
            if (!value.toString().contains(mask()))
                return value;
            if (valueAt(shown, path).toString() != value.toString()) {
                wrong = wrong.empty() ? path : wrong;
                return value;
            }
            kept.push_back(path);
            return valueAt(previous, path);
        });
    if (!wrong.empty())
        return Error{ErrorCode::Invalid, "`" + wrong + "` is only the mask of a value.",
                     "Give the value itself."};
    return settings;
}

std::vector<std::string> secretValues(std::span<const SecretField> secrets, const QJsonObject &settings)
{
    std::vector<std::string> values;
    const auto add = [&](const std::string &, const QJsonValue &value) {
        const QString text = value.toString();
        values.push_back(text.toStdString());
        values.push_back(text.section(text.contains(' ') ? ' ' : '/', -1).toStdString());
        return value;
    };
    mapSecrets(secrets, settings, add);
    return values;
}

void hideSecrets(const std::vector<std::string> &secrets, std::string &text)
{
    for (const std::string &secret : secrets) {
        if (secret.size() < shortestHidden)
            continue;
        for (size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at))
            text.replace(at, secret.size(), secretMask);
    }
}

} // namespace plimsoll::alerts
