#include "ui/web/WebPage.h"

#include <QDir>
#include <QtGlobal>

// Q_INIT_RESOURCE declares a function, which has to be outside of any namespace.
static void initResource() { Q_INIT_RESOURCE(web); }

namespace plimsoll {

void initWebPage() { initResource(); }

} // namespace plimsoll
