// ByteWriter and ByteReader: the one way numbers and strings become bytes on disk. Fixed words are
// little-endian (be* big-endian, for keys that sort by number), varints LEB128, strings a varint
// length and the bytes. A reader never fails loudly on what a disk gave it: it turns bad, returns
// zeros and empty views from then on, and ok() says so at the end.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace muster {

// Appends to a string that the caller owns.
class ByteWriter {
 public:
  explicit ByteWriter(std::string* out) : out_(out) {}

  void u8(uint8_t value) { out_->push_back(static_cast<char>(value)); }
  void u32(uint32_t value) { raw(&value, sizeof value); }
  void u64(uint64_t value) { raw(&value, sizeof value); }
  void varint(uint64_t value) {
    char bytes[10];
    size_t size = 0;
    for (; value >= 0x80; value >>= 7) bytes[size++] = static_cast<char>(value | 0x80);
    bytes[size++] = static_cast<char>(value);
    out_->append(bytes, size);
  }
  // Signed numbers, small magnitudes of either sign short (zigzag).
  void svarint(int64_t value) {
    varint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
  }
  void bytes(std::string_view value) {
    varint(value.size());
    out_->append(value);
  }
  void be32(uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) u8(static_cast<uint8_t>(value >> shift));
  }
  void be64(uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) u8(static_cast<uint8_t>(value >> shift));
  }

 private:
  void raw(const void* data, size_t size) { out_->append(static_cast<const char*>(data), size); }
  std::string* out_;
};

// Reads a view that must outlive the reader and every view it returned.
class ByteReader {
 public:
  explicit ByteReader(std::string_view in) : in_(in) {}

  bool ok() const { return ok_; }
  bool done() const { return ok_ && in_.empty(); }
  std::string_view rest() const { return in_; }

  uint8_t u8() { return word<uint8_t>(); }
  uint32_t u32() { return word<uint32_t>(); }
  uint64_t u64() { return word<uint64_t>(); }
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = u8();
      if (shift == 63 && byte > 1) break;
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    ok_ = false;
    return 0;
  }
  int64_t svarint() {
    const uint64_t value = varint();
    return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  std::string_view bytes() { return take(varint()); }
  std::string_view take(uint64_t size) {
    if (!ok_ || size > in_.size()) {
      ok_ = false;
      in_ = {};
      return {};
    }
    const std::string_view head = in_.substr(0, size);
    in_.remove_prefix(size);
    return head;
  }
  uint32_t be32() { return static_cast<uint32_t>(big_endian(4)); }
  uint64_t be64() { return big_endian(8); }

 private:
  template <class T>
  T word() {
    T value = 0;
    const std::string_view head = take(sizeof(T));
    if (head.size() == sizeof(T)) std::memcpy(&value, head.data(), sizeof(T));
    return value;
  }
  uint64_t big_endian(int size) {
    uint64_t value = 0;
    for (char byte : take(static_cast<uint64_t>(size))) {
      value = value << 8 | static_cast<uint8_t>(byte);
    }
    return value;
  }
  std::string_view in_;
  bool ok_ = true;
};

}  // namespace muster
