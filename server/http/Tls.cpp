#include "server/http/Tls.h"

#include <QFile>
#include <QSslCertificate>
#include <QSslKey>

namespace plimsoll::http {

namespace {

Result<QByteArray> contentsOf(const std::string &name)
{
    QFile file(QString::fromStdString(name));
    if (!file.open(QIODevice::ReadOnly))
        return Error{ErrorCode::NotFound,
                     "The file " + name + " cannot be read: " + file.errorString().toStdString() + ".",
                     "Check its path and who may read it."};
    return file.readAll();
}

QSslKey keyIn(const QByteArray &pem)
{
    for (const QSsl::KeyAlgorithm algorithm : {QSsl::Rsa, QSsl::Ec}) {
        QSslKey key(pem, algorithm, QSsl::Pem, QSsl::PrivateKey);
        if (!key.isNull())
            return key;
    }
    return {};
}

} // namespace

Status Tls::load(const std::string &certificateFile, const std::string &keyFile)
{
    const auto certificatePem = contentsOf(certificateFile);
    if (!certificatePem)
        return certificatePem.error();
    const auto keyPem = contentsOf(keyFile);
    if (!keyPem)
        return keyPem.error();
    const QList<QSslCertificate> chain = QSslCertificate::fromData(*certificatePem, QSsl::Pem);
    if (chain.isEmpty())
        return Error{ErrorCode::Invalid, "There is no certificate in " + certificateFile + ".",
                     "It must be a PEM file."};
    const QSslKey key = keyIn(*keyPem);
    if (key.isNull())
        return Error{ErrorCode::Invalid, "There is no usable key in " + keyFile + ".",
                     "It must be a PEM file with an RSA or EC key and no passphrase."};
    auto configuration = std::make_shared<QSslConfiguration>(QSslConfiguration::defaultConfiguration());
    configuration->setLocalCertificateChain(chain);
    configuration->setPrivateKey(key);
    configuration->setPeerVerifyMode(QSslSocket::VerifyNone);
    configuration->setProtocol(QSsl::TlsV1_2OrLater);
    const std::lock_guard lock(m_mutex);
    m_certificateFile = certificateFile;
    m_keyFile = keyFile;
    m_configuration = std::move(configuration);
    return {};
}

Status Tls::reload()
{
    std::string certificateFile;
    std::string keyFile;
    {
        const std::lock_guard lock(m_mutex);
        certificateFile = m_certificateFile;
        keyFile = m_keyFile;
    }
    if (certificateFile.empty())
        return {};
    return load(certificateFile, keyFile);
}

bool Tls::enabled() const
{
    const std::lock_guard lock(m_mutex);
    return m_configuration != nullptr;
}

std::shared_ptr<const QSslConfiguration> Tls::configuration() const
{
    const std::lock_guard lock(m_mutex);
    return m_configuration;
}

} // namespace plimsoll::http
