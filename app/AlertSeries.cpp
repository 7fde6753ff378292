#include "app/AlertSeries.h"

#include <QPromise>

namespace plimsoll::app {

namespace {

Status statusOf(const CommitReceipt &receipt)
{
    if (!receipt.status || receipt.rejections.empty())
        return receipt.status;
    return Error{ErrorCode::Unprocessable, receipt.rejections.front().message, {}};
}

Batch batchOf(ProjectId project, const std::vector<alerts::MadeSample> &samples)
{
    Batch batch;
    batch.project = project;
    for (const alerts::MadeSample &sample : samples) {
        const auto position = static_cast<uint32_t>(batch.series.size());
        const Batch::ItemIndex item = batch.itemCount++;
        batch.series.push_back({sample.labels.key(), sample.kind, false, item});
        batch.floats.push_back({position, sample.timestampMs, sample.value, item});
    }
    return batch;
}

} // namespace

QFuture<Status> AlertSeries::write(ProjectId project, std::vector<alerts::MadeSample> samples)
{
    if (samples.empty())
        return QtFuture::makeReadyFuture(Status());
    const auto promise = std::make_shared<QPromise<Status>>();
    promise->start();
    m_sink.submit(batchOf(project, samples), [promise](const CommitReceipt &receipt) {
        promise->addResult(statusOf(receipt));
        promise->finish();
    });
    return promise->future();
}

} // namespace plimsoll::app
