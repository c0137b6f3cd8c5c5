// Jobs from a stream, one JSON object per line, to the server in batches.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/remote.h"

namespace muster::cli {

struct StreamSource {
  // The next bytes, at least one; empty at the end. Blocks.
  std::function<std::string()> read;
  // Whether read() would give something without blocking: if not, what has come is sent at once.
  std::function<bool()> ready;

  static StreamSource stdin_of_process();
};

// Submits every line; the id of each accepted job goes to stdout, in order, each refused line to
// stderr with its number. The exit code: that of the first refused line, or 0.
int submit_stream(Terminal& terminal, const Remote& remote, const StreamSource& source);

// One id, or with JSON {"job_id":…,"duplicate":…}.
void print_submitted(Terminal& terminal, Format format, const client::Submitted& submitted);

}  // namespace muster::cli
