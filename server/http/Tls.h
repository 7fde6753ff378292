#pragma once

#include "storage/model/Result.h"

#include <QSslConfiguration>

#include <memory>
#include <mutex>
#include <string>

namespace plimsoll::http {

/// The certificate and key that new connections get. Thread-safe; load() may be called again at any time and
/// touches only connections that come later.
class Tls
{
public:
    /// Reads PEM files: the certificate with its chain, and an unencrypted RSA or EC key. On failure what was
    /// loaded before stays in use.
    Status load(const std::string &certificateFile, const std::string &keyFile);

    /// Loads the same files again; a success where none are configured.
    Status reload();

    bool enabled() const;

    /// Null while none is loaded.
    std::shared_ptr<const QSslConfiguration> configuration() const;

private:
    mutable std::mutex m_mutex;
    std::string m_certificateFile;
    std::string m_keyFile;
    std::shared_ptr<const QSslConfiguration> m_configuration;
};

} // namespace plimsoll::http
