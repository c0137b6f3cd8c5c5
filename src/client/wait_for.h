// The one place where the client library blocks: poll on a socket and a Waker until a deadline.
#pragma once

#include "muster/failure.h"
#include "muster/waker.h"

namespace muster::client {

enum class Ready { kSocket, kWoken, kTimeout };

// Waits until `socket` (or -1: none) has one of `events` (POLLIN, POLLOUT, errors count), `waker`
// (or null) is woken, or `deadline` has passed. The socket wins when both are so. `happened`, if
// given, receives the socket's events.
Ready wait_for(int socket, short events, const Waker* waker, Deadline deadline,
               short* happened = nullptr);

}  // namespace muster::client
