# The standard library's headers cost five seconds in every file on a small machine; precompiled once, half of it.
# Third-party libraries are not in here, so that a room still has to include what it uses.
set(CAI_STANDARD_HEADERS <algorithm> <array> <chrono> <filesystem> <functional> <map> <memory> <optional> <set> <span>
    <string> <string_view> <utility> <variant> <vector>)

add_library(cai_precompiled OBJECT ${CMAKE_SOURCE_DIR}/cmake/precompiled.cpp)
target_link_libraries(cai_precompiled PRIVATE cai_settings)
target_precompile_headers(cai_precompiled PRIVATE ${CAI_STANDARD_HEADERS} <fmt/format.h>)
