#include "alerts/ResourceBook.h"

namespace plimsoll::alerts {

namespace {

Error impossible() { return {ErrorCode::Unsupported, "This cannot be done through the API.", {}}; }

} // namespace

ResourceBook::Answer ResourceBook::list(Listing) const { return impossible(); }

ResourceBook::Answer ResourceBook::read(std::string) const { return impossible(); }

QCoro::Task<ResourceBook::Answer> ResourceBook::create(QJsonObject) { co_return impossible(); }

QCoro::Task<ResourceBook::Answer> ResourceBook::replace(std::string, QJsonObject) { co_return impossible(); }

QCoro::Task<ResourceBook::Answer> ResourceBook::patch(std::string, QJsonObject) { co_return impossible(); }

QCoro::Task<Status> ResourceBook::remove(std::string) { co_return impossible(); }

QCoro::Task<ResourceBook::Answer> ResourceBook::act(std::string, Action) { co_return impossible(); }

} // namespace plimsoll::alerts
