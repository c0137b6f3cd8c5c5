// CRC-32C (Castagnoli, RFC 3720): the checksum of everything the journal writes. Finds every damage
// of up to 32 bits in a row. By the processor's instruction where there is one, by table elsewhere.
#pragma once

#include <cstdint>
#include <string_view>

namespace muster::storage {

// Checksum of `bytes`; with `before`, of them behind the bytes that `before` is the checksum of.
uint32_t crc32c(std::string_view bytes, uint32_t before = 0);

// The two ways, for the test that holds them equal.
namespace crc32c_internal {
uint32_t by_table(std::string_view bytes, uint32_t before);
bool has_instruction();
uint32_t by_instruction(std::string_view bytes, uint32_t before);  // only with has_instruction()
}  // namespace crc32c_internal

}  // namespace muster::storage
