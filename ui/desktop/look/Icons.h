#pragma once

#include <QIcon>

namespace plimsoll::desktop {

/// Line icons of 16 x 16 in the set's stroke: "overview", "explore", "alerts", "settings".
QIcon lineIcon(const QByteArray &name, const QColor &colour);

} // namespace plimsoll::desktop
