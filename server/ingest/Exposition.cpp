#include "server/ingest/Exposition.h"

#include "server/ingest/ExpositionLine.h"
#include "server/ingest/ExpositionText.h"
#include "server/ingest/SampleWriter.h"

namespace plimsoll::ingest {
namespace {

std::optional<std::string> asItStands(std::string_view name) { return std::string(name); }

} // namespace

class Exposition::Reader final : public ExpositionHandler
{
public:
    Status read(const Payload &payload, Batch &batch)
    {
        m_nowMs = payload.nowMs;
        m_writer.begin(batch, payload.project);
        if (const Status read = ExpositionText(ExpositionForm::Any, *this).read(payload.body); !read)
            return read;
        m_writer.finish();
        return {};
    }

private:
    size_t expectedBraces(std::string_view text) const override { return m_writer.expectedLabels(text); }

    void sample(const ExpositionSample &sample) override
    {
        const auto make = [&](Labels &labels) -> ItemCheck {
            std::string quotedName;
            return sample.braces.empty() ? std::nullopt
                                         : readExpositionLabels(sample.braces, labels, quotedName);
        };
        const NamedValue value{sample.name, sample.value};
        m_writer.addValues(sample.braces, std::ref(make), {&value, 1}, sample.type,
                           sample.timestampMs.value_or(m_nowMs), {"line", sample.line}, asItStands);
    }

    void family(const Batch::Description &description) override
    {
        m_writer.batch().descriptions.push_back(description);
    }

    bool refused(size_t line, const ItemError &error) override
    {
        m_writer.refuse(error, {"line", line});
        return true;
    }

    SampleWriter m_writer;
    int64_t m_nowMs = 0;
};

Exposition::Exposition(const Prices &)
    : m_reader(std::make_unique<Reader>())
{
}
Exposition::~Exposition() = default;

Status Exposition::decode(const Payload &payload, Batch &batch) { return m_reader->read(payload, batch); }

} // namespace plimsoll::ingest
