# Run at build time: `npm ci` in FOLDER after the lock file in SOURCE, unless that is what is installed
# there already. With TOOLS_OF_TESTS, what only the tests need as well. Build trees share FOLDER, so
# they take turns.
cmake_minimum_required(VERSION 3.25)
file(MAKE_DIRECTORY ${FOLDER})
file(LOCK ${FOLDER}/lock TIMEOUT 600)
file(SHA256 ${SOURCE}/package-lock.json wanted)
set(record ${FOLDER}/installed)
set(found "")
if(EXISTS ${record})
  file(READ ${record} found)
endif()
# All includes what the bundle needs.
if(NOT found STREQUAL "${wanted} all" AND (TOOLS_OF_TESTS OR NOT found STREQUAL "${wanted} bundle"))
  set(omit --omit=dev)
  set(extent bundle)
  if(TOOLS_OF_TESTS)
    set(omit "")
    set(extent all)
  endif()
  file(REMOVE ${record})
  file(COPY ${SOURCE}/package.json ${SOURCE}/package-lock.json DESTINATION ${FOLDER})
  execute_process(COMMAND ${NPM} ci --no-audit --no-fund --ignore-scripts ${omit}
    WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE failed OUTPUT_VARIABLE messages
    ERROR_VARIABLE messages)
  if(failed)
    message(FATAL_ERROR "npm could not install what the dashboard is built with; it needs the "
      "npm registry, or a filled cache:\n${messages}")
  endif()
  file(WRITE ${record} "${wanted} ${extent}")
endif()
file(WRITE ${STAMP} "${wanted}\n")
