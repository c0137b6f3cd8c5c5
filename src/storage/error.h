// What can go wrong below the engine.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace muster::storage {

enum class StorageErrorKind : uint8_t {
  kIo,       // the system refused; errno's text in the message
  kNoSpace,  // ENOSPC: nothing was changed, may work later
  kCorrupt,  // bytes are not what was written; named and refused, never skipped
  kInUse,    // another process holds the directory
  kVersion,  // written by a newer program
};

struct StorageError {
  StorageErrorKind kind = StorageErrorKind::kIo;
  std::string message;  // names the file, and the offset where there is one
};

template <class T>
using StorageResult = Expected<T, StorageError>;

}  // namespace muster::storage
