// The supervisor of one job: a process of one thread between the worker and the command. It is a
// child subreaper, so that whatever the command starts stays below it; it captures both streams,
// and sees to it that nothing of the tree is left when it reports, or when the worker is gone.
#pragma once

#include "worker/unique_fd.h"

namespace muster::worker {

// Exit codes of a supervisor; anything else means that it was killed.
inline constexpr int kTreeEnded = 0;
inline constexpr int kTreeSurvives = 1;  // something below it could not be killed

// Reads the ExecSpec from `socket`, runs it and reports. Called in a freshly forked process with
// nothing else open; never returns.
[[noreturn]] void supervise(UniqueFd socket);

}  // namespace muster::worker
