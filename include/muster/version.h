// The version of the client library and of the whole project.
#pragma once

namespace muster::client {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace muster::client
