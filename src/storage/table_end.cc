#include "storage/table_end.h"

#include <fmt/core.h>

#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "storage/crc32c.h"

namespace muster::storage {
namespace {

constexpr uint64_t kFooterBytes = 53;
constexpr uint64_t kHandlesBytes = 40;  // of the footer: two handles, then zeros
constexpr uint64_t kTrailerBytes = 5;   // behind a block: kind of compression, checksum
constexpr uint8_t kChecksumCrc32c = 1;  // what rocks_store asks for
constexpr uint32_t kFormatVersion = 5;  // likewise
constexpr uint64_t kMagic = 0x88e241b785f4cff7;
constexpr std::string_view kProperties = "rocksdb.properties";

// Where a block lies, its trailer not counted.
struct Handle {
  uint64_t offset = 0;
  uint64_t size = 0;

  bool fits_below(uint64_t end) const {
    return end >= kTrailerBytes && size <= end - kTrailerBytes &&
           offset <= end - kTrailerBytes - size;
  }
};

struct Footer {
  Handle metaindex;
  Handle index;
};

StorageError damaged(std::string_view what, uint64_t offset) {
  return {StorageErrorKind::kCorrupt, fmt::format("{} at offset {}", what, offset)};
}

Handle read_handle(ByteReader& reader) {
  Handle handle;
  handle.offset = reader.varint();
  handle.size = reader.varint();
  return handle;
}

// The one footer that a table of ours with these blocks can have.
std::string footer_bytes(const Footer& footer) {
  std::string bytes;
  ByteWriter writer(&bytes);
  writer.u8(kChecksumCrc32c);
  for (const Handle& handle : {footer.metaindex, footer.index}) {
    writer.varint(handle.offset);
    writer.varint(handle.size);
  }
  bytes.resize(1 + kHandlesBytes);
  writer.u32(kFormatVersion);
  writer.u64(kMagic);
  return bytes;
}

// Nothing in the footer is free: whatever the handles do not say is constant, the metaindex ends
// where the footer begins, and at the index's place its checksum must match.
StorageResult<Footer> read_footer(uint64_t size, const ReadTable& read) {
  if (size < kFooterBytes) return damaged("the file is too short for a footer", size);
  const uint64_t begin = size - kFooterBytes;
  const StorageResult<std::string> bytes = read(begin, kFooterBytes);
  if (!bytes) return bytes.error();
  ByteReader reader(std::string_view(*bytes).substr(1, kHandlesBytes));
  Footer footer;
  footer.metaindex = read_handle(reader);
  footer.index = read_handle(reader);
  if (!reader.ok() || footer_bytes(footer) != *bytes) return damaged("the footer is wrong", begin);
  if (!footer.metaindex.fits_below(begin) ||
      footer.metaindex.offset + footer.metaindex.size + kTrailerBytes != begin) {
    return damaged("the footer's place of the metaindex is wrong", begin);
  }
  if (footer.index.size == 0 || !footer.index.fits_below(footer.metaindex.offset)) {
    return damaged("the footer's place of the index is wrong", begin);
  }
  return footer;
}

// RocksDB stores checksums so that one over bytes which contain one is no weaker.
uint32_t masked(uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8U; }

// A block as it lies there, compressed or not, its checksum compared.
StorageResult<std::string> read_block(const Handle& handle, std::string_view name,
                                      const ReadTable& read) {
  StorageResult<std::string> bytes = read(handle.offset, handle.size + kTrailerBytes);
  if (!bytes) return bytes.error();
  const std::string_view checked = std::string_view(*bytes).substr(0, handle.size + 1);
  ByteReader stored(std::string_view(*bytes).substr(checked.size()));
  if (stored.u32() != masked(crc32c(checked))) {
    return damaged(fmt::format("the checksum of the {} does not match", name), handle.offset);
  }
  bytes->resize(handle.size);
  return bytes;
}

// A metaindex: per block its name and handle, then offsets for a binary search (4 bytes each, and
// their number). Names are written whole, none shares a prefix with the one before.
std::optional<Handle> find_properties(std::string_view metaindex) {
  if (metaindex.size() < 4) return std::nullopt;
  const uint64_t restarts =
      4 + 4 * uint64_t{ByteReader(metaindex.substr(metaindex.size() - 4)).u32()};
  if (restarts > metaindex.size()) return std::nullopt;
  ByteReader reader(metaindex.substr(0, metaindex.size() - restarts));
  while (reader.ok() && !reader.done()) {
    const uint64_t shared = reader.varint();
    const uint64_t name_size = reader.varint();
    const uint64_t value_size = reader.varint();
    const std::string_view name = reader.take(name_size);
    ByteReader value(reader.take(value_size));
    const Handle handle = read_handle(value);
    if (shared != 0 || !reader.ok()) break;
    if (name == kProperties && value.done()) return handle;
  }
  return std::nullopt;
}

}  // namespace

StorageResult<Unit> check_table_end(uint64_t size, const ReadTable& read) {
  const StorageResult<Footer> footer = read_footer(size, read);
  if (!footer) return footer.error();
  const Handle& place = footer->metaindex;
  const StorageResult<std::string> metaindex = read_block(place, "metaindex", read);
  if (!metaindex) return metaindex.error();
  const std::optional<Handle> properties = find_properties(*metaindex);
  if (!properties || !properties->fits_below(place.offset)) {
    return damaged("the metaindex names no properties", place.offset);
  }
  const StorageResult<std::string> values = read_block(*properties, "properties", read);
  if (!values) return values.error();
  const StorageResult<std::string> index = read_block(footer->index, "index", read);
  if (!index) return index.error();
  return Unit();
}

}  // namespace muster::storage
