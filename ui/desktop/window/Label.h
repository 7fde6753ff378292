#pragma once

#include "ui/desktop/look/Theme.h"

#include <QLabel>

namespace plimsoll::desktop {

/// A line of text in the design's size, weight and role (a colour of the style sheet). Text is plain,
/// whatever a server sends.
inline QLabel *makeLabel(double px, int weight = QFont::Normal, const char *role = nullptr,
                         QWidget *parent = nullptr)
{
    auto *label = new QLabel(parent);
    label->setFont(Theme::font(px, weight));
    label->setTextFormat(Qt::PlainText);
    if (role)
        label->setProperty("role", role);
    return label;
}

/// Changes a widget's role and has the style sheet looked at again.
void setRole(QWidget &widget, const char *role);

} // namespace plimsoll::desktop
