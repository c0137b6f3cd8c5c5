// One file descriptor as a message over a Unix socket that keeps message borders.
#pragma once

#include "worker/unique_fd.h"

namespace muster::worker {

bool send_fd(int socket, int fd);

// Blocks. An empty descriptor: the other end is closed.
UniqueFd receive_fd(int socket);

}  // namespace muster::worker
