#pragma once

#include "storage/model/Result.h"

#include <QByteArray>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::alerts {

/// The types of records that can be asked for.
struct DnsType
{
    std::string_view name;
    int number;
};
std::span<const DnsType> dnsTypes();
const DnsType *findDnsType(std::string_view name);

/// What a name server answered to one question (RFC 1035), read by the resolver library of the system.
struct DnsAnswer
{
    int code = 0;           ///< RCODE; 3 means that there is no such name
    bool truncated = false; ///< to be asked again over TCP
    /// The records of the asked type, as text: "93.184.216.34", "10 mail.example.org", texts without quotes;
    /// names without the final dot, in lower case.
    std::vector<std::string> records;

    static Result<DnsAnswer> parse(const QByteArray &message, int type);
};

/// The question for a name; its first two bytes are `id`. Fails where the name is none.
Result<QByteArray> dnsQuestion(const std::string &name, int type, uint16_t id);
/// Whether a message answers this question and not another one.
bool answersQuestion(const QByteArray &message, const QByteArray &question);
const char *dnsCodeText(int code);

} // namespace plimsoll::alerts
