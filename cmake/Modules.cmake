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
endfunction()
