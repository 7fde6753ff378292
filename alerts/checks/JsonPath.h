#pragma once

#include "storage/model/Result.h"

#include <QJsonValue>

#include <string>
#include <variant>
#include <vector>

namespace plimsoll::alerts {

/// The way to one value of a JSON document: `status`, `data.items[0].name`, `$.checks["db main"].ok`.
class JsonPath
{
public:
    /// The message continues a sentence that began with the field.
    static Result<JsonPath> parse(const std::string &text);

    /// Undefined where the way leads nowhere.
    QJsonValue find(const QJsonValue &document) const;

private:
    std::vector<std::variant<QString, int>> m_steps;
};

} // namespace plimsoll::alerts
