#pragma once

#include "storage/model/Result.h"

#include <QJsonArray>
#include <QJsonObject>

#include <optional>
#include <string>
#include <vector>

namespace plimsoll::api {

/// Reads fields of a JSON object from outside. The first one that is wrong is noted in a place that several
/// readers share; what is read after that does not matter.
class FieldReader
{
public:
    using Failure = std::optional<Error>;

    /// `place` begins the sentences: `Panel 2, "Errors"`. `failure` outlives the reader.
    FieldReader(QJsonObject object, std::string place, Failure &failure)
        : m_object(std::move(object))
        , m_place(std::move(place))
        , m_failure(failure)
    {
    }

    bool has(const char *field) const;
    /// A text of at most so many bytes, empty where it is not there.
    QString text(const char *field, int maxBytes) const;
    QString textOr(const char *field, int maxBytes, const QString &otherwise) const;
    QString oneOf(const char *field, const std::vector<const char *> &words, const char *otherwise) const;
    bool flag(const char *field) const;
    int whole(const char *field, int least, int most, int otherwise) const;
    /// A number, or null.
    QJsonValue numberOrNull(const char *field) const;
    double number(const char *field) const;
    QJsonArray list(const char *field, int most) const;
    /// The objects of a list; a member that is none is a failure.
    std::vector<QJsonObject> objects(const char *field, int most) const;
    QJsonObject object(const char *field) const;
    /// As it came.
    QJsonValue raw(const char *field) const { return value(field); }

    /// Notes "<place>: <what>".
    void fail(const std::string &what, const std::string &hint = {}) const;
    void failField(const char *field, const std::string &mustBe) const;
    bool failed() const { return m_failure.has_value(); }
    const std::string &place() const { return m_place; }

private:
    QJsonValue value(const char *field) const { return m_object.value(QLatin1String(field)); }

    QJsonObject m_object;
    std::string m_place;
    Failure &m_failure;
};

} // namespace plimsoll::api
