#pragma once

#include "alerts/Fields.h"
#include "alerts/checks/ProbeResult.h"

#include <QByteArray>

namespace plimsoll::alerts {

/// What the answer of an HTTP server must be; `expect` of an http check:
/// `{"status": "200-299, 304" or 200, "text", "not_text", "matches" (RE2), "json": {"path","op","value"}}`.
class HttpExpectation
{
public:
    /// Checked and normalised, as it is kept; what is wrong is noted.
    static QJsonObject read(Fields &fields, const QJsonObject &given);

    explicit HttpExpectation(const QJsonObject &expect)
        : m_expect(expect)
    {
    }

    ProbeResult judge(int status, const QByteArray &body) const;
    /// Whether the body must be read at all.
    bool looksAtBody() const;

private:
    std::string statusProblem(int status) const;
    std::string textProblem(const QByteArray &body) const;
    std::string jsonProblem(const QByteArray &body) const;

    QJsonObject m_expect;
};

} // namespace plimsoll::alerts
