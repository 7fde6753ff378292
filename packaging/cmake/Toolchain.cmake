# Compiler settings that every target shares: warnings as errors, sanitizers, ccache and mold where present.

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1
      "CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime" ${CCACHE_PROGRAM})
endif()

find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM AND NOT PLIMSOLL_SANITIZE)
  add_link_options(-fuse-ld=mold)
endif()

# -fpch-preprocess lets ccache see through a precompiled header; the other flags are the ones that Qt and QCoro would add to
# some targets only, which would spoil the shared header for the rest.
add_compile_options(-Wall -Wextra -Werror -fpch-preprocess -fPIC -pthread -fcoroutines)
add_compile_definitions(QT_NO_KEYWORDS QT_NO_CAST_TO_ASCII QT_NO_FOREACH)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 reports string concatenation as overflowing when it is inlined (GCC bugs 105329, 105651).
  add_compile_options(-Wno-stringop-overflow -Wno-restrict -Wno-array-bounds)
endif()

if(PLIMSOLL_SANITIZE)
  add_compile_options(-fsanitize=${PLIMSOLL_SANITIZE} -fno-omit-frame-pointer -g1)
  # g++ 12 reports false positives of these two under sanitizers.
  add_compile_options(-Wno-maybe-uninitialized -Wno-tsan)
  if(PLIMSOLL_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
  add_link_options(-fsanitize=${PLIMSOLL_SANITIZE})
else()
  add_link_options(-Wl,--as-needed)
endif()
