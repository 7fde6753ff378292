#include "ui/desktop/look/Theme.h"

#include "ui/desktop/look/StyleSheet.h"

#include <QApplication>
#include <QFontDatabase>
#include <QFontInfo>
#include <QPalette>
#include <QStyleFactory>

namespace plimsoll::desktop {

namespace {

Theme *s_instance = nullptr;

/// Body text in pixels: the system's own size, but never smaller than the design's.
double bodyPixels()
{
    static const double pixels = std::clamp(double(QFontInfo(QApplication::font()).pixelSize()), 13.0, 22.0);
    return pixels;
}

/// Where no desktop names a font, Qt falls back to a generic family; then the first installed one of the
/// design's.
QString family()
{
    const QString own = QApplication::font().family();
    if (!own.isEmpty() && !own.startsWith("Sans", Qt::CaseInsensitive) && own != "DejaVu Sans")
        return own;
    const QStringList installed = QFontDatabase::families();
    for (const char *name : {"Inter", "Roboto", "Noto Sans"}) {
        if (installed.contains(QLatin1String(name)))
            return QLatin1String(name);
    }
    return own;
}

QPalette paletteOf(const Tokens &t)
{
    QPalette palette;
    palette.setColor(QPalette::Window, t.bg);
    palette.setColor(QPalette::WindowText, t.text);
    palette.setColor(QPalette::Base, t.surface);
    palette.setColor(QPalette::AlternateBase, t.hover);
    palette.setColor(QPalette::Text, t.text);
    palette.setColor(QPalette::PlaceholderText, t.text3);
    palette.setColor(QPalette::Button, t.surface);
    palette.setColor(QPalette::ButtonText, t.text);
    palette.setColor(QPalette::BrightText, t.bad);
    palette.setColor(QPalette::Link, t.sea);
    palette.setColor(QPalette::Highlight, t.sea);
    palette.setColor(QPalette::HighlightedText, t.dark ? t.bg : t.surface);
    palette.setColor(QPalette::ToolTipBase, t.raised);
    palette.setColor(QPalette::ToolTipText, t.text);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, t.text3);
    return palette;
}

} // namespace

Theme::Theme(Choice choice, QObject *parent)
    : QObject(parent)
    , m_choice(choice)
{
    s_instance = this;
    const bool systemDark = QApplication::palette().color(QPalette::Window).lightness() < 128;
    QApplication::setStyle(QStyleFactory::create("Fusion"));
    QFont body = font(13);
    QApplication::setFont(body);
    apply(choice == Choice::Dark || (choice == Choice::System && systemDark));
}

Theme::~Theme() { s_instance = nullptr; }

Theme *Theme::instance() { return s_instance; }

const Tokens &Theme::tokens() { return Tokens::of(s_instance && s_instance->m_dark); }

QFont Theme::font(double px, int weight)
{
    static const QString name = family();
    QFont font(name);
    font.setPixelSize(std::max(1, qRound(px * bodyPixels() / 13)));
    font.setWeight(QFont::Weight(weight));
    if (px >= 18)
        font.setLetterSpacing(QFont::PercentageSpacing, 98);
    return font;
}

QFont Theme::mono(double px)
{
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    font.setPixelSize(std::max(1, qRound(px * bodyPixels() / 13)));
    return font;
}

void Theme::setSystemDark(bool dark)
{
    if (m_choice == Choice::System && dark != m_dark)
        apply(dark);
}

void Theme::apply(bool dark)
{
    m_dark = dark;
    QApplication::setPalette(paletteOf(tokens()));
    qApp->setStyleSheet(styleSheet(tokens()));
    Q_EMIT changed();
}

Theme::Choice Theme::choiceFrom(const QString &name)
{
    if (name == "dark")
        return Choice::Dark;
    return name == "light" ? Choice::Light : Choice::System;
}

} // namespace plimsoll::desktop
