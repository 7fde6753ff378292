#pragma once

#include "alerts/OutboundHttp.h"

#include <string>
#include <vector>

namespace plimsoll::alerts {

/// An address as people write it: "Name <user@host>" or "user@host".
struct MailAddress
{
    std::string name; ///< may be empty
    std::string address;

    /// Nothing where it is not one address, or holds control characters.
    static std::optional<MailAddress> parse(const std::string &text);
    /// As it stands in a header; the name is encoded where it must be (RFC 2047).
    std::string header() const;
};

/// One mail and the server that takes it.
struct Mail
{
    enum class Security {
        None,
        StartTls, ///< a plain connection that must become TLS
        Tls,      ///< TLS from the first byte
    };
    struct Attachment
    {
        std::string name;
        std::string type;
        std::string bytes;
    };

    Mail() = default;

    std::string host;
    int port = 587;
    Security security = Security::StartTls;
    std::string user; ///< empty: no login
    std::string password;
    std::string authorities; ///< PEM; empty: those of the system
    MailAddress from;
    std::vector<MailAddress> to;
    std::string subject;   ///< UTF-8
    std::string messageId; ///< without < >
    std::string thread;    ///< what it refers to, without < >; may be empty
    int64_t dateMs = 0;
    std::string text;
    std::string html;
    std::vector<Attachment> attachments;
    bool urgent = false;
};

/// Sends it over SMTP with libcurl on a thread of a small pool, to an address that the policy of `http`
/// allows, and ends with its stop(). The outcome's status is the last code of the server, its body what the
/// server said.
QCoro::Task<SendOutcome> sendMail(OutboundHttp &http, Mail mail);

/// A header's text: as it is where it is plain ASCII, else in encoded words (RFC 2047).
std::string headerText(const std::string &text);

} // namespace plimsoll::alerts
