#pragma once

#include <QByteArray>
#include <QJsonObject>

namespace plimsoll::alerts {

/// A small picture of an episode as SVG: what was measured before and while it fired, the line it was held
/// against, and when it began and ended (UTC). `episode` is the resource with `points` and `before`; one that
/// still fires ends at `nowMs`. Without script and without references to anything outside; light and dark go
/// by who looks at it.
QByteArray episodeChart(const QJsonObject &episode, int64_t nowMs);

} // namespace plimsoll::alerts
