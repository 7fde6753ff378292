#pragma once

#include <QString>

namespace plimsoll::desktop {

struct Tokens;

/// The application's one style sheet. Widgets are addressed by object name or by the property "role".
QString styleSheet(const Tokens &tokens);

} // namespace plimsoll::desktop
