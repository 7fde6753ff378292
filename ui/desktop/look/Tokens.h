#pragma once

#include <QColor>

namespace plimsoll::desktop {

/// The design's colours in one theme; the values are those of the web page's tokens.
struct Tokens
{
    bool dark = false;
    QColor bg, surface, raised, hover, border, borderStrong, grid;
    QColor text, text2, text3; ///< text3 is the least that still holds 4.5:1
    QColor sea, water;         ///< links and focus; the first series
    QColor line;               ///< the load line
    QColor bad, warn, ok;      ///< for words
    QColor badMark, warnMark;  ///< for marks only
    QColor button, buttonText; ///< the primary button: ink on paper
    QColor q50, q95, q99;      ///< the depths of one hue for percentiles

    static const Tokens &of(bool dark);
};

} // namespace plimsoll::desktop
