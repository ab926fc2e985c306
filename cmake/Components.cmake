# weir_components(deps...): the library of all src/components/<area>/<name>.cpp, with the list that
# Registry::builtin() reads. A file that starts with "_" is shared by components of its area;
# <area>/_resource.cpp describes the type of resource <area>.
function(weir_components)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/components/*/*.cpp)
  set(declarations "")
  set(additions "")
  foreach(source IN LISTS sources)
    get_filename_component(name ${source} NAME_WE)
    get_filename_component(folder ${source} DIRECTORY)
    get_filename_component(area ${folder} NAME)
    if(name STREQUAL "_resource")
      string(APPEND declarations "const ResourceSpec& ${area}_resource();\n")
      string(APPEND additions "    registry.add(components::${area}_resource());\n")
    elseif(NOT name MATCHES "^_")
      string(APPEND declarations "const ComponentSpec& ${area}_${name}();\n")
      string(APPEND additions "    registry.add(components::${area}_${name}());\n")
    endif()
  endforeach()
  set(generated ${PROJECT_BINARY_DIR}/generated/builtin_registry.cpp)
  file(CONFIGURE OUTPUT ${generated} CONTENT
"#include \"weir/registry.hpp\"

namespace weir::components {
${declarations}}

namespace weir {
const Registry& Registry::builtin() {
  static const Registry instance = [] {
    Registry registry;
${additions}    return registry;
  }();
  return instance;
}
}
" @ONLY)
  add_library(weir_components STATIC ${sources} ${generated})
  target_include_directories(weir_components PUBLIC ${PROJECT_SOURCE_DIR}/include)
  target_include_directories(weir_components PRIVATE ${PROJECT_SOURCE_DIR}/src/components)
  foreach(dep IN LISTS ARGN)
    if(TARGET weir_${dep})
      target_link_libraries(weir_components PRIVATE weir_${dep})
    else()
      target_link_libraries(weir_components PRIVATE ${dep})
    endif()
  endforeach()
endfunction()
