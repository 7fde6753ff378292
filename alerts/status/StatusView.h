#pragma once

#include "alerts/status/Uptime.h"

#include <QTimeZone>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::alerts {

/// What a visitor of a status page is told of a component, best first.
enum class PublicState { Unknown, Up, Maintenance, Slow, Down };

/// "unknown", "up", "maintenance", "slow", "down".
std::string_view publicStateName(PublicState state);

/// Everything that a status page shows, and nothing else: what is not in here cannot leak. The page, the feed
/// and the badge are made of it alone. Texts are plain, of any content; whoever writes them out escapes them.
struct StatusView
{
    static constexpr int shownDays = 90;

    struct Day
    {
        Span span;
        UptimeFigure figure;
        bool maintenance = false; ///< some of it was announced as such
    };
    struct Component
    {
        std::string name; ///< as chosen for this page
        PublicState state = PublicState::Unknown;
        std::optional<int64_t> sinceMs; ///< of a state that is neither up nor unknown
        std::vector<Day> days;          ///< `shownDays` of them, oldest first; the last one is today
        UptimeFigure uptime;            ///< over all of them
    };
    struct Update
    {
        std::string id;
        int64_t atMs = 0;
        std::string state; ///< "investigating", "identified", "monitoring", "resolved"
        std::string text;
    };
    struct Incident
    {
        std::string id;
        std::string title;
        PublicState impact = PublicState::Down; ///< Slow or Down
        int64_t startedMs = 0;
        std::optional<int64_t> resolvedMs;
        std::vector<std::string> components; ///< their names on this page
        std::vector<Update> updates;         ///< newest first
    };
    struct Maintenance
    {
        std::string title;
        Span span;
    };

    std::string slug;
    std::string title;
    std::string text; ///< a sentence of the owner; may be empty
    QTimeZone zone = QTimeZone::utc();
    int64_t atMs = 0;      ///< when it was so
    int64_t changedMs = 0; ///< when the page was defined as it is
    std::vector<Component> components;
    std::vector<Incident> incidents;      ///< open ones first, then newest first
    std::vector<Maintenance> maintenance; ///< under way or to come, soonest first

    /// Of the components and of open incidents. Up where there are no components.
    PublicState worst() const;
    /// "Example is working", "API and Website are down": the one thing that everybody wants to know.
    std::string sentence() const;
    /// Over all components.
    UptimeFigure uptime() const;
};

/// "99.97 %", never rounded up to 100; "–" where nobody watched.
std::string uptimeText(const UptimeFigure &figure);
/// "12 min", "1 h 54 min", "3 d 2 h", at least "under a minute".
std::string roughDuration(double ms);

} // namespace plimsoll::alerts
