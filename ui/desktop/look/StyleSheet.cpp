#include "ui/desktop/look/StyleSheet.h"

#include "ui/desktop/look/Tokens.h"

#include <utility>

namespace plimsoll::desktop {

namespace {

const char *const sheet = R"(
#sidebar { background: @bg; border-right: 1px solid @border; }
#content, #scroll, #scroll > QWidget { background: @bg; border: 0; }
QFrame[role="card"] { background: @surface; border: 1px solid @border; border-radius: 12px; }
QFrame[role="box"] { background: @surface; border: 1px solid @border; border-radius: 8px; }
QFrame[role="rule"] { background: @border; border: 0; }
QLabel { background: transparent; color: @text; }
QLabel[role="second"] { color: @text2; }
QLabel[role="hint"] { color: @text3; }
QLabel[role="bad"] { color: @bad; }
QLabel[role="warn"] { color: @warn; }
QLabel[role="badge"] { background: @mark; color: @onMark; border-radius: 8px; padding: 0 5px; min-height: 16px; max-height: 16px; min-width: 6px; }
QLabel[role="ok"] { color: @ok; }
QPushButton { background: @surface; color: @text; border: 1px solid @borderStrong; border-radius: 8px; padding: 0 12px; min-height: 28px; }
QPushButton:hover { background: @hover; }
QPushButton:focus { border: 2px solid @sea; padding: 0 11px; min-height: 26px; }
QPushButton[role="primary"] { background: @button; color: @buttonText; border-color: @button; }
QPushButton[role="nav"] { background: transparent; border: 2px solid transparent; border-radius: 6px; text-align: left; padding: 0 8px; color: @text2; min-height: 26px; }
QPushButton[role="nav"]:hover { background: @hover; color: @text; }
QPushButton[role="nav"]:focus { border: 2px solid @sea; }
QPushButton[role="nav"]:checked { background: @selected; color: @text; }
QFrame[role="segments"] { background: @surface; border: 1px solid @border; border-radius: 8px; }
QPushButton[role="segment"] { background: transparent; border: 2px solid transparent; border-radius: 6px; color: @text3; padding: 0 7px; min-height: 20px; }
QPushButton[role="segment"]:hover { color: @text; }
QPushButton[role="segment"]:checked { background: @selected; color: @text; }
QPushButton[role="segment"]:focus { border: 2px solid @sea; }
QLineEdit { background: @surface; color: @text; border: 1px solid @borderStrong; border-radius: 8px; padding: 0 10px; min-height: 28px; selection-background-color: @sea; }
QLineEdit:focus { border: 2px solid @sea; padding: 0 9px; min-height: 26px; }
QTableWidget { background: @surface; color: @text; border: 1px solid @border; border-radius: 8px; selection-background-color: @selected; selection-color: @text; }
QTableWidget::item { padding: 0 8px; border-bottom: 1px solid @border; }
QTableWidget:disabled { color: @text3; }
QHeaderView { background: @surface; border: 0; }
QHeaderView::section { background: @surface; color: @text3; border: 0; border-bottom: 1px solid @borderStrong; padding: 5px 8px; }
QToolTip { background: @raised; color: @text; border: 1px solid @borderStrong; padding: 4px 6px; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical { background: @borderStrong; border-radius: 4px; min-height: 32px; margin: 1px; }
QScrollBar::add-line, QScrollBar::sub-line { height: 0; }
QMenu { background: @raised; color: @text; border: 1px solid @borderStrong; padding: 4px; }
QMenu::item { padding: 5px 22px; border-radius: 5px; }
QMenu::item:selected { background: @hover; }
QMenu::item:disabled { color: @text3; }
QMenu::separator { height: 1px; background: @border; margin: 4px 8px; }
)";

} // namespace

QString styleSheet(const Tokens &t)
{
    const QColor selected = t.dark ? t.raised : QColor(0xE7ECEF);
    // Longer names come first, so that none is replaced by its beginning.
    const std::pair<const char *, QColor> colours[] = {
        {"@onMark", t.dark ? t.bg : t.surface},
        {"@buttonText", t.buttonText},
        {"@borderStrong", t.borderStrong},
        {"@button", t.button},
        {"@border", t.border},
        {"@surface", t.surface},
        {"@selected", selected},
        {"@raised", t.raised},
        {"@hover", t.hover},
        {"@text2", t.text2},
        {"@text3", t.text3},
        {"@text", t.text},
        {"@warn", t.warn},
        {"@bad", t.bad},
        {"@sea", t.sea},
        {"@bg", t.bg},
        {"@ok", t.ok},
        {"@mark", t.badMark},
    };
    QString text = QString::fromLatin1(sheet);
    for (const auto &[name, colour] : colours)
        text.replace(QLatin1String(name), colour.name());
    return text;
}

} // namespace plimsoll::desktop
