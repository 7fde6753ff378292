#pragma once

#include <QColor>
#include <QIcon>
#include <QRectF>

class QPainter;

namespace plimsoll::desktop {

/// How it stands, worst last.
enum class Standing {
    Ok,          ///< below every line
    Warn,        ///< near a line, or a warning fires
    Firing,      ///< above a line
    Unreachable, ///< nothing answers
};

/// The mark: a circle with a horizontal line through it. Its shape changes with the standing as well as its
/// colour.
namespace mark {

/// The plain mark around `centre`: a circle of `radius`, the line reaching out by 5/7 of it on either side.
void paint(QPainter &painter, QPointF centre, double radius, const QColor &colour, double stroke);

/// The mark in a standing's shape (plain; line raised to the rim; upper half filled; dashed), filling `box`.
void paintStanding(QPainter &painter, const QRectF &box, Standing standing, const QColor &colour);

/// The colour of a standing in the theme in force.
QColor colourOf(Standing standing);

/// For the tray and the window: the standing's shape in its colour, in the usual sizes. A plain mark is in
/// `ink`.
QIcon icon(Standing standing, const QColor &ink);

} // namespace mark
} // namespace plimsoll::desktop
