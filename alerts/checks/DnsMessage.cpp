#include "alerts/checks/DnsMessage.h"

#include <QHostAddress>

#include <arpa/nameser.h>
#include <resolv.h>

namespace plimsoll::alerts {

namespace {

constexpr qsizetype headerBytes = 12;
constexpr uint8_t recursionDesired = 1;

constexpr std::array<DnsType, 10> types{{{"A", ns_t_a},
                                         {"AAAA", ns_t_aaaa},
                                         {"CNAME", ns_t_cname},
                                         {"MX", ns_t_mx},
                                         {"NS", ns_t_ns},
                                         {"TXT", ns_t_txt},
                                         {"SRV", ns_t_srv},
                                         {"PTR", ns_t_ptr},
                                         {"SOA", ns_t_soa},
                                         {"CAA", 257}}};

std::string lower(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return char(std::tolower(c)); });
    return text;
}

/// A record's data, read from its beginning; what lies beyond its end is never read.
class RecordReader
{
public:
    RecordReader(const ns_msg &message, const ns_rr &record)
        : m_message(message)
        , m_at(ns_rr_rdata(record))
        , m_end(m_at + ns_rr_rdlen(record))
    {
    }

    std::string name()
    {
        char text[NS_MAXDNAME];
        const int used =
            ns_name_uncompress(ns_msg_base(m_message), ns_msg_end(m_message), m_at, text, sizeof text);
        if (used < 0 || m_at + used > m_end)
            return {};
        m_at += used;
        return lower(text);
    }
    std::string number(int bytes)
    {
        uint32_t value = 0;
        for (; bytes > 0 && m_at < m_end; bytes--, m_at++)
            value = (value << 8) | *m_at;
        return std::to_string(value);
    }
    /// Texts of one length byte each, put together.
    std::string texts()
    {
        std::string all;
        while (m_at < m_end)
            all += text();
        return all;
    }
    std::string text()
    {
        if (m_at >= m_end)
            return {};
        const size_t length = *m_at;
        m_at++;
        return take(std::min(length, size_t(m_end - m_at)));
    }
    std::string rest() { return take(size_t(m_end - m_at)); }
    std::string address()
    {
        if (m_end - m_at == 16) {
            Q_IPV6ADDR bytes;
            std::memcpy(bytes.c, m_at, 16);
            return QHostAddress(bytes).toString().toStdString();
        }
        if (m_end - m_at != 4)
            return {};
        return QHostAddress((uint32_t(m_at[0]) << 24) | (uint32_t(m_at[1]) << 16) | (uint32_t(m_at[2]) << 8) |
                            m_at[3])
            .toString()
            .toStdString();
    }

private:
    std::string take(size_t length)
    {
        std::string text(reinterpret_cast<const char *>(m_at), length);
        m_at += length;
        return text;
    }

    const ns_msg &m_message;
    const u_char *m_at;
    const u_char *m_end;
};

std::string recordText(const ns_msg &message, const ns_rr &record, int type)
{
    RecordReader reader(message, record);
    switch (type) {
    case ns_t_a:
    case ns_t_aaaa:
        return reader.address();
    case ns_t_mx: {
        const std::string preference = reader.number(2);
        return preference + " " + reader.name();
    }
    case ns_t_srv: {
        std::string text = reader.number(2) + " ";
        text += reader.number(2) + " ";
        text += reader.number(2) + " ";
        return text + reader.name();
    }
    case ns_t_soa: {
        std::string text = reader.name() + " ";
        text += reader.name() + " ";
        return text + reader.number(4);
    }
    case ns_t_txt:
        return reader.texts();
    case 257: {
        std::string text = reader.number(1) + " ";
        text += reader.text() + " ";
        return text + reader.rest();
    }
    default:
        return reader.name();
    }
}

} // namespace

std::span<const DnsType> dnsTypes() { return types; }

const DnsType *findDnsType(std::string_view name)
{
    for (const DnsType &type : types) {
        if (type.name == name)
            return &type;
    }
    return nullptr;
}

Result<QByteArray> dnsQuestion(const std::string &name, int type, uint16_t id)
{
    QByteArray bytes(headerBytes, '\0');
    bytes[0] = char(id >> 8);
    bytes[1] = char(id & 0xff);
    bytes[2] = char(recursionDesired);
    bytes[5] = 1;
    u_char packed[NS_MAXCDNAME];
    const int length = ns_name_pton(name.c_str(), packed, sizeof packed);
    if (length < 0)
        return Error{ErrorCode::Invalid, "is not a name of the DNS.", {}};
    // The length is not what it says: walk the labels.
    int used = 0;
    while (packed[used] != 0)
        used += packed[used] + 1;
    bytes.append(reinterpret_cast<const char *>(packed), used + 1);
    bytes.append(char(type >> 8)).append(char(type & 0xff)).append('\0').append(char(ns_c_in));
    return bytes;
}

bool answersQuestion(const QByteArray &message, const QByteArray &question)
{
    const bool isAnswer = message.size() >= question.size() && (uint8_t(message[2]) & 0x80);
    return isAnswer && message.left(2) == question.left(2) &&
           message.mid(headerBytes, question.size() - headerBytes).toLower() ==
               question.mid(headerBytes).toLower();
}

Result<DnsAnswer> DnsAnswer::parse(const QByteArray &message, int type)
{
    const Error broken{ErrorCode::Invalid, "The name server's answer cannot be read.", {}};
    ns_msg handle;
    if (ns_initparse(reinterpret_cast<const u_char *>(message.constData()), int(message.size()), &handle) < 0)
        return broken;
    DnsAnswer answer;
    answer.code = ns_msg_getflag(handle, ns_f_rcode);
    answer.truncated = ns_msg_getflag(handle, ns_f_tc);
    for (int i = 0; i < ns_msg_count(handle, ns_s_an); i++) {
        ns_rr record;
        if (ns_parserr(&handle, ns_s_an, i, &record) < 0)
            return broken;
        if (ns_rr_type(record) == type)
            answer.records.push_back(recordText(handle, record, type));
    }
    return answer;
}

const char *dnsCodeText(int code)
{
    switch (code) {
    case ns_r_formerr:
        return "that it does not understand the question";
    case ns_r_servfail:
        return "that it failed (SERVFAIL)";
    case ns_r_nxdomain:
        return "that there is no such name (NXDOMAIN)";
    case ns_r_refused:
        return "that it refuses to say (REFUSED)";
    default:
        return "with an error";
    }
}

} // namespace plimsoll::alerts
