// The FileSystem of the machine: one system call per call (pread and pwrite go on after EINTR).
// Files are private to their owner (0600, directories 0700) and closed on exec.
#pragma once

#include <memory>

#include "storage/file_system.h"

namespace muster::storage {

std::unique_ptr<FileSystem> make_posix_file_system();

}  // namespace muster::storage
