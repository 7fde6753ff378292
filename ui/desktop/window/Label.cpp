#include "ui/desktop/window/Label.h"

#include <QStyle>

namespace plimsoll::desktop {

void setRole(QWidget &widget, const char *role)
{
    if (widget.property("role").toByteArray() == role)
        return;
    widget.setProperty("role", role);
    widget.style()->unpolish(&widget);
    widget.style()->polish(&widget);
}

} // namespace plimsoll::desktop
