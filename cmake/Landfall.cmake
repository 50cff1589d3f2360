# landfall_library(NAME [LINK libs…] [PRIVATE_LINK libs…])
#   One static library `NAME` from every .cpp of this folder, split by suffix (see docs/HACKING.md):
#   *_test *_prop *_nth_test -> one GoogleTest program `NAME_test`; *_fuzz -> a libFuzzer program each (preset `fuzz`);
#   *_bench -> a Google Benchmark program each; the rest -> the library.
include(GoogleTest)

add_library(landfall_flags INTERFACE)
target_compile_features(landfall_flags INTERFACE cxx_std_20)
target_include_directories(landfall_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
target_compile_options(landfall_flags INTERFACE -Wall -Wextra -Wconversion -Wshadow -Werror
  -fno-rtti -fstack-protector-strong $<$<CXX_COMPILER_ID:Clang>:-Wno-gnu-statement-expression -Wthread-safety
  -Wno-missing-field-initializers>
  # g++ 12 sees overflows in std::string and std::variant at -O2 that are not there (GCC PR 105651, 105562, 105593);
  # clang and the sanitizers look for the real ones.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-missing-field-initializers -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow
  -Wno-stringop-overread -Wno-maybe-uninitialized>)
if(LANDFALL_SANITIZE)
  target_compile_options(landfall_flags INTERFACE -fsanitize=${LANDFALL_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  target_link_options(landfall_flags INTERFACE -fsanitize=${LANDFALL_SANITIZE})
endif()

function(landfall_program NAME)
  cmake_parse_arguments(A "" "OUTPUT" "SOURCES;LINK" ${ARGN})
  add_executable(${NAME} ${A_SOURCES})
  target_link_libraries(${NAME} PRIVATE landfall_flags ${A_LINK})
  landfall_precompile(${NAME})
  if(A_OUTPUT)
    set_target_properties(${NAME} PROPERTIES OUTPUT_NAME ${A_OUTPUT}
      RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  endif()
endfunction()

function(landfall_precompile NAME)
  if(LANDFALL_PCH)
    target_precompile_headers(${NAME} PRIVATE <algorithm> <chrono> <functional> <map> <memory> <mutex> <optional>
      <span> <string> <string_view> <unordered_map> <variant> <vector>)
  endif()
endfunction()

function(landfall_library NAME)
  cmake_parse_arguments(A "" "" "LINK;PRIVATE_LINK;TEST_LINK;EXCLUDE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  foreach(excluded ${A_EXCLUDE})
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${excluded})
  endforeach()
  set(tests ${sources})
  set(fuzzers ${sources})
  set(benches ${sources})
  list(FILTER tests INCLUDE REGEX "_(test|prop)\\.cpp$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cpp$")
  list(FILTER benches INCLUDE REGEX "_bench\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_(test|prop|fuzz|bench)\\.cpp$")
  if(sources)
    add_library(${NAME} STATIC ${sources})
    target_link_libraries(${NAME} PUBLIC landfall_flags ${A_LINK} PRIVATE ${A_PRIVATE_LINK})
    landfall_precompile(${NAME})
  else()
    add_library(${NAME} INTERFACE)
    target_link_libraries(${NAME} INTERFACE landfall_flags ${A_LINK})
  endif()
  if(tests AND LANDFALL_TESTS)
    add_executable(${NAME}_test ${tests})
    target_link_libraries(${NAME}_test PRIVATE ${NAME} ${A_PRIVATE_LINK} ${A_TEST_LINK} GTest::gtest GTest::gmock
      GTest::gtest_main)
    if(LANDFALL_PCH)
      target_precompile_headers(${NAME}_test PRIVATE <gtest/gtest.h> <memory> <string> <vector>)
    endif()
    # One ctest entry a program: a process a claim would cost more than the claims.
    add_test(NAME ${NAME} COMMAND ${NAME}_test --gtest_brief=1)
    set_tests_properties(${NAME} PROPERTIES LABELS unit TIMEOUT 600)
  endif()
  if(LANDFALL_FUZZ)
    foreach(fuzzer ${fuzzers})
      get_filename_component(program ${fuzzer} NAME_WE)
      add_executable(${program} ${fuzzer})
      target_link_libraries(${program} PRIVATE ${NAME} ${A_PRIVATE_LINK})
      target_link_options(${program} PRIVATE -fsanitize=fuzzer)
      set_property(GLOBAL APPEND PROPERTY LANDFALL_FUZZERS ${program})
    endforeach()
  endif()
  if(LANDFALL_BENCH)
    foreach(bench ${benches})
      get_filename_component(program ${bench} NAME_WE)
      add_executable(${program} ${bench})
      target_link_libraries(${program} PRIVATE ${NAME} ${A_PRIVATE_LINK} benchmark::benchmark)
      set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
    endforeach()
  endif()
endfunction()
