#include "alerts/channels/Mail.h"

#include <curl/curl.h>

#include <QCoroFuture>
#include <QDateTime>
#include <QLocale>
#include <QPromise>
#include <QThreadPool>

namespace plimsoll::alerts {

namespace {

constexpr size_t maxShownBytes = 4096;
constexpr int mailTimeFactor = 3; ///< servers of mail let others wait on purpose

struct FreeEasy
{
    void operator()(CURL *easy) const { curl_easy_cleanup(easy); }
};
struct FreeMime
{
    void operator()(curl_mime *mime) const { curl_mime_free(mime); }
};

class List
{
public:
    void add(const std::string &line) { m_list.reset(curl_slist_append(m_list.release(), line.c_str())); }
    curl_slist *get() const { return m_list.get(); }

private:
    struct Free
    {
        void operator()(curl_slist *list) const { curl_slist_free_all(list); }
    };
    std::unique_ptr<curl_slist, Free> m_list;
};

/// One transfer, made and run on one thread.
class Transfer
{
public:
    Transfer(const Mail &mail, const std::string &addresses, int64_t timeoutMs,
             std::shared_ptr<std::atomic<bool>> stopped)
        : m_mail(mail)
        , m_stopped(std::move(stopped))
        , m_easy(curl_easy_init())
    {
        setServer(addresses, timeoutMs);
        setTls();
        setEnvelope();
        setMessage();
    }

    SendOutcome run()
    {
        const CURLcode result = curl_easy_perform(m_easy.get());
        SendOutcome outcome;
        outcome.delivered = result == CURLE_OK;
        outcome.body = QString::fromStdString(m_said).toStdString();
        long status = 0;
        long connections = 0;
        curl_easy_getinfo(m_easy.get(), CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(m_easy.get(), CURLINFO_NUM_CONNECTS, &connections);
        if (status > 0)
            outcome.status = int(status);
        outcome.connected = connections > 0;
        if (!outcome.delivered)
            outcome.error = reasonOf(result, status);
        return outcome;
    }

private:
    template<typename Value>
    void set(CURLoption option, Value value)
    {
        curl_easy_setopt(m_easy.get(), option, value);
    }

    void setServer(const std::string &addresses, int64_t timeoutMs)
    {
        const bool literal = m_mail.host.find(':') != std::string::npos;
        const std::string host = literal ? "[" + m_mail.host + "]" : m_mail.host;
        const std::string scheme = m_mail.security == Mail::Security::Tls ? "smtps://" : "smtp://";
        const std::string port = std::to_string(m_mail.port);
        set(CURLOPT_URL, (scheme + host + ":" + port + "/plimsoll").c_str());
        set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
        set(CURLOPT_PROXY, "");
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_TIMEOUT_MS, long(timeoutMs));
        set(CURLOPT_ERRORBUFFER, m_errorText);
        set(CURLOPT_NOPROGRESS, 0L);
        set(CURLOPT_XFERINFOFUNCTION, &Transfer::progress);
        set(CURLOPT_XFERINFODATA, this);
        set(CURLOPT_VERBOSE, 1L);
        set(CURLOPT_DEBUGFUNCTION, &Transfer::listen);
        set(CURLOPT_DEBUGDATA, this);
        // The connection goes to the addresses that were checked; nothing is looked up again.
        m_resolve.add(host + ":" + port + ":" + addresses);
        set(CURLOPT_RESOLVE, m_resolve.get());
    }

    void setTls()
    {
        set(CURLOPT_USE_SSL,
            long(m_mail.security == Mail::Security::None ? CURLUSESSL_NONE : CURLUSESSL_ALL));
        set(CURLOPT_SSLVERSION, long(CURL_SSLVERSION_TLSv1_2));
        if (m_mail.authorities.empty())
            return;
        curl_blob blob{const_cast<char *>(m_mail.authorities.data()), m_mail.authorities.size(),
                       CURL_BLOB_COPY};
        set(CURLOPT_CAINFO_BLOB, &blob);
        set(CURLOPT_CAPATH, nullptr);
    }

    void setEnvelope()
    {
        if (!m_mail.user.empty()) {
            set(CURLOPT_USERNAME, m_mail.user.c_str());
            set(CURLOPT_PASSWORD, m_mail.password.c_str());
        }
        set(CURLOPT_MAIL_FROM, ("<" + m_mail.from.address + ">").c_str());
        for (const MailAddress &to : m_mail.to)
            m_recipients.add("<" + to.address + ">");
        set(CURLOPT_MAIL_RCPT, m_recipients.get());
        // One address that is wrong must not keep an alarm from the others.
        set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
    }

    void setMessage()
    {
        std::string to;
        for (const MailAddress &each : m_mail.to)
            to += (to.empty() ? "" : ", ") + each.header();
        const QDateTime date = QDateTime::fromMSecsSinceEpoch(m_mail.dateMs, Qt::UTC);
        m_headers.add("Date: " +
                      QLocale::c().toString(date, u"ddd, dd MMM yyyy HH:mm:ss '+0000'").toStdString());
        m_headers.add("From: " + m_mail.from.header());
        m_headers.add("To: " + to);
        m_headers.add("Subject: " + headerText(m_mail.subject));
        m_headers.add("Message-ID: <" + m_mail.messageId + ">");
        if (!m_mail.thread.empty())
            m_headers.add("References: <" + m_mail.thread + ">");
        m_headers.add("Auto-Submitted: auto-generated");
        if (m_mail.urgent)
            m_headers.add("Importance: high");
        set(CURLOPT_HTTPHEADER, m_headers.get());
        addParts();
    }

    void addParts()
    {
        m_mime.reset(curl_mime_init(m_easy.get()));
        curl_mime *texts = curl_mime_init(m_easy.get());
        addPart(texts, m_mail.text, "text/plain; charset=utf-8", "quoted-printable");
        addPart(texts, m_mail.html, "text/html; charset=utf-8", "quoted-printable");
        curl_mimepart *body = curl_mime_addpart(m_mime.get());
        curl_mime_subparts(body, texts);
        curl_mime_type(body, "multipart/alternative");
        for (const Mail::Attachment &file : m_mail.attachments) {
            curl_mimepart *part = addPart(m_mime.get(), file.bytes, file.type.c_str(), "base64");
            curl_mime_filename(part, file.name.c_str());
            curl_mime_headers(part, curl_slist_append(nullptr, ("Content-ID: <" + file.name + ">").c_str()),
                              1);
        }
        set(CURLOPT_MIMEPOST, m_mime.get());
    }

    static curl_mimepart *addPart(curl_mime *mime, const std::string &bytes, const char *type,
                                  const char *encoding)
    {
        curl_mimepart *part = curl_mime_addpart(mime);
        curl_mime_data(part, bytes.data(), bytes.size());
        curl_mime_type(part, type);
        curl_mime_encoder(part, encoding);
        return part;
    }

    std::string reasonOf(CURLcode result, long status) const
    {
        if (*m_stopped)
            return "The appliance is stopping.";
        if (result == CURLE_OPERATION_TIMEDOUT)
            return "The mail server did not answer in time.";
        if (result == CURLE_LOGIN_DENIED)
            return "The mail server refused the user or the password.";
        if (result == CURLE_USE_SSL_FAILED)
            return "The mail server offers no TLS (STARTTLS), so nothing was sent.";
        if (result == CURLE_PEER_FAILED_VERIFICATION)
            return std::string("The certificate of the mail server is not trusted: ") + m_errorText + ".";
        if (status >= 400)
            return "The mail server answered " + std::to_string(status) + ".";
        return std::string("The mail could not be sent: ") +
               (*m_errorText ? m_errorText : curl_easy_strerror(result)) + ".";
    }

    static int progress(void *self, curl_off_t, curl_off_t, curl_off_t, curl_off_t)
    {
        return *static_cast<Transfer *>(self)->m_stopped ? 1 : 0;
    }

    /// Keeps what the server says; what we say holds the password.
    static int listen(CURL *, curl_infotype type, char *bytes, size_t count, void *self)
    {
        std::string &said = static_cast<Transfer *>(self)->m_said;
        if (type == CURLINFO_HEADER_IN)
            said.append(bytes, std::min(count, maxShownBytes - said.size()));
        return 0;
    }

    const Mail &m_mail;
    const std::shared_ptr<std::atomic<bool>> m_stopped;
    List m_resolve;
    List m_recipients;
    List m_headers;
    std::unique_ptr<CURL, FreeEasy> m_easy;
    std::unique_ptr<curl_mime, FreeMime> m_mime;
    std::string m_said;
    char m_errorText[CURL_ERROR_SIZE] = "";
};

QThreadPool &mailThreads()
{
    static QThreadPool pool;
    static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
    (void)global;
    pool.setMaxThreadCount(4);
    pool.setExpiryTimeout(5'000);
    return pool;
}

SendOutcome notSent(std::string why)
{
    SendOutcome outcome;
    outcome.error = std::move(why);
    outcome.connected = false;
    return outcome;
}

/// The addresses that are allowed, as CURLOPT_RESOLVE takes them, or why there are none.
Result<std::string> allowed(const OutboundPolicy &policy, const OutboundHttp::Addresses &addresses,
                            const std::string &host)
{
    Error refusal{ErrorCode::NotFound, "The mail server " + host + " was not found.", {}};
    std::string list;
    for (const QHostAddress &address : addresses) {
        if (Status status = policy.checkAddress(address); !status)
            refusal = status.error();
        else
            list += (list.empty() ? "" : ",") + address.toString().toStdString();
    }
    if (list.empty())
        return refusal;
    return list;
}

QFuture<SendOutcome> runOnPool(Mail mail, const std::string &addresses, int64_t timeoutMs,
                               const std::shared_ptr<std::atomic<bool>> &stopped)
{
    auto promise = std::make_shared<QPromise<SendOutcome>>();
    promise->start();
    const auto begun = std::chrono::steady_clock::now();
    mailThreads().start([promise, mail = std::move(mail), addresses, timeoutMs, stopped, begun] {
        SendOutcome outcome = Transfer(mail, addresses, timeoutMs, stopped).run();
        outcome.durationMs =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun)
                .count();
        promise->addResult(outcome);
        promise->finish();
    });
    return promise->future();
}

} // namespace

QCoro::Task<SendOutcome> sendMail(OutboundHttp &http, Mail mail)
{
    const QPointer<OutboundHttp> alive(&http);
    const int timeoutMs = http.options().timeoutMs * mailTimeFactor;
    const auto stopped = std::make_shared<std::atomic<bool>>(false);
    const auto lookup = http.resolve(QString::fromStdString(mail.host), timeoutMs);
    const OutboundHttp::Addresses addresses = co_await lookup;
    if (!alive)
        co_return notSent("The appliance is stopping.");
    const Result<std::string> list = allowed(http.policy(), addresses, mail.host);
    if (!list)
        co_return notSent(list.error().message);
    const auto stopping =
        QObject::connect(&http, &OutboundHttp::stopping, &http, [stopped] { *stopped = true; });
    const auto sending = runOnPool(std::move(mail), *list, timeoutMs, stopped);
    const SendOutcome outcome = co_await sending;
    QObject::disconnect(stopping);
    co_return outcome;
}

} // namespace plimsoll::alerts
