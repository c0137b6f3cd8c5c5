// Base64 (RFC 4648), as captured output comes when it is not UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace muster::cli {

// Nothing when `text` is none. Padding is asked for.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace muster::cli
