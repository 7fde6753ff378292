#pragma once

#include "alerts/Fields.h"
#include "alerts/OutboundHttp.h"

#include <QUrl>

namespace plimsoll::alerts {

/// Reads a required URL that notifications may go to; `fallback` stands where it is left out.
QUrl readUrl(Fields &fields, const char *name, const char *fallback = "");

/// Reads headers of one's own: at most 20, none of those that the appliance sets itself.
QJsonObject readHeaders(Fields &fields, const char *name);

/// Scheme, host and port of a setting that is a URL.
std::string originOf(const QJsonObject &settings);

/// A POST of JSON with the notification's id as its Idempotency-Key.
OutboundRequest jsonRequest(const QUrl &url, const QJsonValue &body, const QJsonObject &notification);

/// Adds headers that go to the host of the request's URL only.
void addOwnHeaders(OutboundRequest &request, const QJsonObject &headers);

} // namespace plimsoll::alerts
