// muster_bench: measures a queue server of its own, from outside. One JSON line per figure on
// stdout, a table for people on stderr. Questions and method: docs/benchmarks.md.
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/disk.h"
#include "bench/lifecycle.h"

namespace muster::bench {
namespace {

struct Options {
  std::string binary;
  std::string directory = ".";
  std::string only;  // part of a question's name
  int runs = 3;
  bool quick = false;
};

constexpr const char* kUsage =
    "usage: muster_bench --binary PATH [--directory DIR] [--only NAME] [--runs N] [--quick]\n"
    "  --binary     the muster program to measure\n"
    "  --directory  where data is written; decides which disk is measured (default: here)\n"
    "  --only       only questions whose name contains NAME\n"
    "  --runs       runs of each; the median is quoted (default 3)\n"
    "  --quick      a tenth of the jobs, one run\n";

struct Question {
  Shape shape;
  std::string durability;
};

std::vector<Question> questions(bool quick) {
  const uint64_t scale = quick ? 10 : 1;
  std::vector<Question> all;
  for (const char* durability : {"sync", "async", "memory"}) {
    Shape batched{"lifecycle_batch_100", 2'400'000 / scale, 100, 4, 4, 2, false, 100, 20'000};
    Shape single{"lifecycle_one_by_one", 120'000 / scale, 1, 32, 32, 1, false, 100, 2'000};
    Shape next{"lifecycle_ack_and_next", 120'000 / scale, 1, 32, 32, 1, true, 100, 2'000};
    for (const Shape& shape : {batched, single, next}) all.push_back({shape, durability});
  }
  return all;
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag == "--quick") {
      options.quick = true;
      options.runs = 1;
      continue;
    }
    if (flag == "--help" || i + 1 == argc) throw std::invalid_argument(flag);
    const std::string value = argv[++i];
    if (flag == "--binary") {
      options.binary = value;
    } else if (flag == "--directory") {
      options.directory = value;
    } else if (flag == "--only") {
      options.only = value;
    } else if (flag == "--runs") {
      options.runs = std::max(1, std::stoi(value));
    } else {
      throw std::invalid_argument(flag);
    }
  }
  if (options.binary.empty()) throw std::invalid_argument("--binary");
  return options;
}

std::string machine() {
  utsname name{};
  ::uname(&name);
  std::string cpu = "unknown processor";
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    cpu = line.substr(line.find(": ") + 2);
    break;
  }
  return cpu + ", " + std::to_string(::sysconf(_SC_NPROCESSORS_ONLN)) + " cores, Linux " +
         name.release;
}

bool has_strace() { return std::system("strace -V >/dev/null 2>&1") == 0; }

// One run; the fdatasync calls are zero where they were not counted.
struct Run {
  Measured measured;
  uint64_t syncs = 0;
};

Run run_once(const Options& options, const Question& question, bool count_syncs) {
  ServerProcess server({options.binary, question.durability, options.directory, count_syncs});
  Run run;
  run.measured = run_lifecycle(server, question.shape);
  run.syncs = server.stop().value_or(0);
  return run;
}

void report(const Question& question, const Run& run, const SyncCost& sync, bool counted) {
  const Measured& m = run.measured;
  const double rate = static_cast<double>(question.shape.jobs) / m.seconds;
  const double per_million = m.server_cpu_seconds * 1e6 / static_cast<double>(question.shape.jobs);
  const double client_load = m.client_cpu_seconds / m.seconds;
  std::printf(
      "{\"figure\":\"%s\",\"durability\":\"%s\",\"jobs\":%llu,\"jobs_per_s\":%.0f,"
      "\"server_cpu_per_wall\":%.3f,\"client_cpu_per_wall\":%.3f,\"cpu_s_per_million\":%.2f,"
      "\"checkpoints\":%llu,\"longest_capture_ms\":%.1f,\"peak_rss_bytes\":%llu,"
      "\"fdatasyncs\":%lld,\"fdatasync_us_p50\":%.0f,\"fdatasync_us_p99\":%.0f}\n",
      question.shape.name.c_str(), question.durability.c_str(),
      static_cast<unsigned long long>(question.shape.jobs), rate, m.server_cpu_seconds / m.seconds,
      client_load, per_million, static_cast<unsigned long long>(m.checkpoints),
      m.longest_capture_ms, static_cast<unsigned long long>(m.peak_rss_bytes),
      counted ? static_cast<long long>(run.syncs) : -1LL, sync.p50_us, sync.p99_us);
  std::fflush(stdout);
  std::fprintf(stderr, "%-24s %-7s %10.0f %8.2f %8.2f%s %8.2f %6llu %8s\n",
               question.shape.name.c_str(), question.durability.c_str(), rate,
               m.server_cpu_seconds / m.seconds, client_load, client_load > 0.85 ? "!" : " ",
               per_million, static_cast<unsigned long long>(m.checkpoints),
               counted ? std::to_string(run.syncs).c_str() : "-");
}

int run_all(const Options& options) {
  const bool strace = has_strace();
  const SyncCost sync = measure_fdatasync(options.directory);
  std::fprintf(stderr, "%s\nF (fdatasync of 100 kB): median %.0f us, p99 %.0f us\n%s\n",
               machine().c_str(), sync.p50_us, sync.p99_us,
               strace ? "" : "strace is not installed: fdatasync calls are not counted");
  std::fprintf(stderr, "%-24s %-7s %10s %8s %8s  %8s %6s %8s\n", "question", "durable", "jobs/s",
               "cpu/wall", "client", "cpu s/M", "ckpts", "syncs");
  for (const Question& question : questions(options.quick)) {
    const std::string name = question.shape.name + "_" + question.durability;
    if (name.find(options.only) == std::string::npos) continue;
    const bool counted = strace && question.durability != "memory";
    std::vector<Run> runs;
    for (int i = 0; i < options.runs; ++i) runs.push_back(run_once(options, question, counted));
    std::sort(runs.begin(), runs.end(),
              [](const Run& a, const Run& b) { return a.measured.seconds < b.measured.seconds; });
    const Run& median = runs[runs.size() / 2];
    report(question, median, sync, counted);
    if (question.durability == "sync" && counted && median.syncs == 0) {
      throw std::runtime_error(name + " is void: the server never called fdatasync");
    }
  }
  return 0;
}

}  // namespace
}  // namespace muster::bench

int main(int argc, char** argv) {
  try {
    return muster::bench::run_all(muster::bench::parse(argc, argv));
  } catch (const std::invalid_argument& wrong) {
    std::fprintf(stderr, "muster_bench: wrong or missing: %s\n%s", wrong.what(),
                 muster::bench::kUsage);
    return 2;
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "muster_bench: %s\n", failed.what());
    return 1;
  }
}
