# A room is one static library of all sources below its folder. Rooms include each other by path from the root,
# and what a room may include is checked by tests/lint.

# plimsoll_room(NAME LINKS lib... WITHOUT folder...): builds plimsoll_NAME from the folder that calls it, without those
# of its folders that are libraries of their own.
function(plimsoll_room NAME)
  cmake_parse_arguments(ROOM "" "" "LINKS;PUBLIC_LINKS;WITHOUT" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp" "${CMAKE_CURRENT_SOURCE_DIR}/*.h")
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  foreach(folder IN LISTS ROOM_WITHOUT)
    list(FILTER sources EXCLUDE REGEX "^${CMAKE_CURRENT_SOURCE_DIR}/${folder}/")
  endforeach()
  add_library(plimsoll_${NAME} STATIC ${sources} "${CMAKE_BINARY_DIR}/pch/empty.cpp")
  target_include_directories(plimsoll_${NAME} PUBLIC "${CMAKE_SOURCE_DIR}")
  target_link_libraries(plimsoll_${NAME} PUBLIC Qt6::Core ${ROOM_PUBLIC_LINKS} PRIVATE ${ROOM_LINKS})
  plimsoll_precompile(plimsoll_${NAME})
endfunction()

# An empty source keeps a room of headers only a library.
file(WRITE "${CMAKE_BINARY_DIR}/pch/empty.cpp" "\n")

# One precompiled header of standard and Qt Core headers is built once and shared by all targets.
add_library(plimsoll_pch OBJECT "${CMAKE_BINARY_DIR}/pch/empty.cpp")
set_target_properties(plimsoll_pch PROPERTIES AUTOMOC OFF)
target_link_libraries(plimsoll_pch PRIVATE Qt6::Core Qt6::Network)
set(PLIMSOLL_PRECOMPILED
  <algorithm> <array> <atomic> <charconv> <chrono> <cmath> <cstdint> <cstring> <functional> <map> <memory> <mutex>
  <optional> <span> <string> <string_view> <unordered_map> <utility> <variant> <vector>
  <QByteArray> <QHash> <QJsonArray> <QJsonDocument> <QJsonObject> <QObject> <QPointer> <QString> <QThread> <QTimer>)
target_precompile_headers(plimsoll_pch PRIVATE ${PLIMSOLL_PRECOMPILED})

function(plimsoll_precompile TARGET)
  target_link_libraries(${TARGET} PRIVATE Qt6::Network)
  target_precompile_headers(${TARGET} REUSE_FROM plimsoll_pch)
endfunction()
