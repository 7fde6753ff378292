#pragma once

#include "ui/desktop/data/Panel.h"

#include <QJsonObject>

namespace plimsoll::desktop {

/// A metric that the project has, as /api/app/metrics lists it.
struct Metric
{
    QString name, kind;
    int series = 0;
    qint64 lastMs = 0;

    static Metric fromJson(const QJsonObject &json);
    /// Whether it is what the user sends, not the host's, our own, or that of requests and LLM calls.
    static bool isOwn(const QString &name);
};

/// The user's own metrics that have a tile, at most three. Those that came first by time stay in their place;
/// one that is new takes the first place.
QStringList chosenOwn(const std::vector<Metric> &metrics, const QStringList &shown);

/// The tiles of the Overview, row by row: requests, own metrics, the host. Rows without any data are left
/// out; while nothing is known of the metrics (null), requests and host are there.
std::vector<Panel> overviewPanels(const std::vector<Metric> *metrics, const QStringList &own);

} // namespace plimsoll::desktop
