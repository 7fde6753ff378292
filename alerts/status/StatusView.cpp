#include "alerts/status/StatusView.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace plimsoll::alerts {

namespace {

constexpr const char *thinSpace = "\u202f";

/// "API", "API and Website", "API, Website and Docs".
std::string joined(const std::vector<std::string> &names)
{
    std::string text;
    for (size_t i = 0; i < names.size(); i++) {
        if (i > 0)
            text += i + 1 == names.size() ? " and " : ", ";
        text += names[i];
    }
    return text;
}

const char *predicate(PublicState state)
{
    switch (state) {
    case PublicState::Down:
        return "down";
    case PublicState::Slow:
        return "slow";
    case PublicState::Maintenance:
        return "under maintenance";
    default:
        return "up";
    }
}

} // namespace

std::string_view publicStateName(PublicState state)
{
    static constexpr std::array<std::string_view, 5> names{"unknown", "up", "maintenance", "slow", "down"};
    return names[size_t(state)];
}

PublicState StatusView::worst() const
{
    PublicState worst = components.empty() ? PublicState::Up : PublicState::Unknown;
    for (const Component &component : components)
        worst = std::max(worst, component.state);
    for (const Incident &incident : incidents) {
        if (!incident.resolvedMs)
            worst = std::max(worst, incident.impact);
    }
    return worst;
}

std::string StatusView::sentence() const
{
    const PublicState state = worst();
    if (state == PublicState::Unknown)
        return title + " has not been checked yet";
    if (state == PublicState::Up)
        return title + " is working";
    std::vector<std::string> names;
    for (const Component &component : components) {
        if (component.state == state)
            names.push_back(component.name);
    }
    if (names.empty())
        return state == PublicState::Down ? title + " has an outage" : title + " has a problem";
    if (names.size() > 3)
        return (names.size() == components.size() ? "All " : "") + std::to_string(names.size()) +
               (names.size() == components.size() ? "" : " of " + std::to_string(components.size())) +
               " are " + predicate(state);
    return joined(names) + (names.size() == 1 ? " is " : " are ") + predicate(state);
}

UptimeFigure StatusView::uptime() const
{
    UptimeFigure all;
    for (const Component &component : components)
        all += component.uptime;
    return all;
}

std::string uptimeText(const UptimeFigure &figure)
{
    const auto share = figure.share();
    if (!share)
        return "–";
    if (figure.downMs <= 0)
        return std::string("100") + thinSpace + "%";
    char text[16];
    std::snprintf(text, sizeof text, "%.2f", std::min(std::floor(*share * 10'000) / 100, 99.99));
    return std::string(text) + thinSpace + "%";
}

std::string roughDuration(double ms)
{
    const int64_t minutes = std::llround(ms / 60'000);
    const auto two = [](int64_t large, const char *unit, int64_t small, const char *smaller) {
        std::string text = std::to_string(large) + thinSpace + unit;
        return small == 0 ? text : text + " " + std::to_string(small) + thinSpace + smaller;
    };
    if (minutes < 1)
        return "under a minute";
    if (minutes < 60)
        return two(minutes, "min", 0, "");
    if (minutes < 24 * 60)
        return two(minutes / 60, "h", minutes % 60, "min");
    return two(minutes / (24 * 60), "d", minutes / 60 % 24, "h");
}

} // namespace plimsoll::alerts
