#pragma once

#include "storage/upkeep/DoctorReport.h"

#include <QJsonObject>

namespace plimsoll::app {

/// `{"healthy","found","counts":{},"findings":[{"where","what"}],"notes":[]}`, as `plimsoll doctor --json`
/// prints it and as a running appliance answers.
QJsonObject toJson(const DoctorReport &report);

/// The same for people.
std::string toText(const QJsonObject &report);

} // namespace plimsoll::app
