#pragma once

#include "alerts/checks/Check.h"
#include "alerts/checks/HttpExpectation.h"
#include "alerts/checks/Probe.h"

#include <QHostAddress>
#include <QUrl>

#include <curl/curl.h>

namespace plimsoll::alerts {

/// One HTTP request with what follows from redirects. Each hop is looked up anew, and connects to an address
/// that was judged; a redirect from a public to a private address is refused, headers of the check go to its
/// own host only. Reads at most `maxAnswerBytes`, keeps no connection and no cookie, uses no proxy.
class HttpProbe final : public Probe
{
    Q_OBJECT

public:
    static constexpr qsizetype maxAnswerBytes = 1024 * 1024;

    HttpProbe(const Check &check, ProbeContext &context);
    ~HttpProbe() override;

protected:
    void begin() override;
    std::string lateMessage() const override;

private:
    static size_t onBody(char *bytes, size_t size, size_t count, void *probe);

    void visit(const QUrl &url);
    void tryNext();
    void prepare(const QHostAddress &address);
    void prepareTls();
    void prepareHeaders();
    void ended(CURLcode code);
    void answered();
    void follow(int status, const QUrl &location);
    std::string problemOf(CURLcode code) const;
    void release();

    ProbeContext &m_context;
    QUrl m_first;
    QUrl m_url;
    QJsonObject m_settings;
    HttpExpectation m_expectation;
    QString m_method;
    QByteArray m_requestBody;
    int m_redirectsLeft;
    QList<QHostAddress> m_addresses;
    bool m_wasPublic = false; ///< a hop before went to a public address
    CURL *m_transfer = nullptr;
    curl_slist *m_headers = nullptr;
    curl_slist *m_connectTo = nullptr;
    std::array<char, CURL_ERROR_SIZE> m_errorText{};
    QByteArray m_body;
};

} // namespace plimsoll::alerts
