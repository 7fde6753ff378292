#pragma once

#include <QString>

namespace plimsoll::api {

/// The unit of what an expression yields, as far as its shape and the names of its metrics tell, in the words
/// of a panel's `unit` ("seconds", "usd/s", "count"). The page tells it in the same way where it knows the
/// expression; tests/support/expression-units.json holds both to it.
QString unitOfExpression(const QString &expr);

} // namespace plimsoll::api
