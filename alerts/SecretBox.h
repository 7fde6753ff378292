#pragma once

#include "storage/model/Result.h"

#include <QJsonObject>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

namespace plimsoll::alerts {

/// Keeps secrets of channels and checks unreadable in the store: libsodium's secretbox (XSalsa20-Poly1305)
/// under a key that lies in a file of its own, which no backup holds.
///
/// A sealed text stands as `{"sealed":"1.<key id>.<base64 of nonce and box>"}` in place of the text. The key
/// id is the beginning of the key's BLAKE2b hash, so that a secret of another key is told from damage. Safe
/// to use from any thread.
class SecretBox
{
public:
    /// The key in `file`: 64 hexadecimal digits. It is made (mode 0600, synced) where there is none; Corrupt
    /// where the file holds something else, Unavailable where it cannot be read or written.
    static Result<SecretBox> open(const std::filesystem::path &file);
    /// With a key that nobody keeps: for records that nobody keeps.
    static SecretBox forNow();

    /// What is stored of `settings`: every text that `masked` shows otherwise is sealed.
    QJsonObject seal(const QJsonObject &settings, const QJsonObject &masked) const;
    /// The settings in clear. What cannot be read is left out and its path ("settings.token") added to
    /// `missing`.
    QJsonObject unseal(const QJsonObject &stored, const std::string &path,
                       std::vector<std::string> &missing) const;
    /// True where something in `stored` that `masked` hides is not sealed.
    static bool holdsClear(const QJsonObject &stored, const QJsonObject &masked);

private:
    using Key = std::array<uint8_t, 32>;
    explicit SecretBox(const Key &key);

    QJsonValue sealText(const QString &text) const;
    Result<QString> unsealText(const QString &sealed) const;

    Key m_key;
    QString m_keyId; ///< 16 hexadecimal digits
};

} // namespace plimsoll::alerts
