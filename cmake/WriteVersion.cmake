# Run at build time: writes OUTPUT from TEMPLATE with the version and the commit. The file changes only
# if the commit did. The commit is WEIR_COMMIT if that is given, else that of the Git tree in SOURCE,
# else unknown.
if(NOT WEIR_COMMIT)
  execute_process(COMMAND git --git-dir ${SOURCE}/.git rev-parse --short=12 HEAD
    OUTPUT_VARIABLE WEIR_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(failed OR NOT WEIR_COMMIT)
    set(WEIR_COMMIT unknown)
  endif()
endif()
configure_file(${TEMPLATE} ${OUTPUT} @ONLY)
