#include "worker/worker.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <random>

#include "worker/runtime.h"

namespace muster::worker {
namespace {

constexpr int kFailedExit = 1;

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

// Unlike a pid, no two processes ever share it.
std::string random_instance() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", device(), device(), device(), device());
}

WorkerName name_of(const WorkerConfig& config) {
  WorkerName worker;
  worker.host = host_name();
  worker.pid = static_cast<uint64_t>(::getpid());
  worker.id = config.id.empty() ? fmt::format("{}-{}", worker.host, worker.pid) : config.id;
  worker.instance = random_instance();
  worker.queues = config.queues;
  worker.concurrency = config.concurrency;
  return worker;
}

// One descriptor per job; jobs themselves get the limit the worker came with (the spawner has it).
void raise_descriptor_limit() {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int run_worker(const WorkerConfig& config) {
  const WorkerName worker = name_of(config);
  const Progress progress(worker.id);
  RunLog log;
  if (!config.log_path.empty()) {
    auto opened = RunLog::open(config.log_path);
    if (!opened) {
      progress.note(opened.error().message);
      return kFailedExit;
    }
    log = std::move(*opened);
  }
  auto spawner = Spawner::start();
  if (!spawner) {
    progress.note("cannot start the spawner: " + spawner.error().message);
    return kFailedExit;
  }
  raise_descriptor_limit();
  progress.note(fmt::format("worker of {} with {} slots, pid {}", config.server.text(),
                            worker.concurrency, worker.pid));
  const int code = Runtime(config, worker, &*spawner, std::move(log)).run();
  progress.note(fmt::format("ends with exit code {}", code));
  return code;
}

}  // namespace muster::worker
