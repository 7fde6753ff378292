#include "alerts/channels/ChannelKind.h"
#include "alerts/channels/HttpSettings.h"
#include "alerts/channels/Mail.h"
#include "alerts/channels/MailChart.h"
#include "alerts/channels/NotificationText.h"
#include "alerts/status/Markup.h"

#include <QDateTime>
#include <QJsonArray>

namespace plimsoll::alerts {

namespace {

using Security = Mail::Security;

constexpr std::array secrets{SecretField{"password"}};
constexpr std::array<std::pair<std::string_view, Security>, 3> securities{
    {{"starttls", Security::StartTls}, {"tls", Security::Tls}, {"none", Security::None}}};
constexpr int maxRecipients = 50;
constexpr size_t maxTextBytes = 100'000;
constexpr size_t maxCharts = 3;
constexpr size_t maxTableRows = 50;

std::optional<Security> securityOf(const std::string &name)
{
    for (const auto &[known, security] : securities) {
        if (known == name)
            return security;
    }
    return {};
}

int usualPort(Security security)
{
    if (security == Security::Tls)
        return 465;
    return security == Security::StartTls ? 587 : 25;
}

bool isHost(const std::string &host)
{
    return !host.empty() && host.find_first_of(" /\\@?#[]\"'") == std::string::npos &&
           std::all_of(host.begin(), host.end(), [](char c) { return uint8_t(c) > 32 && c != 127; });
}

void checkHost(Fields &fields, const std::string &host)
{
    if (host.empty())
        return;
    if (!isHost(host))
        return fields.fail("host", "is not the name of a server.", "It looks like smtp.example.org");
    const QHostAddress literal(QString::fromStdString(host));
    if (literal.isNull())
        return;
    if (Status allowed = OutboundPolicy(true).checkAddress(literal); !allowed)
        fields.fail("host", "is not allowed: " + allowed.error().message);
}

/// One address or a list of them.
QJsonArray readRecipients(Fields &fields, const QJsonObject &given)
{
    QJsonArray list =
        given.value("to").isString() ? QJsonArray{given.value("to")} : fields.array("to", maxRecipients);
    if (list.isEmpty() && fields.status())
        fields.fail("to", "names nobody.", R"(It looks like ["ada@example.org"])");
    for (const QJsonValue each : list) {
        if (!each.isString() || !MailAddress::parse(each.toString().toStdString()))
            fields.fail("to", "holds something that is not a mail address.");
    }
    return list;
}

int readPort(Fields &fields, Security security)
{
    const double port = fields.number("port", usualPort(security));
    if (port < 1 || port > 65535 || port != std::floor(port))
        fields.fail("port", "must be a whole number from 1 to 65535.");
    return int(port);
}

void checkLogin(Fields &fields, Security security, const std::string &user, const std::string &password)
{
    if (user.empty() != password.empty())
        fields.fail(user.empty() ? "user" : "password", "is missing; give both or none.");
    if (!user.empty() && security == Security::None)
        fields.fail("security", "must be \"starttls\" or \"tls\" where there is a password.");
}

Result<QJsonObject> readSettings(const QJsonObject &given)
{
    Fields fields(given, "an email channel's settings", "settings.");
    fields.refuseUnknown({"host", "port", "security", "user", "password", "from", "to", "authorities"});
    const std::string host = fields.requiredText("host", 253);
    checkHost(fields, host);
    std::string security = fields.text("security", 16);
    security = security.empty() ? "starttls" : security;
    const std::optional<Security> known = securityOf(security);
    if (!known)
        fields.fail("security", "must be \"starttls\", \"tls\" or \"none\".");
    const int port = readPort(fields, known.value_or(Security::StartTls));
    const std::string user = fields.text("user", 320);
    const std::string password = fields.text("password", 1000);
    checkLogin(fields, known.value_or(Security::StartTls), user, password);
    const std::string from = fields.requiredText("from", 500);
    if (!from.empty() && !MailAddress::parse(from))
        fields.fail("from", "is not a mail address.", "It looks like Plimsoll <alarms@example.org>");
    const QJsonArray to = readRecipients(fields, given);
    const std::string authorities = fields.text("authorities", 64 * 1024);
    if (!authorities.empty() && authorities.find("-----BEGIN CERTIFICATE-----") == std::string::npos)
        fields.fail("authorities", "is not a certificate in PEM.");
    if (Status status = fields.status(); !status)
        return status.error();
    QJsonObject settings{{"host", QString::fromStdString(host)},
                         {"port", port},
                         {"security", QString::fromStdString(security)},
                         {"from", QString::fromStdString(from)},
                         {"to", to}};
    for (const auto &[name, text] :
         {std::pair("user", user), {"password", password}, {"authorities", authorities}}) {
        if (!text.empty())
            settings.insert(QLatin1String(name), QString::fromStdString(text));
    }
    return settings;
}

std::string receiverOf(const QJsonObject &settings)
{
    return settings.value("host").toString().toLower().toStdString() + ":" +
           std::to_string(settings.value("port").toInt()) + " " +
           settings.value("security").toString().toStdString();
}

std::string htmlText(const std::string &text)
{
    return QString::fromStdString(escaped(text)).replace('\n', "<br>").toStdString();
}

std::string colourOf(const Notification &notification)
{
    if (notification.resolved())
        return "#2e7d32";
    if (notification.isTest())
        return "#757575";
    return notification.severity() == "critical" ? "#c62828" : "#ef6c00";
}

std::string htmlOf(const NotifiedEpisode &episode, const std::string &chart)
{
    std::string html = "<div style=\"margin:0 0 20px\">";
    for (const std::string &line : linesOf(episode))
        html += "<div>" + htmlText(line) + "</div>";
    if (!chart.empty())
        html += "<img src=\"cid:" + chart + "\" width=\"560\" height=\"160\" alt=\"What was measured\">";
    if (!episode.url.empty())
        html += "<div><a href=\"" + escaped(episode.url) + "\">Open in Plimsoll</a></div>";
    return html + "</div>";
}

/// Adds the charts and the HTML that shows them.
void addHtml(const Notification &notification, Mail &mail)
{
    std::string body;
    size_t told = 0;
    for (const NotifiedEpisode &episode : notification.episodes) {
        if (told++ >= maxTableRows)
            break;
        std::string chart = mail.attachments.size() < maxCharts ? chartPng(episode) : std::string();
        std::string name;
        if (!chart.empty()) {
            name = "chart-" + std::to_string(mail.attachments.size() + 1) + ".png";
            mail.attachments.push_back({name, "image/png", std::move(chart)});
        }
        body += htmlOf(episode, name);
    }
    const size_t all = notification.episodes.size() + notification.leftOut;
    if (const size_t shown = std::min(notification.episodes.size(), maxTableRows); all > shown)
        body += "<div>and " + std::to_string(all - shown) + " more</div>";
    mail.html = "<!doctype html><html><body style=\"font:15px/1.5 system-ui,sans-serif;color:#222\">"
                "<div style=\"border-left:4px solid " +
                colourOf(notification) + ";padding:0 0 0 14px\"><h2 style=\"margin:0 0 12px\">" +
                htmlText(titleOf(notification)) + "</h2>" + body + "</div></body></html>\n";
}

/// The ids of the delivery and of what it belongs to, so that a repeated mail is the same one and the end
/// stands under the beginning.
std::string idAt(const std::string &id, const MailAddress &from)
{
    std::string safe;
    for (const char c : id)
        safe += std::isalnum(uint8_t(c)) ? c : '-';
    return safe.substr(0, 200) + "." + "plimsoll@" + from.address.substr(from.address.find('@') + 1);
}

std::string inOneLine(const std::string &text)
{
    return QString::fromStdString(text).simplified().toStdString();
}

Mail mailOf(const QJsonObject &settings, const Notification &notification)
{
    Mail mail;
    mail.host = settings.value("host").toString().toStdString();
    mail.port = settings.value("port").toInt();
    mail.security =
        securityOf(settings.value("security").toString().toStdString()).value_or(Security::StartTls);
    mail.user = settings.value("user").toString().toStdString();
    mail.password = settings.value("password").toString().toStdString();
    mail.authorities = settings.value("authorities").toString().toStdString();
    mail.from = MailAddress::parse(settings.value("from").toString().toStdString()).value_or(MailAddress());
    for (const QJsonValue each : settings.value("to").toArray()) {
        if (const auto to = MailAddress::parse(each.toString().toStdString()))
            mail.to.push_back(*to);
    }
    mail.subject = cutBytes(inOneLine(visible(titleOf(notification))), 400);
    mail.messageId = idAt(notification.id, mail.from);
    mail.thread = idAt("about-" + notification.dedupKey, mail.from);
    mail.dateMs = QDateTime::currentMSecsSinceEpoch();
    mail.text = visible(plainText(notification, maxTextBytes)) + "\n";
    mail.urgent = !notification.resolved() && !notification.isTest() && notification.severity() == "critical";
    addHtml(notification, mail);
    return mail;
}

QCoro::Task<SendOutcome> send(OutboundHttp &http, Channel channel, QJsonObject notification)
{
    return sendMail(http, mailOf(channel.settings, Notification::fromJson(notification)));
}

} // namespace

const ChannelKind emailChannel{"email", secrets, {}, readSettings, receiverOf, send};

} // namespace plimsoll::alerts
