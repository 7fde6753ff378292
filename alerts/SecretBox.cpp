#include "alerts/SecretBox.h"

#include <QByteArray>
#include <QStringList>

#include <sodium.h>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace plimsoll::alerts {

namespace {

constexpr const char *sealedField = "sealed";
constexpr const char *version = "1";
constexpr qsizetype keyDigits = 2 * crypto_secretbox_KEYBYTES;

/// libsodium must be set up once before anything else of it.
void setUp()
{
    static const int ready = sodium_init();
    (void)ready;
}

Error unusable(const std::filesystem::path &file, const char *what)
{
    return {ErrorCode::Unavailable,
            "The file " + file.string() + " cannot be " + what + ": " + std::strerror(errno) + ".",
            "It holds the key of the channels' secrets. Check that Plimsoll may read and write it."};
}

/// Complete and durable, or not there; an existing one is never replaced.
Status writeNew(const std::filesystem::path &file, const QByteArray &text)
{
    const std::string temporary = file.string() + ".new";
    const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return unusable(file, "written");
    const bool written =
        ::write(descriptor, text.constData(), size_t(text.size())) == text.size() && ::fsync(descriptor) == 0;
    ::close(descriptor);
    if (!written || ::rename(temporary.c_str(), file.c_str()) != 0)
        return unusable(file, "written");
    const int directory = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = directory >= 0 && ::fsync(directory) == 0;
    ::close(directory);
    return synced ? Status() : Status(unusable(file, "synced"));
}

Result<QByteArray> read(const std::filesystem::path &file)
{
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return unusable(file, "read");
    QByteArray text(keyDigits + 16, '\0');
    const ssize_t count = ::read(descriptor, text.data(), size_t(text.size()));
    ::close(descriptor);
    if (count < 0)
        return unusable(file, "read");
    return text.left(count).trimmed();
}

bool isSealed(const QJsonValue &value)
{
    return value.isObject() && value.toObject().size() == 1 &&
           value.toObject().contains(QLatin1String(sealedField));
}

} // namespace

SecretBox::SecretBox(const Key &key)
    : m_key(key)
{
    std::array<uint8_t, crypto_generichash_BYTES_MIN> hash{};
    crypto_generichash(hash.data(), hash.size(), m_key.data(), m_key.size(), nullptr, 0);
    m_keyId = QString::fromLatin1(
        QByteArray(reinterpret_cast<const char *>(hash.data()), qsizetype(hash.size())).toHex().left(16));
}

SecretBox SecretBox::forNow()
{
    setUp();
    Key key{};
    randombytes_buf(key.data(), key.size());
    return SecretBox(key);
}

Result<SecretBox> SecretBox::open(const std::filesystem::path &file)
{
    setUp();
    if (std::error_code error; !std::filesystem::exists(file, error)) {
        Key fresh{};
        randombytes_buf(fresh.data(), fresh.size());
        const QByteArray bytes(reinterpret_cast<const char *>(fresh.data()), qsizetype(fresh.size()));
        if (Status written = writeNew(file, bytes.toHex() + "\n"); !written)
            return written.error();
    }
    const Result<QByteArray> text = read(file);
    if (!text)
        return text.error();
    Key key{};
    size_t count = 0;
    if (text->size() != keyDigits ||
        sodium_hex2bin(key.data(), key.size(), text->constData(), size_t(text->size()), nullptr, &count,
                       nullptr) != 0 ||
        count != key.size())
        return Error{ErrorCode::Corrupt, "The file " + file.string() + " does not hold a key.",
                     "Put the right one back, or move it away and enter the channels' secrets again."};
    return SecretBox(key);
}

QJsonValue SecretBox::sealText(const QString &text) const
{
    const QByteArray clear = text.toUtf8();
    QByteArray bytes(qsizetype(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES) + clear.size(), '\0');
    auto *nonce = reinterpret_cast<uint8_t *>(bytes.data());
    randombytes_buf(nonce, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(nonce + crypto_secretbox_NONCEBYTES,
                          reinterpret_cast<const uint8_t *>(clear.constData()), size_t(clear.size()), nonce,
                          m_key.data());
    const QString sealed =
        QLatin1String(version) + "." + m_keyId + "." + QString::fromLatin1(bytes.toBase64());
    return QJsonObject{{QLatin1String(sealedField), sealed}};
}

Result<QString> SecretBox::unsealText(const QString &sealed) const
{
    const QStringList parts = sealed.split('.');
    if (parts.size() != 3 || parts[0] != QLatin1String(version) || parts[1] != m_keyId)
        return Error{ErrorCode::Forbidden, "It is sealed with another key.", {}};
    const QByteArray bytes = QByteArray::fromBase64(parts[2].toLatin1());
    constexpr qsizetype overhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
    if (bytes.size() < overhead)
        return Error{ErrorCode::Corrupt, "It is too short.", {}};
    QByteArray clear(bytes.size() - overhead, '\0');
    const auto *nonce = reinterpret_cast<const uint8_t *>(bytes.constData());
    if (crypto_secretbox_open_easy(
            reinterpret_cast<uint8_t *>(clear.data()), nonce + crypto_secretbox_NONCEBYTES,
            size_t(bytes.size()) - crypto_secretbox_NONCEBYTES, nonce, m_key.data()) != 0)
        return Error{ErrorCode::Corrupt, "It was changed.", {}};
    return QString::fromUtf8(clear);
}

QJsonObject SecretBox::seal(const QJsonObject &settings, const QJsonObject &masked) const
{
    QJsonObject sealed = settings;
    for (const QString &name : settings.keys()) {
        const QJsonValue value = settings.value(name);
        const QJsonValue shown = masked.value(name);
        if (value.isObject())
            sealed.insert(name, seal(value.toObject(), shown.toObject()));
        else if (value.isString() && value != shown)
            sealed.insert(name, sealText(value.toString()));
    }
    return sealed;
}

QJsonObject SecretBox::unseal(const QJsonObject &stored, const std::string &path,
                              std::vector<std::string> &missing) const
{
    QJsonObject clear = stored;
    for (const QString &name : stored.keys()) {
        const QJsonValue value = stored.value(name);
        const std::string place = path + "." + name.toStdString();
        if (!isSealed(value)) {
            if (value.isObject())
                clear.insert(name, unseal(value.toObject(), place, missing));
            continue;
        }
        const Result<QString> text =
            unsealText(value.toObject().value(QLatin1String(sealedField)).toString());
        if (text) {
            clear.insert(name, *text);
        } else {
            clear.remove(name);
            missing.push_back(place);
        }
    }
    return clear;
}

bool SecretBox::holdsClear(const QJsonObject &stored, const QJsonObject &masked)
{
    const QStringList names = stored.keys();
    return std::any_of(names.begin(), names.end(), [&](const QString &name) {
        const QJsonValue value = stored.value(name);
        if (isSealed(value))
            return false;
        if (value.isObject())
            return holdsClear(value.toObject(), masked.value(name).toObject());
        return value.isString() && value != masked.value(name);
    });
}

} // namespace plimsoll::alerts
