#pragma once

#include <QJsonArray>
#include <QJsonObject>

#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::api {

/// What became of a part of a dashboard of Grafana.
struct ImportNotes
{
    std::vector<std::string> notes = {};
    bool lost = false; ///< something that is seen: the part came over partly

    /// A remark that changes nothing that is seen.
    void remark(std::string_view note);
    void lose(std::string_view note);
    QJsonArray toJson() const;
};

/// Our unit for one of Grafana; empty with a note where there is none.
QString unitOfGrafana(const QString &unit, ImportNotes &notes);

/// "warning", "critical", or nothing for a colour that is no alarm: names of Grafana's palette and #rrggbb.
QString severityOfColour(const QString &colour);

/// "a, b and c"
std::string listed(const std::vector<std::string> &words);
/// "1 override", "3 overrides"
std::string counted(qsizetype count, const char *one, const char *many);

} // namespace plimsoll::api
