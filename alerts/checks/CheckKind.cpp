#include "alerts/checks/CheckKind.h"

#include "alerts/channels/Secrets.h"

#include <array>

namespace plimsoll::alerts {

namespace {
constexpr std::array kinds{&httpCheck,       &tcpCheck,   &dnsCheck,      &tlsCheck,
                           &postgresqlCheck, &redisCheck, &diskCheck,     &memoryCheck,
                           &processCheck,    &queryCheck, &heartbeatCheck};
} // namespace

std::span<const CheckKind *const> checkKinds() { return kinds; }

const CheckKind *findCheckKind(std::string_view name)
{
    for (const CheckKind *kind : kinds) {
        if (kind->name == name)
            return kind;
    }
    return nullptr;
}

QJsonObject nothingToMask(const QJsonObject &settings) { return settings; }

QJsonObject maskPassword(const QJsonObject &settings)
{
    QJsonObject masked = settings;
    if (!settings.value("password").toString().isEmpty())
        masked.insert("password", QString::fromUtf8(secretMask));
    return masked;
}

Part::Part(Fields &whole, const QJsonObject &definition, const char *name,
           std::initializer_list<std::string_view> known)
    : m_whole(whole)
    , m_object(whole.object(name))
    , m_path(name)
    , m_fields(m_object,
               "the " + m_path + " of a " + definition.value("kind").toString().toStdString() + " check",
               m_path + ".")
{
    m_fields.refuseUnknown(known);
}

Part::~Part() { m_whole.take(m_fields.status()); }

QString Part::secret(const char *name, size_t maxLength, const QJsonObject &previous, bool sameReceiver)
{
    const QString given = QString::fromStdString(m_fields.text(name, maxLength));
    if (given != QString::fromUtf8(secretMask))
        return given;
    const QJsonValue kept = previous.value(QLatin1String(name));
    if (kept.isString() && sameReceiver)
        return kept.toString();
    m_fields.fail(name,
                  kept.isString() ? "must be given again, because the target is another one."
                                  : "is only the mask of a value.",
                  "Give the value itself.");
    return {};
}

} // namespace plimsoll::alerts
