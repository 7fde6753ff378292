#include "server/ingest/DeadLetter.h"

#include "storage/engine/Crc32c.h"
#include "storage/model/Varint.h"

#include <QJsonDocument>

#include <cstring>

namespace plimsoll::ingest {
namespace {

enum RecordKind : char { letterKind = 1, removalKind = 2 };
constexpr uint32_t maxFrameBytes = 1 << 20;
constexpr size_t frameHeadBytes = 8;

QString text(const std::string &bytes) { return QString::fromStdString(bytes); }

std::string frameOf(const std::string &body)
{
    const auto size = static_cast<uint32_t>(body.size());
    const uint32_t sum = crc32c(body);
    std::string frame;
    for (const uint32_t number : {size, sum}) {
        for (int shift = 0; shift < 32; shift += 8)
            frame += static_cast<char>(number >> shift);
    }
    return frame += body;
}

uint32_t numberAt(std::string_view bytes)
{
    uint32_t number = 0;
    for (int i = 3; i >= 0; i--)
        number = number << 8 | static_cast<uint8_t>(bytes[size_t(i)]);
    return number;
}

std::optional<LetterRecord> readBody(std::string_view body)
{
    if (body.empty())
        return std::nullopt;
    const char kind = body.front();
    body.remove_prefix(1);
    const auto id = takeVarint(body);
    if (!id || (kind != letterKind && kind != removalKind))
        return std::nullopt;
    if (kind == removalKind)
        return LetterRecord{*id, std::nullopt};
    const auto headSize = takeVarint(body);
    if (!headSize || *headSize > body.size())
        return std::nullopt;
    const QByteArray head(body.data(), qsizetype(*headSize));
    LetterRecord record{*id, DeadLetter::fromHead(QJsonDocument::fromJson(head).object())};
    record.letter->id = *id;
    record.letter->payload = body.substr(*headSize);
    return record;
}

} // namespace

QJsonObject DeadLetter::head() const
{
    return {{"at_ms", qint64(atMs)},
            {"source", text(source)},
            {"code", text(code)},
            {"message", text(message)},
            {"path", text(path)},
            {"query", text(query)},
            {"subject", text(subject)},
            {"content_type", text(contentType)},
            {"content_encoding", text(coding)},
            {"key_id", text(keyId)},
            {"accepted", qint64(accepted)},
            {"refused", qint64(refused)},
            {"more", qint64(more)},
            {"whole", whole},
            {"truncated", truncated},
            {"edited", edited}};
}

DeadLetter DeadLetter::fromHead(const QJsonObject &head)
{
    const auto textOf = [&](const char *name) { return head[QLatin1String(name)].toString().toStdString(); };
    const auto countOf = [&](const char *name) {
        return static_cast<uint32_t>(head[QLatin1String(name)].toInteger());
    };
    DeadLetter letter;
    letter.atMs = head["at_ms"].toInteger();
    letter.source = textOf("source");
    letter.code = textOf("code");
    letter.message = textOf("message");
    letter.path = textOf("path");
    letter.query = textOf("query");
    letter.subject = textOf("subject");
    letter.contentType = textOf("content_type");
    letter.coding = textOf("content_encoding");
    letter.keyId = textOf("key_id");
    letter.accepted = countOf("accepted");
    letter.refused = countOf("refused");
    letter.more = countOf("more");
    letter.whole = head["whole"].toBool();
    letter.truncated = head["truncated"].toBool();
    letter.edited = head["edited"].toBool();
    return letter;
}

std::string letterFrame(const DeadLetter &letter)
{
    const QByteArray head = QJsonDocument(letter.head()).toJson(QJsonDocument::Compact);
    std::string body(1, letterKind);
    appendVarint(body, letter.id);
    appendVarint(body, uint64_t(head.size()));
    body.append(head.constData(), size_t(head.size()));
    body += letter.payload;
    return frameOf(body);
}

std::string removalFrame(uint64_t id)
{
    std::string body(1, removalKind);
    appendVarint(body, id);
    return frameOf(body);
}

std::optional<LetterRecord> takeLetterRecord(std::string_view &bytes)
{
    if (bytes.size() < frameHeadBytes)
        return std::nullopt;
    const uint32_t size = numberAt(bytes);
    if (size > maxFrameBytes || bytes.size() - frameHeadBytes < size)
        return std::nullopt;
    const std::string_view body = bytes.substr(frameHeadBytes, size);
    if (crc32c(body) != numberAt(bytes.substr(4)))
        return std::nullopt;
    bytes.remove_prefix(frameHeadBytes + size);
    return readBody(body);
}

} // namespace plimsoll::ingest
