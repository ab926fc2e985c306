# weir_dashboard(target): bundles src/dashboard/ with esbuild and gives the target a source with the
# files. What npm installs is shared by all build trees of a checkout.
find_program(NODE node REQUIRED)
find_program(NPM npm REQUIRED)
set(WEIR_NPM_DIR ${PROJECT_SOURCE_DIR}/build/npm CACHE PATH "Where npm installs what the dashboard is built with")

function(weir_dashboard target)
  set(folder ${PROJECT_SOURCE_DIR}/src/dashboard)
  set(installed ${PROJECT_BINARY_DIR}/generated/npm.stamp)
  add_custom_command(OUTPUT ${installed}
    COMMAND ${CMAKE_COMMAND} -DNPM=${NPM} -DSOURCE=${folder} -DFOLDER=${WEIR_NPM_DIR}
      -DSTAMP=${installed} -DTOOLS_OF_TESTS=${WEIR_TESTS}
      -P ${PROJECT_SOURCE_DIR}/cmake/InstallNpm.cmake
    DEPENDS ${folder}/package.json ${folder}/package-lock.json
      ${PROJECT_SOURCE_DIR}/cmake/InstallNpm.cmake
    COMMENT "Installing what the dashboard is built with" VERBATIM)
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.ts ${folder}/*.css ${folder}/*.html ${folder}/*.svg)
  set(output ${PROJECT_BINARY_DIR}/generated/dashboard_assets.cpp)
  add_custom_command(OUTPUT ${output}
    COMMAND ${NODE} ${folder}/build.mjs ${WEIR_NPM_DIR}/node_modules ${output}
    DEPENDS ${installed} ${folder}/build.mjs ${sources}
    COMMENT "Bundling the dashboard" VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
