#pragma once

#include "alerts/Fields.h"
#include "alerts/checks/Check.h"
#include "alerts/checks/Probe.h"

#include <memory>
#include <span>
#include <string_view>

namespace plimsoll::alerts {

/// How one kind of check reads its definition and looks. A new kind is one file with such a row, and one line
/// in the table in CheckKind.cpp; tests/unit/alerts/checks/ProbeContractTest.cpp holds for every row.
struct CheckKind
{
    std::string_view name;
    /// Checks `check.target` and reads `settings` and `expect` from `definition` into the check, normalised;
    /// notes in `fields` what is wrong. Everything else of the check has been read. `previous` is the check
    /// in force, null for a new one: masked secrets are taken from its settings.
    void (*read)(Fields &fields, const QJsonObject &definition, const Check *previous, Check &check);
    /// The settings as others may see them.
    QJsonObject (*maskSecrets)(const QJsonObject &settings);
    /// A run of the check that has not started; null where results come from outside (CheckBook::report()).
    /// Called on the probes' thread.
    std::unique_ptr<Probe> (*makeProbe)(const Check &check, ProbeContext &context);

    bool passive() const { return !makeProbe; }
};

/// Null where there is no such kind.
const CheckKind *findCheckKind(std::string_view name);
std::span<const CheckKind *const> checkKinds();

/// For kinds without secrets.
QJsonObject nothingToMask(const QJsonObject &settings);
/// For kinds whose only secret is `password`.
QJsonObject maskPassword(const QJsonObject &settings);

/// Reads the member `name` of the definition ("settings", "expect") with the fields that are known.
class Part
{
public:
    Part(Fields &whole, const QJsonObject &definition, const char *name,
         std::initializer_list<std::string_view> known);
    /// Hands what is wrong on to the whole.
    ~Part();
    Part(const Part &) = delete;
    Part &operator=(const Part &) = delete;

    Fields *operator->() { return &m_fields; }
    Fields &operator*() { return m_fields; }
    QJsonObject object() const { return m_object; }

    /// A secret text. The mask stands for the one of `previous` (the settings in force), which counts only
    /// while `sameReceiver`: a secret is not sent to somebody else than it was given for.
    QString secret(const char *name, size_t maxLength, const QJsonObject &previous, bool sameReceiver);

private:
    Fields &m_whole;
    QJsonObject m_object;
    std::string m_path;
    Fields m_fields;
};

extern const CheckKind httpCheck;
extern const CheckKind tcpCheck;
extern const CheckKind dnsCheck;
extern const CheckKind tlsCheck;
extern const CheckKind postgresqlCheck;
extern const CheckKind redisCheck;
extern const CheckKind diskCheck;
extern const CheckKind memoryCheck;
extern const CheckKind processCheck;
extern const CheckKind queryCheck;
extern const CheckKind heartbeatCheck;

} // namespace plimsoll::alerts
