#include "app/CommandLine.h"

int main(int argc, char **argv) { return plimsoll::app::runCommandLine(argc, argv); }
