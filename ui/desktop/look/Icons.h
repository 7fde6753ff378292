#pragma once

#include <QIcon>

namespace plimsoll::desktop {

/// Line icons of 16 x 16 in the set's stroke, named after the entries of the sidebar: "overview", "explore",
/// "dashboards", "endpoints", "costs", "health", "alerts", "data", "settings".
QIcon lineIcon(const QByteArray &name, const QColor &colour);

} // namespace plimsoll::desktop
