#pragma once

#include "alerts/AlertService.h"
#include "alerts/ResourceBook.h"
#include "alerts/prometheus/RuleFolder.h"

namespace plimsoll::alerts {

/// The resource `rules`, with the actions "import", "export" and "files".
class RuleResources final : public ResourceBook
{
public:
    RuleResources(AlertService &service, const prometheus::RuleFolder &folder)
        : m_service(service)
        , m_folder(folder)
    {
    }

    Answer list(Listing listing) const override
    {
        return m_service.listRules(listing.page, listing.filter("active") == "true");
    }
    Answer read(std::string id) const override { return m_service.rule(id); }
    QCoro::Task<Answer> create(QJsonObject definition) override { return m_service.createRule(definition); }
    QCoro::Task<Answer> replace(std::string id, QJsonObject definition) override
    {
        return m_service.replaceRule(id, definition);
    }
    QCoro::Task<Answer> patch(std::string id, QJsonObject patch) override
    {
        return m_service.patchRule(id, patch);
    }
    QCoro::Task<Status> remove(std::string id) override { return m_service.removeRule(id); }
    QCoro::Task<Answer> act(std::string id, Action action) override
    {
        if (action.name == "export")
            co_return prometheus::exportRules(m_service);
        if (action.name == "files")
            co_return m_folder.report();
        if (action.name != "import") {
            auto other = ResourceBook::act(id, action);
            co_return co_await other;
        }
        QJsonObject asked = action.body;
        for (const auto &[name, text] : action.arguments)
            asked.insert(QString::fromStdString(name), QString::fromStdString(text));
        auto importing = prometheus::importRules(m_service, asked);
        co_return co_await importing;
    }

private:
    AlertService &m_service;
    const prometheus::RuleFolder &m_folder;
};

} // namespace plimsoll::alerts
