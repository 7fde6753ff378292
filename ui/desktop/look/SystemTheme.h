#pragma once

#include <QObject>

class QDBusVariant;

namespace plimsoll::desktop {

/// Whether the desktop prefers dark, as the settings portal of freedesktop.org says it (the interface
/// org.freedesktop.portal.Settings, key org.freedesktop.appearance color-scheme: 1 is dark). Says nothing
/// where no portal answers. Asynchronous.
class SystemTheme : public QObject
{
    Q_OBJECT

public:
    explicit SystemTheme(QObject *parent = nullptr);

Q_SIGNALS:
    void darkChanged(bool dark);

private Q_SLOTS:
    void onSettingChanged(const QString &group, const QString &key, const QDBusVariant &value);

private:
    void ask();
};

} // namespace plimsoll::desktop
