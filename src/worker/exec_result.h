// How a command's end becomes the result and the error that the server keeps. Pure.
//
//   {"exit_code":0,"signal":null,"duration_ms":12,"max_rss_bytes":1234,
//    "stdout":{"head":"…","tail":"…","dropped_bytes":0,"encoding":"utf8","bytes":N},"stderr":{…}}
//
// A stream that is no UTF-8 is base64, head and tail each. `bytes` is what the command wrote, of
// which `dropped_bytes` between head and tail are not there.
#pragma once

#include <string>

#include "worker/job_end.h"
#include "worker/supervision.h"

namespace muster::worker {

// Never longer than limits::kResultBytes, whatever escapes blow up: then less is kept of the
// streams.
std::string result_json(ExecReport report);

// A completion when the command exited with 0; otherwise a failure of class `spawn`, `exit` or
// `signal` and a message with the last line of stderr.
JobEnd end_of_command(AttemptName name, const std::string& program, ExecReport report);

}  // namespace muster::worker
