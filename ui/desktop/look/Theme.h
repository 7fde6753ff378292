#pragma once

#include "ui/desktop/look/Tokens.h"

#include <QFont>
#include <QObject>

namespace plimsoll::desktop {

/// The look of the application: tokens as a palette and one style sheet, in light or dark. One per process,
/// owned by the entry point; widgets ask it when they paint and repaint when it changed.
class Theme : public QObject
{
    Q_OBJECT

public:
    enum class Choice { System, Light, Dark };

    /// Applies itself to the QApplication, which must exist.
    explicit Theme(Choice choice, QObject *parent = nullptr);
    ~Theme() override;

    /// The theme in force; before one exists, the light one.
    static const Tokens &tokens();
    /// The system's font at the design's size `px`, which is stated for a body text of 13.
    static QFont font(double px, int weight = QFont::Normal);
    static QFont mono(double px);
    static Theme *instance();

    /// Light or dark as the system says it, while the choice is to follow it.
    void setSystemDark(bool dark);
    void apply(bool dark);

    static Choice choiceFrom(const QString &name);

Q_SIGNALS:
    void changed();

private:
    Choice m_choice;
    bool m_dark = false;
};

} // namespace plimsoll::desktop
