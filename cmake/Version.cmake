# weir_version(target): gives the target a source with the version and the commit. The commit is looked
# up at every build, so that --version is never stale; where there is no Git tree (a container build)
# pass it as -DWEIR_COMMIT=... .
set(WEIR_COMMIT "" CACHE STRING "The commit that is built; empty: ask Git")

function(weir_version target)
  set(output ${PROJECT_BINARY_DIR}/generated/version.cpp)
  add_custom_target(weir_version_source
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DOUTPUT=${output}
      -DTEMPLATE=${PROJECT_SOURCE_DIR}/src/cli/version.cpp.in
      -DWEIR_VERSION=${PROJECT_VERSION} -DWEIR_COMMIT=${WEIR_COMMIT}
      -P ${PROJECT_SOURCE_DIR}/cmake/WriteVersion.cmake
    BYPRODUCTS ${output})
  add_dependencies(${target} weir_version_source)
  target_sources(${target} PRIVATE ${output})
endfunction()
