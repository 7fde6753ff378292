#include "ui/desktop/look/SystemTheme.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>

namespace plimsoll::desktop {

namespace {

const QString service = "org.freedesktop.portal.Desktop";
const QString path = "/org/freedesktop/portal/desktop";
const QString settings = "org.freedesktop.portal.Settings";
const QString appearance = "org.freedesktop.appearance";
const QString scheme = "color-scheme";

/// The portal wraps the value once or twice, depending on its version.
bool isDark(QVariant value)
{
    while (value.canConvert<QDBusVariant>())
        value = value.value<QDBusVariant>().variant();
    return value.toUInt() == 1;
}

} // namespace

SystemTheme::SystemTheme(QObject *parent)
    : QObject(parent)
{
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    bus.connect(service, path, settings, "SettingChanged", this,
                SLOT(onSettingChanged(QString, QString, QDBusVariant)));
    ask();
}

void SystemTheme::ask()
{
    QDBusMessage question = QDBusMessage::createMethodCall(service, path, settings, "Read");
    question << appearance << scheme;
    auto *watcher =
        new QDBusPendingCallWatcher(QDBusConnection::sessionBus().asyncCall(question, 3000), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        const QDBusPendingReply<QVariant> reply = *watcher;
        if (!reply.isError())
            Q_EMIT darkChanged(isDark(reply.value()));
        watcher->deleteLater();
    });
}

void SystemTheme::onSettingChanged(const QString &group, const QString &key, const QDBusVariant &value)
{
    if (group == appearance && key == scheme)
        Q_EMIT darkChanged(isDark(value.variant()));
}

} // namespace plimsoll::desktop
