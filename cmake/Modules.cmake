# Headers that nearly every source of the target reads, the large ones of the libraries that it is
# linked with among them, are compiled once; small modules without such libraries do not need it.
function(weir_precompile target)
  set(headers <algorithm> <chrono> <functional> <memory> <optional> <string> <string_view> <vector>)
  get_target_property(libraries ${target} LINK_LIBRARIES)
  if(NOT "fmt::fmt" IN_LIST libraries)
    return()
  endif()
  list(APPEND headers <fmt/format.h>)
  if("nlohmann_json::nlohmann_json" IN_LIST libraries)
    list(APPEND headers <nlohmann/json.hpp>)
  endif()
  target_precompile_headers(${target} PRIVATE ${headers})
endfunction()

# weir_module(name deps...): the static library weir_<name> of all sources in src/<name>. A dependency
# that is another module is named without its prefix.
function(weir_module name)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  add_library(weir_${name} STATIC ${sources})
  set_target_properties(weir_${name} PROPERTIES LINKER_LANGUAGE CXX)
  target_include_directories(weir_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include
    ${PROJECT_SOURCE_DIR}/src)
  foreach(dep IN LISTS ARGN)
    if(TARGET weir_${dep})
      target_link_libraries(weir_${name} PUBLIC weir_${dep})
    else()
      target_link_libraries(weir_${name} PUBLIC ${dep})
    endif()
  endforeach()
  weir_precompile(weir_${name})
endfunction()
