#pragma once

#include <QJsonObject>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace plimsoll::alerts {

/// One episode in a notification, as it was at the event.
struct NotifiedEpisode
{
    using Texts = std::map<std::string, std::string>;

    std::string id;
    std::string name; ///< of the rule or check
    std::string severity;
    bool firing = true;
    Texts labels;
    Texts annotations;
    std::string message; ///< what a check found
    std::string expr;
    std::string op; ///< empty where there is no threshold
    double threshold = 0;
    std::optional<double> value;
    std::optional<double> peak;
    std::string unit;                                ///< of value, threshold, peak and normal: Unit::name()
    std::optional<std::pair<double, double>> normal; ///< from where to where, at that hour of the week
    struct Deploy
    {
        std::string title;
        int64_t atMs = 0;
    };
    std::optional<Deploy> deploy; ///< the last one before it began
    int64_t startedMs = 0;
    std::optional<int64_t> endedMs;
    std::string url;                                ///< of its page
    std::vector<std::pair<int64_t, double>> points; ///< what was evaluated, where it is known
};

/// What is told to a channel: README.md ("Notification"), read. What is missing is empty; there is always one
/// episode.
struct Notification
{
    enum class Event { Firing, Resolved, Test };

    std::string id;
    std::string dedupKey; ///< never empty
    Event event = Event::Firing;
    NotifiedEpisode::Texts groupLabels;
    std::vector<NotifiedEpisode> episodes;
    size_t leftOut = 0;

    static Notification fromJson(const QJsonObject &object);

    bool resolved() const { return event == Event::Resolved; }
    bool isTest() const { return event == Event::Test; }
    const NotifiedEpisode &first() const { return episodes.front(); }
    /// "critical" where one of those that fire is (of all when none fires), else "warning".
    std::string severity() const;
    size_t firingCount() const;
    /// The part of the URL before "/alerts", where the pages of the appliance begin; may be empty.
    std::string baseUrl() const;
};

} // namespace plimsoll::alerts
