#include "server/api/AlertResources.h"

namespace plimsoll::api {

std::span<const AlertResource> alertResources()
{
    static const std::vector<AlertResource> resources{
        {.name = "rules",
         .one = "an alarm",
         .example =
             R"({"name":"CPU is high","expr":"cpu","op":">","threshold":90,"for":"5m","severity":"warning"})"},
        {.name = "channels",
         .one = "a channel",
         .example = R"({"name":"chat","kind":"webhook","settings":{"url":"https://example.com/hook"}})",
         .actions = {{.name = "test", .summary = "Sends a test and says what the other side answered"}}},
        {.name = "episodes",
         .one = "an episode",
         .writable = false,
         .filters = {{.name = "state", .text = "firing or resolved."}, {.name = "rule_id"}},
         .actions = {{.name = "acknowledge",
                      .summary = "Marks an episode as seen",
                      .example = R"({"by":"Ada"})"}}},
        {.name = "deliveries",
         .one = "a delivery",
         .writable = false,
         .filters = {{.name = "episode_id"},
                     {.name = "channel_id"},
                     {.name = "state", .text = "pending, delivered or failed."}},
         .actions = {{.name = "replay", .summary = "Sends a failed delivery again"},
                     {.name = "replay",
                      .ofOne = false,
                      .summary = "Sends the failed deliveries of a channel again, or all, 500 at a time",
                      .example = R"({"channel_id":"1"})"}}},
        {.name = "silences",
         .one = "a silence",
         .stampsAuthor = true,
         .example = R"({"matchers":["host=~\"web.*\""],"duration":"2h","comment":"Moving the rack"})",
         .filters = {{.name = "state", .text = "pending, active or expired."}}},
        {.name = "maintenance",
         .one = "a maintenance window",
         .stampsAuthor = true,
         .example =
             R"({"name":"Backups","schedule":"0 3 * * SUN","duration":"1h","time_zone":"Europe/Berlin"})",
         .filters = {{.name = "state", .text = "active, scheduled, ended or disabled."}}},
        {.name = "checks",
         .one = "a check",
         .example =
             R"({"name":"shop","kind":"http","target":"https://shop.example/health","interval":"30s"})",
         .filters = {{.name = "kind"}, {.name = "state", .text = "ok, degraded, down or unknown."}},
         .actions = {{.name = "run", .summary = "Looks at once and says how it is doing"}}},
        {.name = "starters",
         .one = "a set of alarms",
         .writable = false,
         .actions = {{.name = "",
                      .summary = "Makes the alarms of a set that are not there yet",
                      .example = R"({"channels":[]})"}}},
    };
    return resources;
}

} // namespace plimsoll::api
