#pragma once

#include "storage/model/Result.h"

#include <QByteArray>
#include <QJsonObject>

#include <string>

namespace plimsoll::alerts {

/// The body that a template of the user's own makes of a notification; README.md ("Templates of a webhook").
/// Fails with Invalid and "line:column: …" within the template.
Result<QByteArray> expandWebhookBody(const std::string &text, const QString &contentType,
                                     const QJsonObject &notification);

/// True where bodies of this type are JSON.
bool isJsonType(const QString &contentType);

/// The signature of the Standard Webhooks specification (standardwebhooks.com): "v1," and the base64 of
/// HMAC-SHA256 over "<id>.<seconds>.<body>". A secret that begins with "whsec_" is base64 behind it, any
/// other one is taken as it is.
QByteArray webhookSignature(const QByteArray &secret, const QByteArray &id, int64_t seconds,
                            const QByteArray &body);

} // namespace plimsoll::alerts
