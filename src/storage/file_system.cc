#include "storage/file_system.h"

#include <algorithm>

#include "base/mutant.h"
#include "model/limits.h"

namespace muster::storage {

StorageResult<Unit> write_all(File& file, uint64_t offset, std::string_view bytes,
                              uint64_t* written) {
  uint64_t done = 0;
  while (done < bytes.size()) {
    const StorageResult<size_t> wrote = file.write(offset + done, bytes.substr(done));
    if (wrote.ok()) {
      CHECK(*wrote > 0 && *wrote <= bytes.size() - done, "wrote {} of {}", *wrote,
            bytes.size() - done);
      done = MUSTER_MUTANT(short_write_taken_for_whole) ? bytes.size() : done + *wrote;
    }
    if (written != nullptr) *written = done;
    if (!wrote.ok()) return wrote.error();
  }
  return Unit{};
}

StorageResult<Unit> write_zeros(File& file, uint64_t size) {
  const std::string zeros(std::min<uint64_t>(size, limits::kMiB), '\0');
  for (uint64_t at = 0; at < size; at += zeros.size()) {
    const uint64_t part = std::min<uint64_t>(zeros.size(), size - at);
    const StorageResult<Unit> wrote = write_all(file, at, std::string_view(zeros).substr(0, part));
    if (!wrote.ok()) return wrote.error();
  }
  return Unit{};
}

std::string parent_directory(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace muster::storage
